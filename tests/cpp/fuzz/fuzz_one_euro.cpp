// Any settings, any values at any times: what comes out lies between what went in.

#include <algorithm>
#include <cmath>

#include "fuzz/every_table.h"
#include "mien/one_euro.h"

namespace mien::test {
namespace {

// Smallest and largest finite value of a channel so far.
struct Range {
  float low = std::numeric_limits<float>::infinity();
  float high = -std::numeric_limits<float>::infinity();
};

float AnyValue(FuzzInput* input) {
  return static_cast<float>(input->Rarely(64) ? 1e38 : input->AnyReal(-2, 2));
}

std::int64_t AnyTime(std::int64_t last_ns, FuzzInput* input) {
  if (input->Rarely(32)) return input->Pick({INT64_MIN, INT64_MAX, std::int64_t{0}});
  const std::int64_t step_ns = std::int64_t{input->Within(-20, 3000)} * 10'000;
  const bool is_room = last_ns < INT64_MAX - 100'000'000 && last_ns > INT64_MIN + 100'000'000;
  return is_room ? last_ns + step_ns : last_ns;
}

void HoldInRange(const std::vector<Range>& ranges, const std::vector<float>& smooth) {
  for (std::size_t i = 0; i < ranges.size(); ++i) {
    const bool has_value = ranges[i].low <= ranges[i].high;
    HOLDS(has_value || smooth[i] == 0);
    if (!has_value) continue;
    const float slack = 1e-5F * std::max(std::fabs(ranges[i].low), std::fabs(ranges[i].high));
    HOLDS(smooth[i] >= ranges[i].low - slack && smooth[i] <= ranges[i].high + slack);
  }
}

void Fuzz(FuzzInput* input) {
  const int count = input->AnyInt(1, 9);
  const OneEuroParams params{input->AnyReal(0.01, 1000), input->AnyReal(0, 100),
                             input->AnyReal(0.01, 1000)};
  OneEuro filter;
  if (OneEuro::Create(count, params, &filter) != Status::kOk) {
    HOLDS(filter.count() == 0);
    return;
  }
  const auto size = static_cast<std::size_t>(count);
  std::vector<Range> ranges(size);
  std::vector<float> memory(3 * size);  // values, what is smoothed, canaries
  std::int64_t last_ns = INT64_MIN;
  std::int64_t t_ns = 0;
  bool has_time = false;
  for (int step = input->Within(1, 40); step > 0; --step) {
    for (std::size_t i = 0; i < size; ++i) memory[i] = AnyValue(input);
    for (std::size_t i = size; i < 3 * size; ++i) memory[i] = 7;
    t_ns = AnyTime(t_ns, input);
    const std::vector<float> before = memory;
    const auto at = static_cast<std::ptrdiff_t>(
        input->Rarely(16) ? static_cast<std::size_t>(input->Within(0, count)) : size);
    const Status status = filter.Step(memory.data(), t_ns, memory.data() + at);
    HOLDS((status == Status::kOk) == (at == 0 || at >= count));
    if (status != Status::kOk) {
      HOLDS(std::memcmp(memory.data(), before.data(), sizeof(float) * 3 * size) == 0);
      continue;
    }
    const bool is_later = !has_time || t_ns > last_ns;
    for (std::size_t i = 0; is_later && i < size; ++i) {
      if (!std::isfinite(before[i])) continue;
      ranges[i] = {std::min(ranges[i].low, before[i]), std::max(ranges[i].high, before[i])};
    }
    last_ns = is_later ? t_ns : last_ns;
    has_time = true;
    HoldInRange(ranges, std::vector<float>(memory.begin() + at, memory.begin() + at + count));
    for (std::size_t i = 2 * size; i < 3 * size; ++i) HOLDS(memory[i] == 7);
  }
}

}  // namespace
}  // namespace mien::test

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  mien::test::FuzzInput input(data, size);
  mien::test::Fuzz(&input);
  return 0;
}

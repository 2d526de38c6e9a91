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

// A filter, and what it was told so far.
struct Case {
  OneEuro filter;
  std::vector<Range> ranges;
  std::vector<float> memory;  // values, what is smoothed, canaries
  bool has_time = false;
  std::int64_t last_ns = 0;

  // Widens the ranges by the values at a time, unless that is not later than the last one.
  void Take(std::int64_t t_ns, const std::vector<float>& values) {
    if (has_time && t_ns <= last_ns) return;
    has_time = true;
    last_ns = t_ns;
    for (std::size_t i = 0; i < ranges.size(); ++i) {
      if (!std::isfinite(values[i])) continue;
      ranges[i] = {std::min(ranges[i].low, values[i]), std::max(ranges[i].high, values[i])};
    }
  }
};

void Step(std::int64_t t_ns, FuzzInput* input, Case* c) {
  const std::size_t count = c->ranges.size();
  std::fill(c->memory.begin(), c->memory.end(), 7.0F);
  for (std::size_t i = 0; i < count; ++i) c->memory[i] = AnyValue(input);
  const std::vector<float> before = c->memory;
  const int most = static_cast<int>(count);
  const int at = input->Rarely(16) ? input->Within(0, most) : most;
  const Status status = c->filter.Step(c->memory.data(), t_ns, c->memory.data() + at);
  HOLDS((status == Status::kOk) == (at == 0 || at == most));
  if (status != Status::kOk) {
    HOLDS(std::memcmp(c->memory.data(), before.data(), sizeof(float) * before.size()) == 0);
    return;
  }
  c->Take(t_ns, before);
  const auto smooth = c->memory.begin() + at;
  HoldInRange(c->ranges, std::vector<float>(smooth, smooth + most));
  for (std::size_t i = 2 * count; i < c->memory.size(); ++i) HOLDS(c->memory[i] == 7);
}

}  // namespace

void Fuzz(FuzzInput* input) {
  const int count = input->AnyInt(1, 9);
  const OneEuroParams params{input->AnyReal(0.01, 1000), input->AnyReal(0, 100),
                             input->AnyReal(0.01, 1000)};
  Case c;
  if (OneEuro::Create(count, params, &c.filter) != Status::kOk) {
    HOLDS(c.filter.count() == 0);
    return;
  }
  c.ranges.resize(static_cast<std::size_t>(count));
  c.memory.resize(3 * c.ranges.size());
  std::int64_t t_ns = 0;
  for (int left = input->Within(1, 40); left > 0; --left) {
    t_ns = AnyTime(t_ns, input);
    Step(t_ns, input, &c);
  }
}

}  // namespace mien::test

#include "mien/one_euro.h"

#include <cstdint>
#include <limits>

#include "harness.h"

namespace mien::test {
namespace {

constexpr std::int64_t kFrameNs = 16'666'667;
constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
constexpr float kInf = std::numeric_limits<float>::infinity();

OneEuro Filter(int count, const OneEuroParams& params = {}) {
  OneEuro filter;
  EXPECT(OneEuro::Create(count, params, &filter) == Status::kOk);
  return filter;
}

float Step(OneEuro* filter, float value, std::int64_t t_ns) {
  float smooth = -1;
  EXPECT(filter->Step(&value, t_ns, &smooth) == Status::kOk);
  return smooth;
}

TEST(AConstantValueStaysItself) {
  OneEuro filter = Filter(1);
  for (int i = 0; i < 50; ++i) EXPECT(Step(&filter, 0.3F, i * kFrameNs) == 0.3F);
}

TEST(TheStepAnswerFollowsTheDefinition) {
  const OneEuroParams params{1.5, 0.4, 0.8};
  OneEuro filter = Filter(1, params);
  EXPECT(Step(&filter, 0.0F, 0) == 0.0F);
  const double two_pi = 6.283185307179586;
  double value = 0;
  double speed = 0;
  for (int i = 1; i < 20; ++i) {
    const double dt = 1e-9 * static_cast<double>(kFrameNs);
    const double speed_share = 1 / (1 + 1 / (two_pi * params.derivative_cutoff_hz * dt));
    speed = speed_share * (1 - value) / dt + (1 - speed_share) * speed;
    const double cutoff = params.min_cutoff_hz + params.beta * std::fabs(speed);
    const double share = 1 / (1 + 1 / (two_pi * cutoff * dt));
    value = share * 1 + (1 - share) * value;
    EXPECT_NEAR(Step(&filter, 1.0F, i * kFrameNs), value, 1e-6);
  }
}

TEST(NumbersThatAreNotFiniteHoldTheValue) {
  OneEuro filter = Filter(1);
  Step(&filter, 0.5F, 0);
  EXPECT(Step(&filter, kNan, kFrameNs) == 0.5F);
  EXPECT(Step(&filter, kInf, 2 * kFrameNs) == 0.5F);
  EXPECT(Step(&filter, -kInf, 3 * kFrameNs) == 0.5F);
  const float next = Step(&filter, 0.6F, 4 * kFrameNs);
  EXPECT(next > 0.5F && next <= 0.6F);
}

TEST(AChannelIsZeroUntilItsFirstFiniteValue) {
  OneEuro filter = Filter(2);
  const float first[] = {kNan, 0.25F};
  float smooth[2] = {-1, -1};
  EXPECT(filter.Step(first, 0, smooth) == Status::kOk);
  EXPECT(smooth[0] == 0.0F && smooth[1] == 0.25F);
  const float second[] = {0.75F, kNan};
  EXPECT(filter.Step(second, kFrameNs, smooth) == Status::kOk);
  EXPECT(smooth[0] == 0.75F && smooth[1] == 0.25F);
}

TEST(ARepeatedOrEarlierTimeGivesTheLastOutput) {
  OneEuro filter = Filter(1);
  Step(&filter, 0.0F, 0);
  const float last = Step(&filter, 1.0F, kFrameNs);
  EXPECT(Step(&filter, 0.1F, kFrameNs) == last);
  EXPECT(Step(&filter, 0.9F, 0) == last);
  OneEuro other = Filter(1);
  Step(&other, 0.0F, 0);
  Step(&other, 1.0F, kFrameNs);
  EXPECT(Step(&filter, 1.0F, 2 * kFrameNs) == Step(&other, 1.0F, 2 * kFrameNs));
}

TEST(TheFarthestTimesDoNotOverflow) {
  OneEuro filter = Filter(1);
  Step(&filter, 0.0F, std::numeric_limits<std::int64_t>::min());
  EXPECT_NEAR(Step(&filter, 1.0F, std::numeric_limits<std::int64_t>::max()), 1, 1e-6);
}

TEST(ValuesMaySmoothInPlace) {
  OneEuro filter = Filter(2);
  OneEuro other = Filter(2);
  for (int i = 0; i < 5; ++i) {
    float values[] = {static_cast<float>(i), static_cast<float>(-i)};
    float smooth[2];
    EXPECT(other.Step(values, i * kFrameNs, smooth) == Status::kOk);
    EXPECT(filter.Step(values, i * kFrameNs, values) == Status::kOk);
    EXPECT(values[0] == smooth[0] && values[1] == smooth[1]);
  }
}

TEST(AResetFilterIsAFreshOne) {
  OneEuro filter = Filter(1);
  Step(&filter, 0.2F, 5 * kFrameNs);
  filter.Reset();
  EXPECT(Step(&filter, 0.9F, 0) == 0.9F);
}

}  // namespace
}  // namespace mien::test

// Samples of a map: they weigh what the map weighs, and lie where it does.

#include "core/samples.h"

#include <cmath>
#include <utility>

#include "core/dispatch.h"
#include "harness.h"
#include "images.h"

namespace mien::test {
namespace {

constexpr int kWidth = 97;
constexpr int kHeight = 61;

struct Sampled {
  Samples samples;
  SampleSpan span;
  WeightSum sum;

  explicit Sampled(const Image<float>& map, bool is_halved = false) {
    const WeightMap view = {map.pixels.data(), map.width, map.height};
    sum = SumOf(view);
    EXPECT(samples.Allocate(Samples::RoomFor(sum.pixels)));
    SamplePart part = {0, map.height, sum.mean_x, sum.mean_y, sum.total};
    part.is_halved = is_halved;
    span = samples.Add(view, part);
  }

  // How many of the first `count` samples have a weight, and their weighted mean from the map's.
  struct Mean {
    int count = 0;
    double weight = 0;
    double x = 0;
    double y = 0;
  };

  Mean MeanOf(int count) const {
    const RawSamples raw = samples.Raw(span);
    Mean mean;
    for (int i = 0; i < count; ++i) {
      const auto share = static_cast<double>(raw.share[i]);
      mean.count += share > 0 ? 1 : 0;
      mean.weight += share;
      mean.x += share * static_cast<double>(raw.x[i]);
      mean.y += share * static_cast<double>(raw.y[i]);
    }
    return mean;
  }
};

Image<float> Box(int x0, int y0, int x1, int y1) {
  Image<float> map(kWidth, kHeight);
  for (int y = y0; y < y1; ++y) {
    for (int x = x0; x < x1; ++x) map.At(x, y) = 0.25F;
  }
  return map;
}

// A map of weight(x, y).
template <typename Weight>
Image<float> MapOf(const Weight& weight) {
  Image<float> map(kWidth, kHeight);
  for (int y = 0; y < kHeight; ++y) {
    for (int x = 0; x < kWidth; ++x) map.At(x, y) = static_cast<float>(weight(x, y));
  }
  return map;
}

Image<float> Ring() {
  return MapOf(
      [](int x, int y) { return x < 9 || y < 9 || x >= kWidth - 9 || y >= kHeight - 9 ? 1 : 0; });
}

Image<float> FadingDisc() {
  return MapOf([](int x, int y) { return std::fmax(20 - std::hypot(x - 30.0, y - 20.0), 0); });
}

Image<float> ScatteredPixels() {
  Random random(3);
  return MapOf([&](int, int) { return random.Below(40) == 0 ? random.Unit() : 0; });
}

TEST(SamplesWeighWhatTheMapWeighsAndLieAboutItsMiddle) {
  for (const Image<float>& map :
       {Box(10, 7, 63, 44), Box(3, 3, 60, 5), Ring(), FadingDisc(), ScatteredPixels()}) {
    const Sampled sampled(map);
    const Sampled::Mean mean = sampled.MeanOf(sampled.span.count);
    EXPECT(mean.count >= 0.9 * kMinSamples && mean.count <= kMaxSamples);
    EXPECT_NEAR(mean.weight, 1, 1e-5);
    EXPECT_NEAR(mean.x, 0, 0.1);
    EXPECT_NEAR(mean.y, 0, 0.1);
  }
}

TEST(HalfOfTheSamplesLiesAboutTheMiddleToo) {
  const Sampled sampled(Ring(), true);
  const Sampled::Mean half = sampled.MeanOf(sampled.span.count / 2);
  EXPECT_NEAR(half.weight, 0.5, 0.03);
  EXPECT_NEAR(half.x / half.weight, 0, 3);
  EXPECT_NEAR(half.y / half.weight, 0, 3);
}

TEST(SamplesArePixelsOfTheMap) {
  const Image<float> map = ScatteredPixels();
  const Sampled sampled(map);
  const RawSamples raw = sampled.samples.Raw(sampled.span);
  for (int i = 0; i < raw.count; ++i) {
    if (raw.share[i] <= 0) continue;
    const double x = static_cast<double>(raw.x[i]) + sampled.sum.mean_x;
    const double y = static_cast<double>(raw.y[i]) + sampled.sum.mean_y;
    EXPECT_NEAR(x, std::lround(x), 1e-4);
    EXPECT(map.At(static_cast<int>(std::lround(x)), static_cast<int>(std::lround(y))) > 0);
  }
}

TEST(EveryPixelOfASmallPartIsASample) {
  for (const auto& [width, height] : {std::pair{1, 1}, {8, 4}, {1, 32}, {5, 6}}) {
    const Sampled sampled(Box(20, 10, 20 + width, 10 + height));
    EXPECT(sampled.MeanOf(sampled.span.count).count == width * height);
    EXPECT(sampled.span.count % kSampleLanes == 0);
  }
}

TEST(APartWithoutWeightHasNoSamples) {
  Samples samples;
  EXPECT(samples.Allocate(8));
  const Image<float> map = Box(0, 0, 4, 2);
  const WeightMap view = {map.pixels.data(), kWidth, kHeight};
  const SampleSpan span = samples.Add(view, {2, kHeight, 0, 0, 1});
  EXPECT(span.first == 0 && span.count == 0);
  Moments moments{1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
  Kernels().motion.add_moments(samples.Raw(span), &moments);
  EXPECT(moments.one == 0 && moments.yv == 0);
}

}  // namespace
}  // namespace mien::test

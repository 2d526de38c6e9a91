#include "mien/motion.h"

#include <limits>

#include "flow_fields.h"
#include "harness.h"

namespace mien::test {
namespace {

constexpr int kSide = 64;

// A region of weight 1 in x0 <= x < x1, y0 <= y < y1.
void Fill(std::vector<float>* weights, int x0, int y0, int x1, int y1) {
  const std::size_t first = weights->size();
  weights->resize(first + kSide * kSide);
  for (int y = y0; y < y1; ++y) {
    for (int x = x0; x < x1; ++x) {
      (*weights)[first + static_cast<std::size_t>(y * kSide + x)] = 1;
    }
  }
}

// The left half follows the slip.
Image<std::uint8_t> LeftHalf() {
  Image<std::uint8_t> mask(kSide, kSide);
  for (int y = 0; y < kSide; ++y) {
    for (int x = 0; x < kSide / 2; ++x) mask.At(x, y) = 1;
  }
  return mask;
}

// The slip everywhere, and `extra` on top in the right half.
Image<float> SlipWith(const Slip& slip, const Affine& extra) {
  Image<float> flow_px = FlowOf(slip, kSide, kSide);
  const Image<float> more = FlowOf(extra, kSide, kSide);
  for (int y = 0; y < kSide; ++y) {
    for (int x = kSide; x < 2 * kSide; ++x) flow_px.At(x, y) += more.At(x, y);
  }
  return flow_px;
}

RegionValues Measure(const Image<float>& flow_px, const Image<float>& confidence, Slip* slip) {
  std::vector<float> weights;
  Fill(&weights, 36, 10, 60, 50);
  RegionMotion motion;
  EXPECT(RegionMotion::Create(weights.data(), 1, LeftHalf().View(), &motion) == Status::kOk);
  EXPECT(motion.count() == 1);
  RegionValues values;
  EXPECT(motion.Run(flow_px.View(), confidence.View(), slip, &values) == Status::kOk);
  return values;
}

const Slip kSlip{0.01, 0.02, -1.5, 2, 1, 0};
const Image<float> kSure(kSide, kSide, 1.0F);

TEST(ARegionThatOnlySlipsDoesNotMove) {
  Slip slip;
  const RegionValues values = Measure(SlipWith(kSlip, {}), kSure, &slip);
  EXPECT_NEAR(slip.tx, kSlip.tx, 1e-4);
  EXPECT_NEAR(values.mean_x_px, 0, 1e-4);
  EXPECT_NEAR(values.mean_y_px, 0, 1e-4);
  EXPECT_NEAR(values.divergence, 0, 1e-5);
  EXPECT_NEAR(values.margin_px, 0, 1e-4);
  EXPECT_NEAR(values.weight, 1, 1e-6);
}

TEST(AShiftOfTheRegionIsItsMean) {
  Slip slip;
  const RegionValues values = Measure(SlipWith(kSlip, {0.5, 0, 0, -0.75, 0, 0}), kSure, &slip);
  EXPECT_NEAR(values.mean_x_px, 0.5, 1e-4);
  EXPECT_NEAR(values.mean_y_px, -0.75, 1e-4);
  EXPECT_NEAR(values.divergence, 0, 1e-5);
}

TEST(GrowthIsDivergenceAndATurnIsNot) {
  Slip slip;
  RegionValues values = Measure(SlipWith(kSlip, {0, 0.03, 0.2, 0, -0.2, 0.05}), kSure, &slip);
  EXPECT_NEAR(values.divergence, 0.08, 1e-4);
  values = Measure(SlipWith(kSlip, {0, -0.02, 0, 0, 0, 0}), kSure, &slip);
  EXPECT_NEAR(values.divergence, -0.02, 1e-4);
}

TEST(OpeningIsAPositiveMargin) {
  Slip slip;
  // Rows 10..49 in two halves of 20: their mean rows are 20 apart.
  const RegionValues values = Measure(SlipWith(kSlip, {0, 0, 0, 0, 0, 0.1}), kSure, &slip);
  EXPECT_NEAR(values.margin_px, 2, 1e-3);
}

TEST(PixelsWithoutConfidenceDoNotCountInRegions) {
  Slip slip;
  Image<float> flow_px = SlipWith(kSlip, {0.5, 0, 0, 0, 0, 0});
  Image<float> confidence = kSure;
  for (int y = 0; y < kSide; ++y) {
    for (int x = 36; x < 48; ++x) {
      flow_px.At(2 * x, y) = y % 2 == 0 ? 99.0F : std::numeric_limits<float>::quiet_NaN();
      confidence.At(x, y) = 0;
    }
  }
  const RegionValues values = Measure(flow_px, confidence, &slip);
  EXPECT_NEAR(values.mean_x_px, 0.5, 1e-4);
  EXPECT_NEAR(values.weight, 0.5, 1e-6);
}

TEST(ARegionWithoutConfidenceIsZero) {
  Slip slip;
  const RegionValues values =
      Measure(SlipWith(kSlip, {0.5, 0.1, 0, 0, 0, 0}), Image<float>(kSide, kSide), &slip);
  EXPECT(values.weight == 0 && values.mean_x_px == 0 && values.divergence == 0);
}

// Strides change from call to call; the object must not go by those of the last one.
TEST(RowsMayLieApartOrBackwards) {
  const Image<float> flow_px = SlipWith(kSlip, {0.5, 0.02, 0.01, 0, 0.01, 0});
  Image<float> confidence(kSide, kSide);
  Random random(4);
  for (float& value : confidence.pixels) value = static_cast<float>(random.Unit());
  Image<float> wide_flow(2 * kSide + 5, kSide, -99.0F);
  Image<float> backwards(kSide + 3, kSide, 1.0F);
  for (int y = 0; y < kSide; ++y) {
    for (int x = 0; x < 2 * kSide; ++x) wide_flow.At(x, y) = flow_px.At(x, y);
    for (int x = 0; x < kSide; ++x) backwards.At(x, kSide - 1 - y) = confidence.At(x, y);
  }
  const FloatView apart = {wide_flow.pixels.data(), 2 * kSide, kSide, wide_flow.width};
  const FloatView turned = {&backwards.At(0, kSide - 1), kSide, kSide, -backwards.width};
  std::vector<float> weights;
  Fill(&weights, 36, 10, 60, 50);
  RegionMotion motion;
  EXPECT(RegionMotion::Create(weights.data(), 1, LeftHalf().View(), &motion) == Status::kOk);
  Slip slip[3];
  RegionValues values[3];
  EXPECT(motion.Run(flow_px.View(), confidence.View(), &slip[0], &values[0]) == Status::kOk);
  EXPECT(motion.Run(apart, turned, &slip[1], &values[1]) == Status::kOk);
  EXPECT(motion.Run(flow_px.View(), turned, &slip[2], &values[2]) == Status::kOk);
  for (int i : {1, 2}) {
    EXPECT(slip[i].a == slip[0].a && slip[i].tx == slip[0].tx);
    EXPECT(slip[i].residual_px == slip[0].residual_px);
    EXPECT(values[i].mean_x_px == values[0].mean_x_px && values[i].weight == values[0].weight);
    EXPECT(values[i].divergence == values[0].divergence);
  }
}

TEST(RegionsAreMeasuredOneByOne) {
  std::vector<float> weights;
  Fill(&weights, 36, 10, 60, 50);
  Fill(&weights, 40, 5, 41, 60);
  Fill(&weights, 50, 50, 51, 51);
  RegionMotion motion;
  EXPECT(RegionMotion::Create(weights.data(), 3, LeftHalf().View(), &motion) == Status::kOk);
  Slip slip;
  RegionValues values[4];
  values[3].weight = -7;
  const Image<float> flow_px = SlipWith(kSlip, {0, 0.03, 0, 0, 0, 0.02});
  EXPECT(motion.Run(flow_px.View(), kSure.View(), &slip, values) == Status::kOk);
  EXPECT_NEAR(values[0].divergence, 0.05, 1e-4);
  // One pixel wide, or one pixel in all: no divergence can be told.
  EXPECT(values[1].divergence == 0);
  EXPECT_NEAR(values[1].mean_x_px, 0.03 * 8.5, 1e-4);
  EXPECT(values[2].divergence == 0 && values[2].margin_px == 0);
  EXPECT(values[3].weight == -7);
}

}  // namespace
}  // namespace mien::test

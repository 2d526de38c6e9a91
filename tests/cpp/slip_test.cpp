#include <cmath>
#include <limits>

#include "flow_fields.h"
#include "harness.h"

namespace mien::test {
namespace {

Slip Fit(const Image<float>& flow_px, const Image<float>& confidence,
         const Image<std::uint8_t>& reference) {
  SlipFit fit;
  EXPECT(SlipFit::Create(reference.View(), &fit) == Status::kOk);
  Slip slip;
  EXPECT(fit.Run(flow_px.View(), confidence.View(), &slip) == Status::kOk);
  return slip;
}

void ExpectSlip(const Slip& got, const Slip& wanted, double tolerance_px) {
  EXPECT_NEAR(got.tx, wanted.tx, tolerance_px);
  EXPECT_NEAR(got.ty, wanted.ty, tolerance_px);
  EXPECT_NEAR(got.a * 64, wanted.a * 64, tolerance_px);
  EXPECT_NEAR(got.b * 64, wanted.b * 64, tolerance_px);
}

const Slip kSlip{0.013, -0.021, 2.5, -1.25, 1, 0};

TEST(AnExactSlipIsFoundExactly) {
  const Image<float> sure(128, 96, 1.0F);
  const Slip got = Fit(FlowOf(kSlip, 128, 96), sure, Image<std::uint8_t>(128, 96, 1));
  ExpectSlip(got, kSlip, 1e-4);
  EXPECT_NEAR(got.inlier_fraction, 1, 1e-9);
  EXPECT_NEAR(got.residual_px, 0, 1e-5);
}

TEST(ASlipIsFoundFromACornerOfTheImage) {
  Image<std::uint8_t> corner(128, 96, 0);
  for (int i = 0; i < 400; ++i) corner.At(100 + i % 20, 5 + i / 20) = 255;
  ExpectSlip(Fit(FlowOf(kSlip, 128, 96), Image<float>(128, 96, 1.0F), corner), kSlip, 1e-3);
}

TEST(AThirdOfScatteredOutliersDoesNotMoveTheSlip) {
  Image<float> flow_px = FlowOf(kSlip, 128, 96);
  Random random(1);
  for (int i = 0; i < 128 * 96; ++i) {
    if (random.Unit() > 0.3) continue;
    flow_px.At(2 * (i % 128), i / 128) += static_cast<float>(20 * random.Unit() - 10);
    flow_px.At(2 * (i % 128) + 1, i / 128) += static_cast<float>(20 * random.Unit() - 10);
  }
  const Slip got = Fit(flow_px, Image<float>(128, 96, 1.0F), Image<std::uint8_t>(128, 96, 1));
  ExpectSlip(got, kSlip, 0.02);
  EXPECT_NEAR(got.inlier_fraction, 0.7, 0.05);
}

// The cheek that moves together is the hard case: its outliers agree with one another.
TEST(AThirdThatMovesTogetherDoesNotMoveTheSlip) {
  Image<float> flow_px = FlowOf(kSlip, 128, 96);
  for (int y = 0; y < 96; ++y) {
    for (int x = 88; x < 128; ++x) flow_px.At(2 * x + 1, y) += 3.0F;
  }
  const Slip got = Fit(flow_px, Image<float>(128, 96, 1.0F), Image<std::uint8_t>(128, 96, 1));
  ExpectSlip(got, kSlip, 0.05);
}

TEST(PixelsWithoutConfidenceDoNotCount) {
  Image<float> flow_px = FlowOf(kSlip, 64, 64);
  Image<float> confidence(64, 64, 1.0F);
  for (int y = 0; y < 64; ++y) {
    for (int x = 0; x < 44; ++x) {
      flow_px.At(2 * x, y) = x % 2 == 0 ? 9.0F : std::numeric_limits<float>::quiet_NaN();
      confidence.At(x, y) = 0;
    }
  }
  ExpectSlip(Fit(flow_px, confidence, Image<std::uint8_t>(64, 64, 1)), kSlip, 1e-3);
}

TEST(NumbersThatAreNotFiniteAreLeftOut) {
  Image<float> flow_px = FlowOf(kSlip, 64, 64);
  Image<float> confidence(64, 64, 1.0F);
  flow_px.At(20, 3) = std::numeric_limits<float>::infinity();
  flow_px.At(21, 4) = std::numeric_limits<float>::quiet_NaN();
  confidence.At(30, 30) = std::numeric_limits<float>::quiet_NaN();
  ExpectSlip(Fit(flow_px, confidence, Image<std::uint8_t>(64, 64, 1)), kSlip, 1e-4);
}

TEST(WithoutConfidenceThereIsNoSlip) {
  const Slip got = Fit(FlowOf(kSlip, 64, 64), Image<float>(64, 64), Image<std::uint8_t>(64, 64, 1));
  EXPECT(got.tx == 0 && got.ty == 0 && got.a == 0 && got.b == 0);
  EXPECT(got.inlier_fraction == 0);
}

TEST(RemovingTheSlipLeavesNothing) {
  const Image<float> flow_px = FlowOf(kSlip, 65, 33);
  Image<float> rest(130, 33, 5.0F);
  EXPECT(RemoveSlip(flow_px.View(), kSlip, rest.Mutable()) == Status::kOk);
  for (float value : rest.pixels) EXPECT_NEAR(value, 0, 1e-6);
  Image<float> same = flow_px;
  EXPECT(RemoveSlip(same.View(), kSlip, same.Mutable()) == Status::kOk);
  EXPECT(same.pixels == rest.pixels);
}

}  // namespace
}  // namespace mien::test

// Wrong input to motion and smoothing stops at the door: nothing is touched.

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "flow_fields.h"
#include "harness.h"
#include "images.h"
#include "mien/motion.h"
#include "mien/one_euro.h"

namespace mien::test {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kInf = std::numeric_limits<double>::infinity();

TEST(MotionRefusesBadRegions) {
  const Image<std::uint8_t> mask(16, 16, 1);
  std::vector<float> weights(256, 1.0F);
  RegionMotion motion;
  const auto create = [&](int count) {
    return RegionMotion::Create(weights.data(), count, mask.View(), &motion);
  };
  EXPECT(create(1) == Status::kOk);
  EXPECT(create(0) == Status::kBadRegions);
  EXPECT(create(1025) == Status::kBadRegions);
  EXPECT(RegionMotion::Create(nullptr, 1, mask.View(), &motion) == Status::kBadRegions);
  weights[9] = -0.5F;
  EXPECT(create(1) == Status::kBadRegions);
  weights[9] = static_cast<float>(kNan);
  EXPECT(create(1) == Status::kBadRegions);
  weights.assign(256, 0.0F);
  EXPECT(create(1) == Status::kBadRegions);
  weights.resize(512);
  weights[0] = 1;  // the second map stays empty
  EXPECT(create(2) == Status::kBadRegions);
}

TEST(SlipRefusesABadReference) {
  SlipFit fit;
  Image<std::uint8_t> mask(16, 16);
  for (int x = 0; x < 7; ++x) mask.At(x, 0) = 1;
  EXPECT(SlipFit::Create(mask.View(), &fit) == Status::kBadRegions);
  mask.At(7, 0) = 1;
  EXPECT(SlipFit::Create(mask.View(), &fit) == Status::kOk);
  EXPECT(SlipFit::Create({}, &fit) == Status::kBadRegions);
  const Image<float> flow_px(32, 16);
  const Image<float> confidence(16, 15);
  Slip slip;
  slip.tx = 7;
  EXPECT(fit.Run(flow_px.View(), confidence.View(), &slip) == Status::kBadShape);
  EXPECT(fit.Run({}, confidence.View(), &slip) == Status::kBadImage);
  EXPECT(SlipFit().Run(flow_px.View(), confidence.View(), &slip) == Status::kNotReady);
  EXPECT(slip.tx == 7);
}

// Everything a motion measurement needs, 16 x 16.
struct MotionCase {
  Image<std::uint8_t> reference{16, 16, 1};
  std::vector<float> weights = std::vector<float>(2 * 256, 1.0F);
  Image<float> flow_px{32, 16};
  Image<float> confidence{16, 16, 0.5F};
  Slip slip;
  RegionValues values[2];
  RegionMotion motion;

  MotionCase() {
    slip.tx = 7;
    values[0].weight = 7;
  }

  Status Create() { return RegionMotion::Create(weights.data(), 2, reference.View(), &motion); }

  Status Run(const FloatView& flow_view, const FloatView& confidence_view) {
    return motion.Run(flow_view, confidence_view, &slip, values);
  }

  bool IsUntouched() const { return slip.tx == 7 && values[0].weight == 7.0F; }
};

TEST(MotionRefusesNullAndFlowOfAnotherShape) {
  MotionCase c;
  const FloatView flow_px = c.flow_px.View();
  const FloatView confidence = c.confidence.View();
  EXPECT(c.Run(flow_px, confidence) == Status::kNotReady);
  EXPECT(RegionMotion::Create(c.weights.data(), 2, c.reference.View(), nullptr) == Status::kNull);
  EXPECT(RegionMotion::Create(c.weights.data(), 2, {}, &c.motion) == Status::kBadRegions);
  EXPECT(c.Create() == Status::kOk);
  EXPECT(c.motion.Run(flow_px, confidence, nullptr, c.values) == Status::kNull);
  EXPECT(c.motion.Run(flow_px, confidence, &c.slip, nullptr) == Status::kNull);
  EXPECT(c.Run({}, confidence) == Status::kBadImage);
  EXPECT(c.Run(flow_px, {}) == Status::kBadImage);
  EXPECT(c.Run({flow_px.data, 32, 16, 31}, confidence) == Status::kBadImage);
  EXPECT(c.Run(flow_px, {confidence.data, 16, -16, 16}) == Status::kBadImage);
  EXPECT(c.Run({flow_px.data, 16, 16, 32}, confidence) == Status::kBadShape);
  EXPECT(c.Run({flow_px.data, 32, 15, 32}, confidence) == Status::kBadShape);
  EXPECT(c.Run(flow_px, {confidence.data, 15, 16, 16}) == Status::kBadShape);
  EXPECT(c.IsUntouched());
  EXPECT(c.Run(flow_px, confidence) == Status::kOk);
  EXPECT(!c.IsUntouched());
}

TEST(MotionRefusesValuesInsideItsInput) {
  MotionCase c;
  EXPECT(c.Create() == Status::kOk);
  auto* inside_flow = reinterpret_cast<RegionValues*>(c.flow_px.pixels.data() + 500);
  auto* inside_confidence = reinterpret_cast<RegionValues*>(c.confidence.pixels.data());
  const FloatView flow_px = c.flow_px.View();
  const FloatView confidence = c.confidence.View();
  EXPECT(c.motion.Run(flow_px, confidence, &c.slip, inside_flow) == Status::kOverlap);
  EXPECT(c.motion.Run(flow_px, confidence, &c.slip, inside_confidence) == Status::kOverlap);
  EXPECT(c.IsUntouched());
  for (float value : c.flow_px.pixels) EXPECT(value == 0.0F);
}

TEST(FlowThatIsNoNumberDoesNotCount) {
  MotionCase c;
  // Four rows: so few pixels that all are read.
  std::fill(c.weights.begin() + 256, c.weights.begin() + 256 + 6 * 16, 0.0F);
  std::fill(c.weights.begin() + 256 + 10 * 16, c.weights.end(), 0.0F);
  EXPECT(c.Create() == Status::kOk);
  for (int y = 0; y < 16; ++y) {
    c.flow_px.At(0, y) = static_cast<float>(y % 2 == 0 ? kNan : kInf);
    c.confidence.At(15, y) = static_cast<float>(y % 2 == 0 ? kNan : -kInf);
    c.confidence.At(7, y) = static_cast<float>(y % 2 == 0 ? kInf : 1e30);  // counts as 1
  }
  EXPECT(c.Run(c.flow_px.View(), c.confidence.View()) == Status::kOk);
  EXPECT(c.slip.tx == 0 && c.slip.a == 0 && c.slip.residual_px == 0);
  EXPECT_NEAR(c.values[1].weight, (0.5 * 13 + 1) / 16, 1e-6);
  EXPECT(c.values[1].mean_x_px == 0 && c.values[1].divergence == 0);
}

TEST(SlipRefusesNull) {
  const Image<std::uint8_t> mask(16, 16, 1);
  const Image<float> flow_px(32, 16);
  const Image<float> confidence(16, 16);
  SlipFit fit;
  EXPECT(SlipFit::Create(mask.View(), nullptr) == Status::kNull);
  EXPECT(SlipFit::Create(mask.View(), &fit) == Status::kOk);
  EXPECT(fit.Run(flow_px.View(), confidence.View(), nullptr) == Status::kNull);
  EXPECT(fit.Run({flow_px.pixels.data(), 32, 16, -31}, confidence.View(), nullptr) ==
         Status::kNull);
}

TEST(RemoveSlipRefusesBadViewsAndSlips) {
  Image<float> flow_px(8, 4, 3);
  Image<float> rest_px(8, 4, 7);
  const auto remove = [&](const FloatView& flow, const FloatImage& rest) {
    return RemoveSlip(flow, Slip{}, rest);
  };
  EXPECT(remove({}, rest_px.Mutable()) == Status::kBadImage);
  EXPECT(remove(flow_px.View(), {}) == Status::kBadImage);
  EXPECT(remove(flow_px.View(), {rest_px.pixels.data(), 8, 4, 7}) == Status::kBadImage);
  EXPECT(remove({flow_px.pixels.data(), 7, 4, 8}, {rest_px.pixels.data(), 7, 4, 8}) ==
         Status::kBadShape);
  EXPECT(remove({flow_px.pixels.data(), 6, 4, 8}, rest_px.Mutable()) == Status::kBadShape);
  EXPECT(remove({flow_px.pixels.data(), 8, 3, 8}, rest_px.Mutable()) == Status::kBadShape);
  for (double bad : {kNan, kInf, -kInf}) {
    EXPECT(RemoveSlip(flow_px.View(), {bad, 0, 0, 0, 0, 0}, rest_px.Mutable()) == Status::kBadSlip);
    EXPECT(RemoveSlip(flow_px.View(), {0, bad, 0, 0, 0, 0}, rest_px.Mutable()) == Status::kBadSlip);
    EXPECT(RemoveSlip(flow_px.View(), {0, 0, bad, 0, 0, 0}, rest_px.Mutable()) == Status::kBadSlip);
    EXPECT(RemoveSlip(flow_px.View(), {0, 0, 0, bad, 0, 0}, rest_px.Mutable()) == Status::kBadSlip);
  }
  for (float value : rest_px.pixels) EXPECT(value == 7.0F);
}

TEST(RemoveSlipWorksInPlaceButNotOverAPart) {
  Image<float> flow_px(8, 5, 3);
  const FloatView upper{flow_px.pixels.data(), 8, 4, 8};
  const FloatImage lower{flow_px.pixels.data() + 8, 8, 4, 8};
  const FloatImage flipped{flow_px.pixels.data() + 24, 8, 4, -8};
  EXPECT(RemoveSlip(upper, Slip{}, lower) == Status::kOverlap);
  EXPECT(RemoveSlip(upper, Slip{}, flipped) == Status::kOverlap);
  EXPECT(RemoveSlip(upper, {0, 0, 1, 0, 0, 0}, {flow_px.pixels.data(), 8, 4, 8}) == Status::kOk);
  EXPECT(flow_px.At(0, 0) == 2 && flow_px.At(1, 0) == 3 && flow_px.At(0, 4) == 3);
}

TEST(SlipsOfManyFlowsAreThoseOfEach) {
  Image<float> flow_px(32, 3 * 16);
  for (int i = 0; i < 32 * 48; ++i)
    flow_px.pixels[static_cast<std::size_t>(i)] = 0.01F * static_cast<float>(i);
  const Image<float> confidence(16, 3 * 16, 0.5F);
  const FloatStackView flows{flow_px.pixels.data(), 3, 32, 16};
  const FloatStackView trusts{confidence.pixels.data(), 3, 16, 16};
  SlipFit fit;
  Slip slips[3];
  EXPECT(fit.RunAll(flows, trusts, slips) == Status::kNotReady);
  EXPECT(SlipFit::Create(Image<std::uint8_t>(16, 16, 1).View(), &fit) == Status::kOk);
  EXPECT(fit.RunAll(flows, trusts, nullptr) == Status::kNull);
  EXPECT(fit.RunAll(flows, {}, slips) == Status::kBadImage);
  EXPECT(fit.RunAll(flows, {trusts.data, 2, 16, 16}, slips) == Status::kBadShape);
  EXPECT(fit.RunAll({flows.data, 3, 16, 16}, trusts, slips) == Status::kBadShape);
  auto* inside = reinterpret_cast<Slip*>(flow_px.pixels.data());
  EXPECT(fit.RunAll(flows, trusts, inside) == Status::kOverlap);
  EXPECT(slips[0].tx == 0 && slips[2].tx == 0);
  EXPECT(fit.RunAll(flows, trusts, slips) == Status::kOk);
  Image<float> rest_px(32, 3 * 16, 7);
  const FloatStack rest{rest_px.pixels.data(), 3, 32, 16};
  EXPECT(RemoveSlips(flows, slips, rest) == Status::kOk);
  for (int i = 0; i < 3; ++i) {
    Slip alone;
    EXPECT(fit.Run(flows.At(i), trusts.At(i), &alone) == Status::kOk);
    EXPECT(alone.tx == slips[i].tx && alone.a == slips[i].a);
    Image<float> rest_alone(32, 16);
    EXPECT(RemoveSlip(flows.At(i), alone, rest_alone.Mutable()) == Status::kOk);
    EXPECT(std::equal(rest_alone.pixels.begin(), rest_alone.pixels.end(), rest.At(i).data));
  }
}

TEST(RemoveSlipsTouchesNothingIfOneSlipIsBad) {
  Image<float> flow_px(8, 8, 3);
  Image<float> rest_px(8, 8, 7);
  const FloatStackView flows{flow_px.pixels.data(), 2, 8, 4};
  const FloatStack rest{rest_px.pixels.data(), 2, 8, 4};
  Slip slips[2];
  EXPECT(RemoveSlips(flows, nullptr, rest) == Status::kNull);
  EXPECT(RemoveSlips({}, slips, rest) == Status::kBadImage);
  EXPECT(RemoveSlips(flows, slips, {rest.data, 1, 8, 4}) == Status::kBadShape);
  EXPECT(RemoveSlips(flows, slips, {rest.data, 2, 4, 8}) == Status::kBadShape);
  EXPECT(RemoveSlips(flows, slips, {flow_px.pixels.data() + 8, 2, 8, 4}) == Status::kOverlap);
  slips[1].b = kNan;
  EXPECT(RemoveSlips(flows, slips, rest) == Status::kBadSlip);
  for (float value : rest_px.pixels) EXPECT(value == 7.0F);
  slips[1].b = 0;
  EXPECT(RemoveSlips(flows, slips, {flow_px.pixels.data(), 2, 8, 4}) == Status::kOk);
}

TEST(OneEuroRefusesBadSettings) {
  OneEuro filter;
  float value = 0;
  EXPECT(filter.Step(&value, 0, &value) == Status::kNotReady);
  EXPECT(OneEuro::Create(0, {}, &filter) == Status::kBadFilter);
  EXPECT(OneEuro::Create(4097, {}, &filter) == Status::kBadFilter);
  EXPECT(OneEuro::Create(1, {0, 0.1, 1}, &filter) == Status::kBadFilter);
  EXPECT(OneEuro::Create(1, {1, -0.1, 1}, &filter) == Status::kBadFilter);
  EXPECT(OneEuro::Create(1, {1, 0.1, kNan}, &filter) == Status::kBadFilter);
  EXPECT(OneEuro::Create(1, {kInf, 0.1, 1}, &filter) == Status::kBadFilter);
  EXPECT(OneEuro::Create(1, {1, kNan, 1}, &filter) == Status::kBadFilter);
  EXPECT(OneEuro::Create(1, {1, 0.1, 1001}, &filter) == Status::kBadFilter);
  EXPECT(OneEuro::Create(1, {}, nullptr) == Status::kNull);
}

TEST(OneEuroRefusesNullAndValuesThatOverlap) {
  OneEuro filter;
  float values[5] = {1, 2, 3, 4, 5};
  EXPECT(OneEuro::Create(4, {}, &filter) == Status::kOk);
  EXPECT(filter.Step(nullptr, 0, values) == Status::kNull);
  EXPECT(filter.Step(values, 0, nullptr) == Status::kNull);
  EXPECT(filter.Step(values, 0, values + 1) == Status::kOverlap);
  EXPECT(filter.Step(values + 1, 0, values) == Status::kOverlap);
  for (int i = 0; i < 5; ++i) EXPECT(values[i] == static_cast<float>(i + 1));
  // A refused step leaves no time behind.
  EXPECT(filter.Step(values, -5, values) == Status::kOk);
  EXPECT(values[3] == 4.0F);
}

}  // namespace
}  // namespace mien::test

// Wrong input stops at the door: the status names the rule, and nothing is touched.

#include <cmath>
#include <limits>
#include <string>

#include "harness.h"
#include "images.h"
#include "mien/flow.h"
#include "mien/kernels.h"
#include "mien/preprocess.h"

namespace mien::test {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kInf = std::numeric_limits<double>::infinity();

template <typename Change>
Status CreateWith(Change change) {
  CameraParams camera = WholeImage(40, 30);
  PreprocessParams params;
  change(&camera, &params);
  Preprocess preprocess;
  return Preprocess::Create(camera, params, &preprocess);
}

#define REFUSES(wanted, statement)                                                               \
  EXPECT(CreateWith([]([[maybe_unused]] CameraParams* c, [[maybe_unused]] PreprocessParams* p) { \
           statement;                                                                            \
         }) == (wanted))

TEST(PreprocessRefusesABadCamera) {
  REFUSES(Status::kOk, );
  REFUSES(Status::kBadCamera, c->width = 0);
  REFUSES(Status::kBadCamera, c->height = -1);
  REFUSES(Status::kBadCamera, c->width = kMaxSidePx + 1);
  REFUSES(Status::kBadCamera, c->fx = 0);
  REFUSES(Status::kBadCamera, c->fy = -5);
  REFUSES(Status::kBadCamera, c->fx = kNan);
  REFUSES(Status::kBadCamera, c->cx = kInf);
  REFUSES(Status::kBadCamera, c->cy = kNan);
}

TEST(PreprocessRefusesABadLens) {
  REFUSES(Status::kBadLens, c->lens = static_cast<Lens>(3));
  REFUSES(Status::kBadLens, c->lens = static_cast<Lens>(-1));
  REFUSES(Status::kBadLens, c->distortion[4] = kNan);
  REFUSES(Status::kBadLens, c->distortion[0] = kInf);
}

TEST(PreprocessRefusesABadCrop) {
  REFUSES(Status::kBadCrop, c->crop_xyxy_px = (std::array<double, 4>{5, 0, 5, 9}));
  REFUSES(Status::kBadCrop, c->crop_xyxy_px = (std::array<double, 4>{0, 9, 5, 1}));
  REFUSES(Status::kBadCrop, c->crop_xyxy_px[1] = kNan);
  REFUSES(Status::kBadCrop, c->crop_xyxy_px[2] = kInf);
  REFUSES(Status::kBadCrop, c->rotation_deg = 181);
  REFUSES(Status::kBadCrop, c->rotation_deg = kNan);
  REFUSES(Status::kBadCrop, p->size = 7);
  REFUSES(Status::kBadCrop, p->size = 1025);
}

TEST(PreprocessRefusesALensThatMapsTheCropToInfinity) {
  REFUSES(Status::kBadCrop, {
    c->lens = Lens::kRadTan;
    c->distortion[0] = 1e308;
    c->crop_xyxy_px = (std::array<double, 4>{-1e6, -1e6, 1e6, 1e6});
  });
}

TEST(PreprocessRefusesBadNormalisation) {
  REFUSES(Status::kBadNormalise, p->window_px = 32);
  REFUSES(Status::kBadNormalise, p->window_px = 7);
  REFUSES(Status::kBadNormalise, p->window_px = 129);
  REFUSES(Status::kBadNormalise, p->std_floor = 0);
  REFUSES(Status::kBadNormalise, p->std_floor = static_cast<float>(kNan));
  REFUSES(Status::kBadNormalise, p->scale = 0);
  REFUSES(Status::kBadNormalise, p->scale = -1);
  REFUSES(Status::kBadNormalise, p->scale = static_cast<float>(kInf));
  REFUSES(Status::kBadNormalise, p->zero_point = 128);
  REFUSES(Status::kBadNormalise, p->zero_point = -129);
}

TEST(AFailedCreateLeavesTheObjectAsItWas) {
  Preprocess preprocess;
  PreprocessParams params;
  params.size = 16;
  EXPECT(Preprocess::Create(WholeImage(40, 30), params, &preprocess) == Status::kOk);
  EXPECT(Preprocess::Create(WholeImage(0, 30), params, &preprocess) == Status::kBadCamera);
  EXPECT(Preprocess::Create(WholeImage(40, 30), params, nullptr) == Status::kNull);
  Image<std::uint8_t> gray(16, 16);
  Image<std::int8_t> quant(16, 16);
  EXPECT(preprocess.Run(Noise(40, 30, 1).View(), gray.Mutable(), quant.Mutable()) == Status::kOk);
}

TEST(PreprocessRefusesImagesOfAnotherShape) {
  Preprocess preprocess;
  PreprocessParams params;
  params.size = 16;
  const auto sensor = Noise(40, 30, 1);
  Image<std::uint8_t> gray(16, 16, 7);
  Image<std::int8_t> quant(16, 16, 7);
  const auto run = [&](const GrayView& view) {
    return preprocess.Run(view, gray.Mutable(), quant.Mutable());
  };
  EXPECT(run(sensor.View()) == Status::kNotReady);
  EXPECT(Preprocess::Create(WholeImage(40, 30), params, &preprocess) == Status::kOk);
  EXPECT(run({nullptr, 40, 30, 40}) == Status::kBadImage);
  EXPECT(run({sensor.pixels.data(), 40, 0, 40}) == Status::kBadImage);
  EXPECT(run({sensor.pixels.data(), 40, 30, 39}) == Status::kBadImage);
  EXPECT(run({sensor.pixels.data(), 30, 40, 30}) == Status::kBadShape);
  EXPECT(run({sensor.pixels.data(), 40, 29, 40}) == Status::kBadShape);
  Image<std::int8_t> wide(17, 16, 7);
  EXPECT(preprocess.Run(sensor.View(), gray.Mutable(), wide.Mutable()) == Status::kBadShape);
  for (std::uint8_t value : gray.pixels) EXPECT(value == 7);
  for (std::int8_t value : quant.pixels) EXPECT(value == 7);
}

TEST(FlowRefusesBadSettings) {
  DenseFlow flow;
  EXPECT(DenseFlow::Create(15, 64, {}, &flow) == Status::kBadFlowSize);
  EXPECT(DenseFlow::Create(64, 2049, {}, &flow) == Status::kBadFlowSize);
  const FlowParams bad[] = {{0, 10, 1, 6}, {7, 10, 1, 6},  {4, 2, 1, 6},  {4, 8, 1, 6},
                            {4, 11, 1, 6}, {4, 22, 1, 6},  {4, 10, 0, 6}, {4, 10, 6, 6},
                            {4, 10, 1, 0}, {4, 10, 1, 12}, {4, 10, 1, 22}};
  for (const FlowParams& params : bad) {
    EXPECT(DenseFlow::Create(64, 64, params, &flow) == Status::kBadFlowParams);
  }
}

TEST(FlowRefusesImagesOfAnotherShape) {
  DenseFlow flow;
  const auto image = Noise(32, 32, 1);
  const auto wide = Noise(33, 32, 1);
  Image<float> flow_px(64, 32, 7);
  Image<float> confidence(32, 32, 7);
  const auto run = [&](const GrayView& a, const GrayView& b) {
    return flow.Run(a, b, flow_px.Mutable(), confidence.Mutable());
  };
  EXPECT(run(image.View(), image.View()) == Status::kNotReady);
  EXPECT(DenseFlow::Create(32, 32, {}, &flow) == Status::kOk);
  EXPECT(run(image.View(), wide.View()) == Status::kBadShape);
  EXPECT(run(wide.View(), image.View()) == Status::kBadShape);
  EXPECT(run({nullptr, 32, 32, 32}, image.View()) == Status::kBadImage);
  EXPECT(flow.Run(image.View(), image.View(), confidence.Mutable(), confidence.Mutable()) ==
         Status::kBadShape);
  for (float value : flow_px.pixels) EXPECT(value == 7.0F);
  for (float value : confidence.pixels) EXPECT(value == 7.0F);
}

TEST(FlowRefusesImagesThatAreNotReady) {
  FlowImage image;
  FlowImage other;
  EXPECT(FlowImage::Create(15, 64, 5, &image) == Status::kBadFlowSize);
  EXPECT(FlowImage::Create(64, 64, 0, &image) == Status::kBadFlowParams);
  EXPECT(FlowImage::Create(64, 64, 5, nullptr) == Status::kNull);
  EXPECT(image.Set(Noise(32, 32, 1).View()) == Status::kNotReady);
  EXPECT(FlowImage::Create(32, 32, 5, &image) == Status::kOk);
  EXPECT(FlowImage::Create(34, 32, 5, &other) == Status::kOk);
  EXPECT(image.Set(Noise(33, 32, 1).View()) == Status::kBadShape);
  EXPECT(image.Set({nullptr, 32, 32, 32}) == Status::kBadImage);
  DenseFlow flow;
  Image<float> flow_px(64, 32, 7);
  Image<float> confidence(32, 32, 7);
  const auto run = [&](const FlowImage& a, const FlowImage& b) {
    return flow.Between(a, b, flow_px.Mutable(), confidence.Mutable());
  };
  EXPECT(run(image, image) == Status::kNotReady);
  EXPECT(DenseFlow::Create(32, 32, {}, &flow) == Status::kOk);
  EXPECT(run(image, image) == Status::kNotReady);
  EXPECT(image.Set(Noise(32, 32, 1).View()) == Status::kOk);
  EXPECT(other.Set(Noise(34, 32, 1).View()) == Status::kOk);
  EXPECT(run(image, other) == Status::kBadShape);
  EXPECT(run(image, image) == Status::kOk);
}

TEST(FlowRefusesOutputsThatShareMemory) {
  DenseFlow flow;
  EXPECT(DenseFlow::Create(16, 16, {}, nullptr) == Status::kNull);
  EXPECT(DenseFlow::Create(16, 16, {}, &flow) == Status::kOk);
  const auto image = Noise(16, 16, 1);
  Image<float> both(48, 16, 7);  // the flow, and the confidence to the right of it
  const FloatImage flow_px{both.pixels.data(), 32, 16, 48};
  const auto confidence_at = [&](std::ptrdiff_t x) {
    return FloatImage{both.pixels.data() + x, 16, 16, 48};
  };
  const auto run = [&](const GrayView& a, const GrayView& b, const FloatImage& confidence) {
    return flow.Run(a, b, flow_px, confidence);
  };
  EXPECT(run(image.View(), image.View(), confidence_at(31)) == Status::kOverlap);
  const auto bytes_at = [&](std::ptrdiff_t y) {
    return GrayView{reinterpret_cast<const std::uint8_t*>(both.pixels.data() + 48 * y), 16, 16, 16};
  };
  EXPECT(run(bytes_at(2), image.View(), confidence_at(32)) == Status::kOverlap);
  EXPECT(run(image.View(), bytes_at(12), confidence_at(32)) == Status::kOverlap);
  for (float value : both.pixels) EXPECT(value == 7.0F);
  EXPECT(run(image.View(), image.View(), confidence_at(32)) == Status::kOk);
}

TEST(KernelsThatThisCpuLacksAreRefused) {
  const char* in_use = KernelsInUse();
  EXPECT(UseKernels(nullptr) == Status::kNull);
  EXPECT(UseKernels("") == Status::kBadKernels);
  EXPECT(UseKernels("altivec") == Status::kBadKernels);
  EXPECT(KernelsInUse() == in_use);
  EXPECT(UseKernels(in_use) == Status::kOk);
}

TEST(RowsMustBeACountableDistanceApart) {
  const std::uint8_t pixel = 0;
  const auto is_usable = [&](int width, int height, std::ptrdiff_t stride) {
    return IsUsable(GrayView{&pixel, width, height, stride});
  };
  EXPECT(is_usable(1, 1, 0));
  EXPECT(is_usable(4, 4, 4) && is_usable(4, 4, -4));
  EXPECT(!is_usable(4, 4, 3) && !is_usable(4, 4, -3) && !is_usable(4, 2, 0));
  EXPECT(!is_usable(0, 1, 1) && !is_usable(1, 0, 1));
  EXPECT(!is_usable(-1, 1, 1) && !is_usable(1, -1, 1));
  EXPECT(!is_usable(kMaxSidePx + 1, 1, kMaxSidePx + 1) && !is_usable(1, kMaxSidePx + 1, 1));
  EXPECT(!is_usable(4, 4, PTRDIFF_MAX) && !is_usable(4, 4, PTRDIFF_MIN));
  EXPECT(!IsUsable(GrayView{nullptr, 4, 4, 4}));
}

TEST(EveryStatusHasItsSentence) {
  const std::string unknown = Describe(static_cast<Status>(1000));
  int i = 0;
  for (; Describe(static_cast<Status>(i)) != unknown; ++i) {
    const std::string sentence = Describe(static_cast<Status>(i));
    EXPECT(i == 0 || sentence.rfind("expected ", 0) == 0);
    for (int other = 0; other < i; ++other)
      EXPECT(Describe(static_cast<Status>(other)) != sentence);
  }
  EXPECT(i > static_cast<int>(Status::kBadFilter));
}

}  // namespace
}  // namespace mien::test

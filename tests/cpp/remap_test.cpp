#include "core/remap.h"

#include <algorithm>

#include "core/dispatch.h"
#include "harness.h"
#include "images.h"

namespace mien::test {
namespace {

Image<std::uint8_t> CropOf(const CameraParams& camera, const GrayView& sensor, int size) {
  Remap remap;
  EXPECT(remap.Create(camera, size, Kernels().preprocess) == Status::kOk);
  Image<std::uint8_t> crop(size, size);
  remap.Run(FrameOf(sensor), crop.Mutable());
  return crop;
}

TEST(ACropOfTheSameSizeIsTheImage) {
  for (int size : {8, 9, 64, 100}) {
    const auto image = Noise(size, size, 1);
    EXPECT(CropOf(WholeImage(size, size), image.View(), size).pixels == image.pixels);
  }
}

TEST(ACropInsideIsThatPart) {
  CameraParams camera = WholeImage(50, 40);
  camera.crop_xyxy_px = {9.5, 4.5, 25.5, 20.5};
  const auto image = Noise(50, 40, 2);
  const auto crop = CropOf(camera, image.View(), 16);
  for (int y = 0; y < 16; ++y) {
    for (int x = 0; x < 16; ++x) EXPECT(crop.At(x, y) == image.At(x + 10, y + 5));
  }
}

TEST(AMirroredCropIsTheMirroredImage) {
  CameraParams camera = WholeImage(32, 32);
  camera.is_mirrored = true;
  const auto image = Noise(32, 32, 3);
  const auto crop = CropOf(camera, image.View(), 32);
  for (int y = 0; y < 32; ++y) {
    for (int x = 0; x < 32; ++x) EXPECT(crop.At(x, y) == image.At(31 - x, y));
  }
}

TEST(AQuarterTurnedCropIsTheTurnedImage) {
  CameraParams camera = WholeImage(32, 32);
  camera.rotation_deg = 90;
  const auto image = Noise(32, 32, 4);
  const auto crop = CropOf(camera, image.View(), 32);
  for (int y = 0; y < 32; ++y) {
    for (int x = 0; x < 32; ++x) EXPECT(crop.At(31 - y, x) == image.At(x, y));
  }
}

TEST(ShrinkingByAPowerOfTwoIsTheMeanOfBlocks) {
  for (int factor : {2, 4, 8, 16}) {
    const int size = 12;
    const auto image = Noise(size * factor, size * factor, 5);
    const auto crop = CropOf(WholeImage(size * factor, size * factor), image.View(), size);
    for (int y = 0; y < size; ++y) {
      for (int x = 0; x < size; ++x) {
        double sum = 0;
        for (int k = 0; k < factor * factor; ++k) {
          sum += image.At(x * factor + k % factor, y * factor + k / factor);
        }
        EXPECT_NEAR(crop.At(x, y), sum / (factor * factor), 0.501);
      }
    }
  }
}

TEST(OutsideTheImageItsBorderIsRepeated) {
  CameraParams camera = WholeImage(20, 20);
  camera.crop_xyxy_px = {-8.5, -8.5, 27.5, 27.5};
  const auto image = Noise(20, 20, 6);
  const auto crop = CropOf(camera, image.View(), 36);
  for (int y = 0; y < 36; ++y) {
    for (int x = 0; x < 36; ++x) {
      EXPECT(crop.At(x, y) == image.At(std::clamp(x - 8, 0, 19), std::clamp(y - 8, 0, 19)));
    }
  }
}

TEST(ACropFarOutsideIsTheNearestCorner) {
  CameraParams camera = WholeImage(33, 21);
  camera.crop_xyxy_px = {500, 500, 700, 700};
  auto image = Noise(33, 21, 7);
  // The last block reaches over the image: its pixels repeat the border, so only that counts.
  for (int y = 0; y < 21; ++y) {
    for (int x = 0; x < 33; ++x) {
      if (x >= 12 && y >= 12) image.At(x, y) = 77;
    }
  }
  for (std::uint8_t gray : CropOf(camera, image.View(), 16).pixels) EXPECT(gray == 77);
}

TEST(AUniformImageStaysUniformUnderAnyLens) {
  CameraParams camera = WholeImage(131, 77);
  camera.rotation_deg = 33;
  camera.crop_xyxy_px = {-40, 3, 180, 90};
  const Image<std::uint8_t> image(131, 77, 201);
  for (Lens lens : {Lens::kPinhole, Lens::kRadTan, Lens::kFisheye}) {
    camera.lens = lens;
    camera.distortion = {-0.2, 0.05, 0.001, -0.002, 0.01};
    for (std::uint8_t gray : CropOf(camera, image.View(), 48).pixels) EXPECT(gray == 201);
  }
}

TEST(AStridedViewGivesTheSameAsItsCopy) {
  const auto frame = Noise(90, 70, 8);
  Image<std::uint8_t> copy(50, 40);
  for (int y = 0; y < 40; ++y) {
    for (int x = 0; x < 50; ++x) copy.At(x, y) = frame.At(x + 7, y + 11);
  }
  CameraParams camera = WholeImage(50, 40);
  camera.rotation_deg = -12;
  const GrayView view{&frame.At(7, 11), 50, 40, 90};
  EXPECT(CropOf(camera, view, 24).pixels == CropOf(camera, copy.View(), 24).pixels);
}

TEST(AViewFromBottomToTopIsRead) {
  const auto image = Noise(16, 16, 9);
  const GrayView upside_down{&image.At(0, 15), 16, 16, -16};
  const auto crop = CropOf(WholeImage(16, 16), upside_down, 16);
  for (int x = 0; x < 16; ++x) EXPECT(crop.At(x, 0) == image.At(x, 15));
}

// Run under the sanitizers, this is where a plan that points outside would show.
TEST(RandomCamerasReadOnlyTheirImage) {
  Random random(10);
  for (int trial = 0; trial < 60; ++trial) {
    CameraParams camera = WholeImage(1 + random.Below(90), 1 + random.Below(90));
    const double x0 = 200 * random.Unit() - 100;
    const double y0 = 200 * random.Unit() - 100;
    camera.crop_xyxy_px = {x0, y0, x0 + 0.1 + 300 * random.Unit(), y0 + 0.1 + 300 * random.Unit()};
    camera.rotation_deg = 360 * random.Unit() - 180;
    camera.lens = static_cast<Lens>(random.Below(3));
    camera.distortion = {random.Unit() - 0.5, random.Unit() - 0.5, 0.01, 0.01, 0};
    const auto image = Noise(camera.width, camera.height, static_cast<std::uint32_t>(trial));
    const auto [low, high] = std::minmax_element(image.pixels.begin(), image.pixels.end());
    for (std::uint8_t gray : CropOf(camera, image.View(), 8 + random.Below(40)).pixels) {
      EXPECT(gray >= *low && gray <= *high);
    }
  }
}

}  // namespace
}  // namespace mien::test

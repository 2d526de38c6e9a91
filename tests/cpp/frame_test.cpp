#include "mien/frame.h"

#include "harness.h"
#include "images.h"

namespace mien::test {
namespace {

constexpr PixelFormat kFormats[] = {PixelFormat::kGray8, PixelFormat::kYuyv, PixelFormat::kNv12,
                                    PixelFormat::kBgr8};

CameraParams TiltedCamera(int width, int height) {
  CameraParams camera = WholeImage(width, height);
  camera.lens = Lens::kFisheye;
  camera.distortion = {-0.03, 0.01};
  camera.rotation_deg = 17;
  return camera;
}

struct Crop {
  Image<std::uint8_t> gray{32, 32};
  Image<std::int8_t> quant{32, 32};
};

Crop Run(const CameraParams& camera, const FrameView& frame) {
  PreprocessParams params;
  params.size = 32;
  Preprocess preprocess;
  EXPECT(Preprocess::Create(camera, params, &preprocess) == Status::kOk);
  Crop crop;
  EXPECT(preprocess.Run(frame, crop.gray.Mutable(), crop.quant.Mutable()) == Status::kOk);
  return crop;
}

Image<std::uint8_t> RandomBytes(int width, int height, PixelFormat format) {
  return Noise(width * BytesPerPixel(format), height, 3);
}

FrameView FrameIn(const Image<std::uint8_t>& bytes, PixelFormat format) {
  return {bytes.pixels.data(), bytes.width / BytesPerPixel(format), bytes.height, bytes.width,
          format};
}

Image<std::uint8_t> GrayOf(const FrameView& frame) {
  Image<std::uint8_t> gray(frame.width, frame.height);
  const int step = BytesPerPixel(frame.format);
  for (int y = 0; y < frame.height; ++y) {
    for (int x = 0; x < frame.width; ++x) {
      const std::uint8_t* at = frame.Row(y) + step * x;
      gray.At(x, y) = at[0];
      if (step == 3) {
        const int sum = 3735 * at[0] + 19235 * at[1] + 9798 * at[2] + (1 << 14);
        gray.At(x, y) = static_cast<std::uint8_t>(sum >> 15);
      }
    }
  }
  return gray;
}

TEST(EveryFormatGivesTheCropOfItsGray) {
  // From blocks of one pixel to the largest.
  for (int side : {30, 45, 77, 100, 130, 200, 333, 600}) {
    const CameraParams camera = TiltedCamera(side + 3, side);
    for (PixelFormat format : kFormats) {
      const auto bytes = RandomBytes(side + 3, side, format);
      const FrameView frame = FrameIn(bytes, format);
      const Crop got = Run(camera, frame);
      const Crop wanted = Run(camera, FrameOf(GrayOf(frame).View()));
      EXPECT(got.gray.pixels == wanted.gray.pixels);
      EXPECT(got.quant.pixels == wanted.quant.pixels);
    }
  }
}

TEST(APartOfAFrameOfAnyFormatGivesThePartsCrop) {
  const CameraParams camera = TiltedCamera(61, 53);
  for (PixelFormat format : kFormats) {
    const int step = BytesPerPixel(format);
    const auto whole = RandomBytes(90, 70, format);
    Image<std::uint8_t> part(61 * step, 53);
    for (int y = 0; y < 53; ++y) {
      for (int x = 0; x < 61 * step; ++x) part.At(x, y) = whole.At(x + 7 * step, y + 4);
    }
    const FrameView view{&whole.At(7 * step, 4), 61, 53, whole.width, format};
    EXPECT(Run(camera, view).quant.pixels == Run(camera, FrameIn(part, format)).quant.pixels);
    Image<std::uint8_t> upside_down = part;
    for (int y = 0; y < 53; ++y) {
      for (int x = 0; x < 61 * step; ++x) upside_down.At(x, y) = part.At(x, 52 - y);
    }
    const FrameView flipped{&upside_down.At(0, 52), 61, 53, -part.width, format};
    EXPECT(Run(camera, flipped).gray.pixels == Run(camera, view).gray.pixels);
  }
}

TEST(PixelsBesideTheCropAreNotRead) {
  CameraParams camera = WholeImage(200, 160);
  camera.crop_xyxy_px = {60, 50, 140, 120};
  for (PixelFormat format : kFormats) {
    auto bytes = RandomBytes(200, 160, format);
    const Crop before = Run(camera, FrameIn(bytes, format));
    const int step = BytesPerPixel(format);
    for (int y = 0; y < 160; ++y) {
      for (int x = 0; x < 200; ++x) {
        if (x >= 56 && x < 144 && y >= 46 && y < 124) continue;
        for (int k = 0; k < step; ++k) bytes.At(step * x + k, y) ^= 0xFF;
      }
    }
    EXPECT(Run(camera, FrameIn(bytes, format)).gray.pixels == before.gray.pixels);
  }
}

TEST(FramesWithoutPixelsAreNotUsable) {
  std::uint8_t pixel[64] = {};
  for (PixelFormat format : kFormats) {
    const int step = BytesPerPixel(format);
    EXPECT(IsUsable(FrameView{pixel, 4, 4, 4 * step, format}));
    EXPECT(IsUsable(FrameView{pixel, 4, 4, -4 * step, format}));
    EXPECT(IsUsable(FrameView{pixel, 4, 1, 0, format}));
    EXPECT(!IsUsable(FrameView{nullptr, 4, 4, 4 * step, format}));
    EXPECT(!IsUsable(FrameView{pixel, 0, 4, 4 * step, format}));
    EXPECT(!IsUsable(FrameView{pixel, 4, -1, 4 * step, format}));
    EXPECT(!IsUsable(FrameView{pixel, 4, 4, 4 * step - 1, format}));
    EXPECT(!IsUsable(FrameView{pixel, 4, 4, 1 - 4 * step, format}));
    EXPECT(!IsUsable(FrameView{pixel, kMaxSidePx + 1, 4, 1 << 20, format}));
    EXPECT(!IsUsable(FrameView{pixel, 4, 4, PTRDIFF_MAX, format}));
  }
  EXPECT(!IsUsable(FrameView{pixel, 4, 4, 16, static_cast<PixelFormat>(9)}));
}

TEST(OutputsOverTheFrameAreRefused) {
  Preprocess preprocess;
  PreprocessParams params;
  params.size = 8;
  EXPECT(Preprocess::Create(WholeImage(16, 16), params, &preprocess) == Status::kOk);
  Image<std::uint8_t> bytes(16 * 3, 16, 7);
  Image<std::uint8_t> gray(8, 8, 5);
  Image<std::int8_t> quant(8, 8, 5);
  const FrameView frame = FrameIn(bytes, PixelFormat::kBgr8);
  const GrayImage inside{&bytes.At(20, 3), 8, 8, bytes.width};
  EXPECT(preprocess.Run(frame, inside, quant.Mutable()) == Status::kOverlap);
  auto* codes = reinterpret_cast<std::int8_t*>(&gray.At(3, 2));
  EXPECT(preprocess.Run(frame, gray.Mutable(), {codes, 8, 8, 8}) == Status::kOverlap);
  for (std::uint8_t byte : bytes.pixels) EXPECT(byte == 7);
  for (std::uint8_t level : gray.pixels) EXPECT(level == 5);
}

}  // namespace
}  // namespace mien::test

// The core in an application without Python: camera images in, movement of a face region out.
//
// Stands in for a camera with a picture whose middle sinks by 1.5 crop pixels per frame while its
// rim, which a headset's cushion covers, stays. Prints what the core measured, and fails if
// that is not so.

#include <cmath>
#include <cstdint>
#include <cstdio>
#include <vector>

#include "mien/flow.h"
#include "mien/kernels.h"
#include "mien/motion.h"
#include "mien/one_euro.h"
#include "mien/preprocess.h"
#include "mien/version.h"

namespace {

constexpr int kSensorPx = 256;
constexpr int kCropPx = 128;
constexpr int kRimPx = 20;          // of the crop
constexpr double kSinkingPx = 1.5;  // crop pixels per frame
constexpr int kFrames = 6;
constexpr std::int64_t kFrameNs = 11'111'111;  // 90 Hz

bool IsOk(mien::Status status, const char* what) {
  if (status != mien::Status::kOk) std::printf("%s: %s\n", what, mien::Describe(status));
  return status == mien::Status::kOk;
}

bool IsInside(int x, int y, int side, int rim) {
  return x >= rim && x < side - rim && y >= rim && y < side - rim;
}

// Waves of several lengths and directions, gray levels.
double Skin(double x, double y) {
  return 128 + 30 * std::sin(0.19 * x + 0.07 * y) + 25 * std::sin(0.11 * y - 0.16 * x) +
         20 * std::sin(0.23 * y + 0.05 * x + 1);
}

// What the camera sees in a frame, gray8, row by row.
std::vector<std::uint8_t> Capture(int frame) {
  std::vector<std::uint8_t> pixels;
  pixels.reserve(static_cast<std::size_t>(kSensorPx) * kSensorPx);
  const int scale = kSensorPx / kCropPx;
  for (int y = 0; y < kSensorPx; ++y) {
    for (int x = 0; x < kSensorPx; ++x) {
      const bool is_skin = IsInside(x, y, kSensorPx, kRimPx * scale);
      const double moved_px = is_skin ? frame * kSinkingPx * scale : 0;
      pixels.push_back(static_cast<std::uint8_t>(std::lround(Skin(x, y - moved_px))));
    }
  }
  return pixels;
}

mien::CameraParams Camera() {
  mien::CameraParams camera;
  camera.width = kSensorPx;
  camera.height = kSensorPx;
  camera.fx = camera.fy = kSensorPx;
  camera.cx = camera.cy = (kSensorPx - 1) / 2.0;
  camera.crop_xyxy_px = {-0.5, -0.5, kSensorPx - 0.5, kSensorPx - 0.5};
  return camera;
}

// All that a frame goes through, made once; nothing is allocated per frame.
class SkinFollower {
 public:
  bool Create() {
    // The region is the middle of the crop; its rim moves with the headset only.
    std::vector<std::uint8_t> rim(kPixels);
    std::vector<float> region(kPixels);
    for (int i = 0; i < kPixels; ++i) {
      const auto at = static_cast<std::size_t>(i);
      rim[at] = IsInside(i % kCropPx, i / kCropPx, kCropPx, kRimPx / 2) ? 0 : 1;
      region[at] = IsInside(i % kCropPx, i / kCropPx, kCropPx, 2 * kRimPx) ? 1.0F : 0.0F;
    }
    return IsOk(mien::Preprocess::Create(Camera(), {}, &preprocess_), "preprocess") &&
           IsOk(mien::DenseFlow::Create(kCropPx, kCropPx, {}, &flow_), "flow") &&
           IsOk(mien::RegionMotion::Create(region.data(), 1,
                                           {rim.data(), kCropPx, kCropPx, kCropPx}, &motion_),
                "motion") &&
           IsOk(mien::OneEuro::Create(1, {}, &filter_), "filter");
  }

  // Writes how far the region moved down since the frame before, crop pixels.
  bool Follow(const std::vector<std::uint8_t>& pixels, std::int64_t t_ns, float* down_px) {
    crop_.swap(previous_);
    const mien::GrayImage crop{crop_.data(), kCropPx, kCropPx, kCropPx};
    const mien::FloatImage flow_px{flow_px_.data(), 2 * kCropPx, kCropPx, 2 * kCropPx};
    const mien::FloatImage confidence{confidence_.data(), kCropPx, kCropPx, kCropPx};
    if (!IsOk(preprocess_.Run(mien::GrayView{pixels.data(), kSensorPx, kSensorPx, kSensorPx}, crop,
                              {codes_.data(), kCropPx, kCropPx, kCropPx}),
              "preprocess")) {
      return false;
    }
    mien::RegionValues values;
    mien::Slip slip;
    const bool is_done =
        IsOk(flow_.Run({previous_.data(), kCropPx, kCropPx, kCropPx},
                       {crop_.data(), kCropPx, kCropPx, kCropPx}, flow_px, confidence),
             "flow") &&
        IsOk(motion_.Run({flow_px_.data(), 2 * kCropPx, kCropPx, 2 * kCropPx},
                         {confidence_.data(), kCropPx, kCropPx, kCropPx}, &slip, &values),
             "motion");
    return is_done && IsOk(filter_.Step(&values.mean_y_px, t_ns, down_px), "filter");
  }

 private:
  static constexpr int kPixels = kCropPx * kCropPx;

  mien::Preprocess preprocess_;
  mien::DenseFlow flow_;
  mien::RegionMotion motion_;
  mien::OneEuro filter_;
  std::vector<std::uint8_t> previous_ = std::vector<std::uint8_t>(kPixels);
  std::vector<std::uint8_t> crop_ = std::vector<std::uint8_t>(kPixels);
  std::vector<std::int8_t> codes_ = std::vector<std::int8_t>(kPixels);
  std::vector<float> flow_px_ = std::vector<float>(2 * static_cast<std::size_t>(kPixels));
  std::vector<float> confidence_ = std::vector<float>(kPixels);
};

}  // namespace

int main() {
  std::printf("mien %s, kernels: %s\n", mien::Version(), mien::KernelsInUse());
  SkinFollower follower;
  if (!follower.Create()) return 1;
  float down_px = 0;
  for (int frame = 0; frame < kFrames; ++frame) {
    if (!follower.Follow(Capture(frame), frame * kFrameNs, &down_px)) return 1;
    if (frame > 0) std::printf("frame %d: %.2f px down\n", frame, static_cast<double>(down_px));
  }
  const bool is_right = std::fabs(down_px - kSinkingPx) < 0.3;
  std::printf("expected %.2f px: %s\n", kSinkingPx, is_right ? "ok" : "WRONG");
  return is_right ? 0 : 1;
}

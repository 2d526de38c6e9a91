#include "bench/face_rig.h"

#include <cmath>

#include "mien/schema.h"

namespace mien::bench {
namespace {

constexpr double kRimShare = 0.15;  // of the side: moves with the headset alone
constexpr double kSwingPx = 6;      // sensor pixels that the skin moves up and down
constexpr std::int64_t kFrameNs = 11'111'111;
constexpr double kPi = 3.14159265358979;

std::size_t Size(int count) {
  return static_cast<std::size_t>(count);
}

bool IsRim(int x, int y, int side) {
  const int rim = static_cast<int>(kRimShare * side);
  return x < rim || y < rim || x >= side - rim || y >= side - rim;
}

// Waves of several lengths, gray levels; another picture for every seed.
double Skin(double x, double y, int seed) {
  return 128 + 30 * std::sin(0.061 * x + 0.023 * y + seed) + 24 * std::sin(0.045 * y - 0.053 * x) +
         20 * std::sin(0.11 * y + 0.037 * x + 2 * seed) + 12 * std::sin(0.23 * x - 0.19 * y);
}

std::vector<std::uint8_t> Picture(int index, int seed) {
  std::vector<std::uint8_t> pixels;
  pixels.reserve(Size(kSensorPx) * kSensorPx);
  const double moved_px = kSwingPx * std::sin(2 * kPi * index / kPictures);
  for (int y = 0; y < kSensorPx; ++y) {
    for (int x = 0; x < kSensorPx; ++x) {
      const double from_y = IsRim(x, y, kSensorPx) ? y : y - moved_px;
      pixels.push_back(static_cast<std::uint8_t>(std::lround(Skin(x, from_y, seed))));
    }
  }
  return pixels;
}

std::vector<std::uint8_t> WithColour(const std::vector<std::uint8_t>& gray) {
  std::vector<std::uint8_t> yuyv;
  yuyv.reserve(2 * gray.size());
  for (const std::uint8_t level : gray) {
    yuyv.push_back(level);
    yuyv.push_back(128);
  }
  return yuyv;
}

// Of an eye camera: fisheye, turned by a few degrees.
CameraParams Camera() {
  CameraParams camera;
  camera.width = kSensorPx;
  camera.height = kSensorPx;
  camera.fx = camera.fy = kSensorPx;
  camera.cx = camera.cy = (kSensorPx - 1) / 2.0;
  camera.lens = Lens::kFisheye;
  camera.distortion = {-0.014, 0.0007, 0.0002, 0.0008, 0};
  camera.crop_xyxy_px = {15, 15, kSensorPx - 16, kSensorPx - 16};
  camera.rotation_deg = 7;
  return camera;
}

// Boxes over the face, one per region.
std::vector<float> RegionMaps() {
  constexpr std::array<std::array<double, 4>, kRegions> kBoxes = {{{0.2, 0.2, 0.8, 0.8},
                                                                   {0.2, 0.2, 0.5, 0.4},
                                                                   {0.5, 0.2, 0.8, 0.4},
                                                                   {0.3, 0.4, 0.7, 0.6},
                                                                   {0.3, 0.6, 0.7, 0.8}}};
  std::vector<float> maps;
  maps.reserve(Size(kRegions) * kCropPx * kCropPx);
  for (const auto& box : kBoxes) {
    for (int i = 0; i < kCropPx * kCropPx; ++i) {
      const double x = (i % kCropPx + 0.5) / kCropPx;
      const double y = (i / kCropPx + 0.5) / kCropPx;
      maps.push_back(x > box[0] && y > box[1] && x < box[2] && y < box[3] ? 1.0F : 0.0F);
    }
  }
  return maps;
}

std::vector<std::uint8_t> RimMask() {
  std::vector<std::uint8_t> mask;
  mask.reserve(Size(kCropPx) * kCropPx);
  for (int i = 0; i < kCropPx * kCropPx; ++i) {
    mask.push_back(IsRim(i % kCropPx, i / kCropPx, kCropPx) ? 1 : 0);
  }
  return mask;
}

}  // namespace

Status FaceCamera::Create(int seed) {
  for (int i = 0; i < kPictures; ++i) pictures_.push_back(Picture(i, seed));
  yuyv_ = WithColour(pictures_[0]);
  for (auto& crop : crops_) crop.resize(Size(kCropPx) * kCropPx);
  codes_.resize(Size(kCropPx) * kCropPx);
  flow_px_.resize(2 * Size(kCropPx) * kCropPx);
  confidence_.resize(Size(kCropPx) * kCropPx);
  const std::vector<std::uint8_t> mask = RimMask();
  const FlowParams flow_params;
  Status status = Preprocess::Create(Camera(), {}, &preprocess_);
  if (status != Status::kOk) return status;
  status = DenseFlow::Create(kCropPx, kCropPx, flow_params, &flow_);
  if (status != Status::kOk) return status;
  for (FlowImage& image : images_) {
    status = FlowImage::Create(kCropPx, kCropPx, flow_params.levels, &image);
    if (status != Status::kOk) return status;
  }
  status = RegionMotion::Create(RegionMaps().data(), kRegions,
                                {mask.data(), kCropPx, kCropPx, kCropPx}, &motion_);
  for (int frame = 0; frame < 2 && status == Status::kOk; ++frame) {
    status = TakeFrame(frame);
    if (status == Status::kOk) status = images_[Size(newest_)].Set(Crop(newest_));
  }
  return status;
}

GrayView FaceCamera::Crop(int which) const {
  return {crops_[Size(which)].data(), kCropPx, kCropPx, kCropPx};
}

Status FaceCamera::TakeFrame(int frame) {
  newest_ = 1 - newest_;
  const auto& picture = pictures_[Size(frame % kPictures)];
  return preprocess_.Run(GrayView{picture.data(), kSensorPx, kSensorPx, kSensorPx},
                         {crops_[Size(newest_)].data(), kCropPx, kCropPx, kCropPx},
                         {codes_.data(), kCropPx, kCropPx, kCropPx});
}

Status FaceCamera::TakeYuyv() {
  newest_ = 1 - newest_;
  const FrameView frame{yuyv_.data(), kSensorPx, kSensorPx, 2 * kSensorPx, PixelFormat::kYuyv};
  return preprocess_.Run(frame, {crops_[Size(newest_)].data(), kCropPx, kCropPx, kCropPx},
                         {codes_.data(), kCropPx, kCropPx, kCropPx});
}

Status FaceCamera::WholeFlow() {
  return flow_.Run(Crop(1 - newest_), Crop(newest_),
                   {flow_px_.data(), 2 * kCropPx, kCropPx, 2 * kCropPx},
                   {confidence_.data(), kCropPx, kCropPx, kCropPx});
}

Status FaceCamera::NextFlow() {
  const Status status = images_[Size(newest_)].Set(Crop(newest_));
  if (status != Status::kOk) return status;
  return flow_.Between(images_[Size(1 - newest_)], images_[Size(newest_)],
                       {flow_px_.data(), 2 * kCropPx, kCropPx, 2 * kCropPx},
                       {confidence_.data(), kCropPx, kCropPx, kCropPx});
}

Status FaceCamera::Motion() {
  return motion_.Run({flow_px_.data(), 2 * kCropPx, kCropPx, 2 * kCropPx},
                     {confidence_.data(), kCropPx, kCropPx, kCropPx}, &slip_, values_.data());
}

Status FaceRig::Create(int cameras) {
  cameras_.resize(Size(cameras));
  values_.resize(kValueCount);
  Status status = OneEuro::Create(kValueCount, {}, &filter_);
  for (int i = 0; i < cameras && status == Status::kOk; ++i) status = camera(i).Create(i);
  return status;
}

Status FaceRig::Step(int cameras) {
  const int frame = NextFrame();
  Status status = Status::kOk;
  for (int i = 0; i < cameras && status == Status::kOk; ++i) {
    status = camera(i).TakeFrame(frame);
    if (status == Status::kOk) status = camera(i).NextFlow();
    if (status == Status::kOk) status = camera(i).Motion();
    values_[Size(i)] = camera(i).middle_down_px();
  }
  return status == Status::kOk ? Smooth() : status;
}

Status FaceRig::Smooth() {
  return filter_.Step(values_.data(), ++frame_ * kFrameNs, values_.data());
}

}  // namespace mien::bench

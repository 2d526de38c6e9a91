#include "core/lens.h"

#include <cmath>

#include "core/range.h"

namespace mien {
namespace {

constexpr double kPi = 3.14159265358979323846;

bool AllFinite(const double* values, std::size_t count) noexcept {
  for (std::size_t i = 0; i < count; ++i) {
    if (!std::isfinite(values[i])) return false;
  }
  return true;
}

Point RadTan(const std::array<double, 5>& k, Point p) noexcept {
  const double r2 = p.x * p.x + p.y * p.y;
  const double radial = 1 + r2 * (k[0] + r2 * (k[1] + r2 * k[4]));
  return {p.x * radial + 2 * k[2] * p.x * p.y + k[3] * (r2 + 2 * p.x * p.x),
          p.y * radial + k[2] * (r2 + 2 * p.y * p.y) + 2 * k[3] * p.x * p.y};
}

Point Fisheye(const std::array<double, 5>& k, Point p) noexcept {
  const double r = std::sqrt(p.x * p.x + p.y * p.y);
  if (r < 1e-12) return p;
  const double t = std::atan(r);
  const double t2 = t * t;
  const double bent = t * (1 + t2 * (k[0] + t2 * (k[1] + t2 * (k[2] + t2 * k[3]))));
  return {p.x * bent / r, p.y * bent / r};
}

}  // namespace

Status Check(const CameraParams& camera) noexcept {
  const double pinhole[] = {camera.fx, camera.fy, camera.cx, camera.cy};
  if (!IsWithin(camera.width, 1, kMaxSidePx) || !IsWithin(camera.height, 1, kMaxSidePx) ||
      !AllFinite(pinhole, 4) || camera.fx <= 0 || camera.fy <= 0) {
    return Status::kBadCamera;
  }
  const int lens = static_cast<int>(camera.lens);
  if (!IsWithin(lens, 0, 2) || !AllFinite(camera.distortion.data(), 5)) return Status::kBadLens;
  const auto& box = camera.crop_xyxy_px;
  if (!AllFinite(box.data(), 4) || box[0] >= box[2] || box[1] >= box[3] ||
      !IsWithin(camera.rotation_deg, -180.0, 180.0)) {
    return Status::kBadCrop;
  }
  return Status::kOk;
}

Point Distort(const CameraParams& camera, Point ray) noexcept {
  switch (camera.lens) {
    case Lens::kPinhole:
      return ray;
    case Lens::kRadTan:
      return RadTan(camera.distortion, ray);
    case Lens::kFisheye:
      return Fisheye(camera.distortion, ray);
  }
  return ray;
}

Point SensorFromCrop(const CameraParams& camera, Point crop) noexcept {
  const auto& box = camera.crop_xyxy_px;
  const double u = camera.is_mirrored ? 1 - crop.x : crop.x;
  const double dx = (u - 0.5) * (box[2] - box[0]);
  const double dy = (crop.y - 0.5) * (box[3] - box[1]);
  // The content turns clockwise, so the place to read turns the other way.
  const double angle = -camera.rotation_deg * kPi / 180;
  const double c = std::cos(angle);
  const double s = std::sin(angle);
  const double x_px = (box[0] + box[2]) / 2 + c * dx - s * dy;
  const double y_px = (box[1] + box[3]) / 2 + s * dx + c * dy;
  const Point ray{(x_px - camera.cx) / camera.fx, (y_px - camera.cy) / camera.fy};
  const Point bent = Distort(camera, ray);
  return {bent.x * camera.fx + camera.cx, bent.y * camera.fy + camera.cy};
}

}  // namespace mien

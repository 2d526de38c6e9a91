// Where a point of the crop lies on the sensor.

#ifndef MIEN_CORE_LENS_H_
#define MIEN_CORE_LENS_H_

#include "mien/preprocess.h"

namespace mien {

struct Point {
  double x = 0;
  double y = 0;
};

// kOk, or the first rule of `CameraParams` that does not hold.
Status Check(const CameraParams& camera) noexcept;

// Normalised image coordinates (z = 1) after the lens.
Point Distort(const CameraParams& camera, Point ray) noexcept;

// Crop position in 0..1 to sensor pixels; not limited to the image.
Point SensorFromCrop(const CameraParams& camera, Point crop) noexcept;

}  // namespace mien

#endif  // MIEN_CORE_LENS_H_

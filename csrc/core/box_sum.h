// Box sums of float rows and planes.

#ifndef MIEN_CORE_BOX_SUM_H_
#define MIEN_CORE_BOX_SUM_H_

#include "core/plane.h"

namespace mien {

// out[x] = row[x] + ... + row[x + window - 1] for x in 0..count-1, in the order of a binary tree:
// log2(window) additions per pixel, all of them independent, unlike a running sum's.
// `row` holds count + window - 1 numbers and is overwritten.
void SumAlong(float* row, int count, int window, float* out) noexcept;

// Replaces a plane by its mean over a window_px box, the border repeated outwards.
class BoxMean {
 public:
  [[nodiscard]] bool Allocate(int max_width, int max_height, int window_px) noexcept;
  void Run(const Plane& plane) noexcept;

 private:
  int window_ = 1;
  Buffer<float> padded_;
  Buffer<float> total_;
  PlaneBuffer along_;
};

}  // namespace mien

#endif  // MIEN_CORE_BOX_SUM_H_

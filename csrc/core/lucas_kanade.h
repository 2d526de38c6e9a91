// One Lucas-Kanade update of a flow at one level.

#ifndef MIEN_CORE_LUCAS_KANADE_H_
#define MIEN_CORE_LUCAS_KANADE_H_

#include "core/plane.h"

namespace mien {

struct FlowPlanes {
  Plane x;
  Plane y;
};

class LucasKanade {
 public:
  [[nodiscard]] bool Allocate(int max_width, int max_height, int window_px) noexcept;

  // Improves `flow` in place, from `previous` to `current`. The smaller eigenvalue of the mean
  // gradient product over each window goes to `texture` if that has data.
  void Update(const Plane& previous, const Plane& current, const FlowPlanes& flow,
              const Plane& texture) noexcept;

  // Moves `current` back along `flow` and keeps its mean with `previous` and its difference from
  // it; pixels whose target lies outside get the weight 0.
  void Warp(const Plane& previous, const Plane& current, const FlowPlanes& flow) noexcept;

  Plane difference() const noexcept { return difference_; }
  Plane is_inside() const noexcept { return is_inside_; }

 private:
  // Gradient products summed over the window: xx, xy, yy, xt, yt.
  static constexpr int kProducts = 5;

  void AddRow(int y) noexcept;
  void DropRow(int y) noexcept;
  void WriteProducts(int y) noexcept;
  void Solve(int y, const FlowPlanes& flow, const Plane& texture) const noexcept;
  float* RingRow(int product, int y) const noexcept;

  int window_ = 0;
  Plane mean_;
  Plane difference_;
  Plane is_inside_;
  PlaneBuffer mean_buffer_;
  PlaneBuffer difference_buffer_;
  PlaneBuffer is_inside_buffer_;
  Buffer<float> products_;  // kProducts padded rows
  Buffer<float> ring_;      // kProducts x window rows, summed along
  Buffer<float> total_;     // kProducts rows, summed over the window
};

}  // namespace mien

#endif  // MIEN_CORE_LUCAS_KANADE_H_

// An image freed of its local brightness and contrast, at several sizes.

#ifndef MIEN_CORE_PYRAMID_H_
#define MIEN_CORE_PYRAMID_H_

#include <array>

#include "core/box_stats.h"
#include "core/plane.h"

namespace mien {

constexpr int kMaxLevels = 6;

// Side of level `level`: each is half of the one below it, rounded up.
constexpr int LevelSide(int side_px, int level) noexcept {
  return (side_px + (1 << level) - 1) >> level;
}

class Pyramid {
 public:
  [[nodiscard]] bool Allocate(int width, int height, int levels) noexcept;

  // Level 0 is (gray - mean) / (deviation + floor) over a box; each further level is a
  // blend of 4 x 4 pixels of the one before.
  void Build(const GrayView& gray) noexcept;

  Plane level(int i) const noexcept { return planes_[static_cast<std::size_t>(i)].plane(); }

 private:
  int levels_ = 0;
  BoxStats stats_;
  Buffer<float> padded_;  // one row with its border
  std::array<PlaneBuffer, kMaxLevels> planes_;
};

}  // namespace mien

#endif  // MIEN_CORE_PYRAMID_H_

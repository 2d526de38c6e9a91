#include "core/pyramid.h"

#include <algorithm>
#include <cmath>

namespace mien {
namespace {

// Narrow enough that a shadow's edge is levelled out, wide enough that motion of a few pixels
// does not change a pixel's own normalisation: 11, 15, 21, 31 and 63 were tried.
constexpr int kContrastWindowPx = 15;
// Gray levels added to the deviation: what flat skin's noise is divided by.
constexpr float kContrastFloor = 4.0F;

// Mean of 4 x 4 pixels with weights 1 3 3 1, the border repeated outwards. Plain 2 x 2 means
// alias: the flow's error was a tenth larger with them.
void BlendRows(const Plane& fine, int y, float* out) noexcept {
  const float* row0 = fine.Row(std::max(2 * y - 1, 0));
  const float* row1 = fine.Row(2 * y);
  const float* row2 = fine.Row(std::min(2 * y + 1, fine.height - 1));
  const float* row3 = fine.Row(std::min(2 * y + 2, fine.height - 1));
  for (int x = 0; x < fine.width; ++x) {
    out[x] = 0.125F * ((row0[x] + row3[x]) + 3.0F * (row1[x] + row2[x]));
  }
}

void Halve(const Plane& fine, const Plane& coarse, float* padded) noexcept {
  const int width = fine.width;
  for (int y = 0; y < coarse.height; ++y) {
    BlendRows(fine, y, padded + 1);
    padded[0] = padded[1];
    padded[width + 1] = padded[width];
    padded[width + 2] = padded[width];
    float* out = coarse.Row(y);
    for (int x = 0; x < coarse.width; ++x) {
      const float* at = padded + 2 * x;
      out[x] = 0.125F * ((at[0] + at[3]) + 3.0F * (at[1] + at[2]));
    }
  }
}

}  // namespace

bool Pyramid::Allocate(int width, int height, int levels) noexcept {
  levels_ = levels;
  if (!stats_.Allocate(width, kContrastWindowPx)) return false;
  if (!padded_.Allocate(static_cast<std::size_t>(width) + 4)) return false;
  for (int i = 0; i < levels; ++i) {
    auto& plane = planes_[static_cast<std::size_t>(i)];
    if (!plane.Allocate(LevelSide(width, i), LevelSide(height, i))) return false;
  }
  return true;
}

void Pyramid::Build(const GrayView& gray) noexcept {
  const int area = stats_.area();
  const double area_d = area;
  const float floor = kContrastFloor * static_cast<float>(area);
  const std::int32_t* sum = stats_.sum();
  const std::int32_t* square = stats_.square();
  stats_.Start(gray);
  for (int y = 0; y < gray.height; ++y) {
    stats_.Next();
    const std::uint8_t* in = gray.Row(y);
    float* out = level(0).Row(y);
    for (int x = 0; x < gray.width; ++x) {
      const double sum_d = sum[x];
      const auto spread = static_cast<float>(area_d * square[x] - sum_d * sum_d);
      out[x] = static_cast<float>(in[x] * area - sum[x]) / (std::sqrt(spread) + floor);
    }
  }
  for (int i = 1; i < levels_; ++i) Halve(level(i - 1), level(i), padded_.data());
}

}  // namespace mien

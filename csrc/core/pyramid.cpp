#include "core/pyramid.h"

#include <algorithm>
#include <cmath>

namespace mien {
namespace {

// Wide against the flow's window, so that a moving edge does not change its own normalisation.
constexpr int kContrastWindowPx = 31;
// Gray levels added to the deviation: what flat skin's noise is divided by.
constexpr float kContrastFloor = 6.0F;

void Halve(const Plane& fine, const Plane& coarse) noexcept {
  for (int y = 0; y < coarse.height; ++y) {
    const float* upper = fine.Row(2 * y);
    const float* lower = fine.Row(std::min(2 * y + 1, fine.height - 1));
    float* out = coarse.Row(y);
    const int pairs = fine.width / 2;
    for (int x = 0; x < pairs; ++x) {
      out[x] = 0.25F * ((upper[2 * x] + upper[2 * x + 1]) + (lower[2 * x] + lower[2 * x + 1]));
    }
    if (pairs < coarse.width) out[pairs] = 0.5F * (upper[2 * pairs] + lower[2 * pairs]);
  }
}

}  // namespace

bool Pyramid::Allocate(int width, int height, int levels) noexcept {
  levels_ = levels;
  if (!stats_.Allocate(width, kContrastWindowPx)) return false;
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
  for (int i = 1; i < levels_; ++i) Halve(level(i - 1), level(i));
}

}  // namespace mien

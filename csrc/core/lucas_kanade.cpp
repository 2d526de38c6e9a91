#include "core/lucas_kanade.h"

#include <algorithm>
#include <cmath>

#include "core/box_sum.h"

namespace mien {
namespace {

// Added to both eigenvalues, per pixel of the window, in squared contrast per pixel: a window
// without texture keeps the flow it has.
constexpr float kRidge = 2e-3F;

// Bilinear read; `x` and `y` must lie in the image.
float Sample(const Plane& plane, float x, float y) noexcept {
  const int left = std::min(static_cast<int>(x), plane.width - 2);
  const int top = std::min(static_cast<int>(y), plane.height - 2);
  const float fx = x - static_cast<float>(left);
  const float fy = y - static_cast<float>(top);
  const float* at = plane.Row(top) + left;
  // Weights rather than differences: at whole coordinates the pixel itself comes out.
  const float upper = at[0] * (1.0F - fx) + at[1] * fx;
  const float lower = at[plane.width] * (1.0F - fx) + at[plane.width + 1] * fx;
  return upper * (1.0F - fy) + lower * fy;
}

}  // namespace

bool LucasKanade::Allocate(int max_width, int max_height, int window_px) noexcept {
  window_ = window_px;
  const auto width = static_cast<std::size_t>(max_width);
  const auto window = static_cast<std::size_t>(window_px);
  return mean_buffer_.Allocate(max_width, max_height) &&
         difference_buffer_.Allocate(max_width, max_height) &&
         is_inside_buffer_.Allocate(max_width, max_height) &&
         products_.Allocate(kProducts * (width + window)) &&
         ring_.Allocate(kProducts * window * width) && total_.Allocate(kProducts * width);
}

void LucasKanade::Warp(const Plane& previous, const Plane& current,
                       const FlowPlanes& flow) noexcept {
  const int width = previous.width;
  const int height = previous.height;
  mean_ = mean_buffer_.Part(width, height);
  difference_ = difference_buffer_.Part(width, height);
  is_inside_ = is_inside_buffer_.Part(width, height);
  const auto right = static_cast<float>(width - 1);
  const auto bottom = static_cast<float>(height - 1);
  for (int y = 0; y < height; ++y) {
    const float* before = previous.Row(y);
    const float* flow_x = flow.x.Row(y);
    const float* flow_y = flow.y.Row(y);
    float* mean = mean_.Row(y);
    float* difference = difference_.Row(y);
    float* is_inside = is_inside_.Row(y);
    for (int x = 0; x < width; ++x) {
      const float to_x = static_cast<float>(x) + flow_x[x];
      const float to_y = static_cast<float>(y) + flow_y[x];
      const float in_x = std::min(std::max(to_x, 0.0F), right);
      const float in_y = std::min(std::max(to_y, 0.0F), bottom);
      const float after = Sample(current, in_x, in_y);
      is_inside[x] = in_x == to_x && in_y == to_y ? 1.0F : 0.0F;
      mean[x] = 0.5F * (before[x] + after);
      difference[x] = after - before[x];
    }
  }
}

float* LucasKanade::RingRow(int product, int y) const noexcept {
  return ring_.data() +
         (static_cast<std::ptrdiff_t>(product) * window_ + y % window_) * mean_.width;
}

void LucasKanade::WriteProducts(int y) noexcept {
  const int width = mean_.width;
  const int radius = window_ / 2;
  const int row = width + 2 * radius;
  const float* above = mean_.Row(std::max(y - 1, 0));
  const float* here = mean_.Row(y);
  const float* below = mean_.Row(std::min(y + 1, mean_.height - 1));
  const float* difference = difference_.Row(y);
  const float* is_inside = is_inside_.Row(y);
  float* products = products_.data();
  std::fill(products, products + kProducts * row, 0.0F);
  float* out = products + radius;
  for (int x = 1; x + 1 < width; ++x) {
    const float gx = 0.5F * (here[x + 1] - here[x - 1]) * is_inside[x];
    const float gy = 0.5F * (below[x] - above[x]) * is_inside[x];
    out[x] = gx * gx;
    out[x + row] = gx * gy;
    out[x + 2 * row] = gy * gy;
    out[x + 3 * row] = gx * difference[x];
    out[x + 4 * row] = gy * difference[x];
  }
}

void LucasKanade::AddRow(int y) noexcept {
  const int width = mean_.width;
  WriteProducts(y);
  for (int k = 0; k < kProducts; ++k) {
    float* along = RingRow(k, y);
    SumAlong(products_.data() + k * (width + window_ - 1), width, window_, along);
    float* total = total_.data() + k * width;
    for (int x = 0; x < width; ++x) total[x] += along[x];
  }
}

void LucasKanade::DropRow(int y) noexcept {
  const int width = mean_.width;
  for (int k = 0; k < kProducts; ++k) {
    const float* along = RingRow(k, y);
    float* total = total_.data() + k * width;
    for (int x = 0; x < width; ++x) total[x] -= along[x];
  }
}

void LucasKanade::Solve(int y, const FlowPlanes& flow, const Plane& texture) const noexcept {
  const int width = mean_.width;
  const float* xx = total_.data();
  const float* xy = xx + width;
  const float* yy = xy + width;
  const float* xt = yy + width;
  const float* yt = xt + width;
  const auto area = static_cast<float>(window_ * window_);
  const float ridge = kRidge * area;
  const auto limit = static_cast<float>(window_ / 2);
  float* flow_x = flow.x.Row(y);
  float* flow_y = flow.y.Row(y);
  for (int x = 0; x < width; ++x) {
    const float a = xx[x] + ridge;
    const float c = yy[x] + ridge;
    const float inverse = 1.0F / (a * c - xy[x] * xy[x]);
    const float step_x = (xy[x] * yt[x] - c * xt[x]) * inverse;
    const float step_y = (xy[x] * xt[x] - a * yt[x]) * inverse;
    flow_x[x] += std::min(std::max(step_x, -limit), limit);
    flow_y[x] += std::min(std::max(step_y, -limit), limit);
  }
  if (texture.data == nullptr) return;
  float* out = texture.Row(y);
  for (int x = 0; x < width; ++x) {
    const float half_gap = 0.5F * (xx[x] - yy[x]);
    const float root = std::sqrt(half_gap * half_gap + xy[x] * xy[x]);
    out[x] = std::max(0.5F * (xx[x] + yy[x]) - root, 0.0F) / area;
  }
}

void LucasKanade::Update(const Plane& previous, const Plane& current, const FlowPlanes& flow,
                         const Plane& texture) noexcept {
  Warp(previous, current, flow);
  const int radius = window_ / 2;
  const int height = previous.height;
  std::fill_n(total_.data(), kProducts * previous.width, 0.0F);
  for (int y = 0; y < std::min(radius, height); ++y) AddRow(y);
  for (int y = 0; y < height; ++y) {
    if (y + radius < height) AddRow(y + radius);
    Solve(y, flow, texture);
    if (y >= radius) DropRow(y - radius);
  }
}

}  // namespace mien

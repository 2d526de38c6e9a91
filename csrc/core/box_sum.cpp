#include "core/box_sum.h"

#include <algorithm>

namespace mien {
namespace {

void AddRow(const float* row, int count, float* total) noexcept {
  for (int x = 0; x < count; ++x) total[x] += row[x];
}

void SubtractRow(const float* row, int count, float* total) noexcept {
  for (int x = 0; x < count; ++x) total[x] -= row[x];
}

}  // namespace

void SumAlong(float* row, int count, int window, float* out) noexcept {
  std::fill(out, out + count, 0.0F);
  int done = 0;
  for (int step = 1; step <= window; step *= 2) {
    if ((window & step) != 0) {
      for (int x = 0; x < count; ++x) out[x] += row[x + done];
      done += step;
    }
    const int length = count + window - 2 * step;
    for (int x = 0; x < length; ++x) row[x] += row[x + step];
  }
}

bool BoxMean::Allocate(int max_width, int max_height, int window_px) noexcept {
  window_ = window_px;
  const auto width = static_cast<std::size_t>(max_width);
  return padded_.Allocate(width + static_cast<std::size_t>(window_px)) && total_.Allocate(width) &&
         along_.Allocate(max_width, max_height);
}

void BoxMean::Run(const Plane& plane) noexcept {
  if (window_ == 1) return;
  const int radius = window_ / 2;
  const int width = plane.width;
  const int last = plane.height - 1;
  const Plane along = along_.Part(width, plane.height);
  float* padded = padded_.data();
  for (int y = 0; y <= last; ++y) {
    const float* row = plane.Row(y);
    std::fill(padded, padded + radius, row[0]);
    std::copy(row, row + width, padded + radius);
    std::fill(padded + radius + width, padded + 2 * radius + width, row[width - 1]);
    SumAlong(padded, width, window_, along.Row(y));
  }
  float* total = total_.data();
  std::fill(total, total + width, 0.0F);
  for (int y = -radius; y < radius; ++y) AddRow(along.Row(std::clamp(y, 0, last)), width, total);
  const float share = 1.0F / static_cast<float>(window_ * window_);
  for (int y = 0; y <= last; ++y) {
    AddRow(along.Row(std::min(y + radius, last)), width, total);
    float* row = plane.Row(y);
    for (int x = 0; x < width; ++x) row[x] = total[x] * share;
    SubtractRow(along.Row(std::max(y - radius, 0)), width, total);
  }
}

}  // namespace mien

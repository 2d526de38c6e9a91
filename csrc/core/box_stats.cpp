#include "core/box_stats.h"

#include <algorithm>

namespace mien {

bool BoxStats::Allocate(int width, int window_px) noexcept {
  radius_ = window_px / 2;
  const auto inner = static_cast<std::size_t>(width);
  const auto padded = inner + 2 * static_cast<std::size_t>(radius_);
  return column_sum_.Allocate(padded) && column_square_.Allocate(padded) && sum_.Allocate(inner) &&
         square_.Allocate(inner);
}

void BoxStats::Start(const GrayView& image) noexcept {
  image_ = image;
  y_ = 0;
  std::fill_n(column_sum_.data(), column_sum_.size(), 0);
  std::fill_n(column_square_.data(), column_square_.size(), 0);
  for (int y = -radius_; y <= radius_; ++y) AddRow(y, 1);
}

void BoxStats::AddRow(int y, int sign) noexcept {
  const std::uint8_t* row = image_.Row(std::clamp(y, 0, image_.height - 1));
  std::int32_t* sum = column_sum_.data() + radius_;
  std::int32_t* square = column_square_.data() + radius_;
  for (int x = 0; x < image_.width; ++x) {
    const std::int32_t gray = row[x];
    sum[x] += sign * gray;
    square[x] += sign * gray * gray;
  }
}

void BoxStats::SlideAlong(const std::int32_t* column, std::int32_t* out) const noexcept {
  const int window = 2 * radius_ + 1;
  std::int32_t total = 0;
  for (int x = 0; x < window; ++x) total += column[x];
  out[0] = total;
  for (int x = 1; x < image_.width; ++x) {
    total += column[x + window - 1] - column[x - 1];
    out[x] = total;
  }
}

void BoxStats::Next() noexcept {
  for (std::int32_t* column : {column_sum_.data(), column_square_.data()}) {
    const int last = radius_ + image_.width - 1;
    std::fill(column, column + radius_, column[radius_]);
    std::fill(column + last + 1, column + last + 1 + radius_, column[last]);
  }
  SlideAlong(column_sum_.data(), sum_.data());
  SlideAlong(column_square_.data(), square_.data());
  AddRow(y_ - radius_, -1);
  AddRow(y_ + radius_ + 1, 1);
  ++y_;
}

}  // namespace mien

// Rows of numbers with room around them: kernels work on whole vectors, and read a few numbers
// before and after a row.

#ifndef MIEN_CORE_ROWS_H_
#define MIEN_CORE_ROWS_H_

#include <cstddef>

#include "core/buffer.h"

namespace mien {

// Numbers before each row and, at the least, after it: a vector of int16 rounded up from any width,
// twice as many where a row is enlarged, and half of the widest window.
constexpr int kRowMargin = 48;

template <typename T>
class Rows {
 public:
  [[nodiscard]] bool Allocate(int width, int height) noexcept {
    width_ = width;
    height_ = height;
    stride_ = (width + 15) / 16 * 16 + 2 * kRowMargin;
    return buffer_.Allocate(static_cast<std::size_t>(stride_) * static_cast<std::size_t>(height));
  }

  T* Row(int y) const noexcept {
    return buffer_.data() + static_cast<std::ptrdiff_t>(y) * stride_ + kRowMargin;
  }

  void Clear() noexcept {
    for (std::size_t i = 0; i < buffer_.size(); ++i) buffer_.data()[i] = T{};
  }

  int width() const noexcept { return width_; }
  int height() const noexcept { return height_; }
  int stride() const noexcept { return stride_; }

 private:
  Buffer<T> buffer_;
  int width_ = 0;
  int height_ = 0;
  int stride_ = 0;
};

// The coarse row beside `y / 2` that a fine row `y` lies nearer to, limited to the image.
constexpr int FarRow(int y, int coarse_height) noexcept {
  const int row = y / 2 + (y % 2 == 0 ? -1 : 1);
  return row < 0 ? 0 : row < coarse_height ? row : coarse_height - 1;
}

// Cells of 2 x 2 pixels that cover a side.
constexpr int CellSide(int side_px) noexcept {
  return (side_px + 1) / 2;
}

}  // namespace mien

#endif  // MIEN_CORE_ROWS_H_

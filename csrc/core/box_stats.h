// Sums over a sliding box of a gray image, one row after the other.

#ifndef MIEN_CORE_BOX_STATS_H_
#define MIEN_CORE_BOX_STATS_H_

#include <cstdint>

#include "core/buffer.h"
#include "mien/image.h"

namespace mien {

// For each pixel the sum of gray and of gray squared over the window_px x window_px box around
// it, the image's border repeated outwards. Integers, hence exact: 127 * 127 * 255 * 255 < 2^31.
class BoxStats {
 public:
  [[nodiscard]] bool Allocate(int width, int window_px) noexcept;

  // Goes to row 0 of `image`, which must stay as it is until the last row was read.
  void Start(const GrayView& image) noexcept;

  // Computes the sums of the current row and goes to the next one.
  void Next() noexcept;

  const std::int32_t* sum() const noexcept { return sum_.data(); }
  const std::int32_t* square() const noexcept { return square_.data(); }
  int area() const noexcept { return (2 * radius_ + 1) * (2 * radius_ + 1); }

 private:
  void AddRow(int y, int sign) noexcept;
  void SlideAlong(const std::int32_t* column, std::int32_t* out) const noexcept;

  GrayView image_;
  int radius_ = 0;
  int y_ = 0;
  Buffer<std::int32_t> column_sum_;  // over the window's rows
  Buffer<std::int32_t> column_square_;
  Buffer<std::int32_t> sum_;
  Buffer<std::int32_t> square_;
};

}  // namespace mien

#endif  // MIEN_CORE_BOX_STATS_H_

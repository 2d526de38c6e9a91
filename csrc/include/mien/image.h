// Views of images that somebody else owns.

#ifndef MIEN_IMAGE_H_
#define MIEN_IMAGE_H_

#include <cstddef>
#include <cstdint>

namespace mien {

// Width and height an image may have, pixels.
constexpr int kMaxSidePx = 16384;

// A single-channel image. Pixels of a row are adjacent; rows may lie anywhere apart, so a
// crop of a larger image is a view too.
template <typename T>
struct ImageView {
  T* data = nullptr;          // first pixel of the first row
  int width = 0;              // pixels
  int height = 0;             // rows
  std::ptrdiff_t stride = 0;  // elements from one row to the next, may be negative

  T* Row(int y) const noexcept { return data + y * stride; }
};

using GrayView = ImageView<const std::uint8_t>;
using GrayImage = ImageView<std::uint8_t>;
using QuantImage = ImageView<std::int8_t>;
using FloatView = ImageView<const float>;
using FloatImage = ImageView<float>;

// Images of one size, each right behind the one before, without gaps.
template <typename T>
struct ImageStack {
  T* data = nullptr;  // first pixel of the first image
  int count = 0;      // images
  int width = 0;      // pixels
  int height = 0;     // rows

  ImageView<T> At(int i) const noexcept {
    const auto pixels = static_cast<std::ptrdiff_t>(width) * height;
    return {data + i * pixels, width, height, width};
  }
};

using GrayStack = ImageStack<const std::uint8_t>;
using FloatStackView = ImageStack<const float>;
using FloatStack = ImageStack<float>;

// True if the view has pixels, its rows do not overlap, and their distances can be counted.
template <typename T>
bool IsUsable(const ImageView<T>& view) noexcept {
  constexpr std::ptrdiff_t kMaxStride =
      PTRDIFF_MAX / (kMaxSidePx * static_cast<std::ptrdiff_t>(sizeof(T)));
  const bool has_pixels = view.data != nullptr && view.width > 0 && view.width <= kMaxSidePx &&
                          view.height > 0 && view.height <= kMaxSidePx;
  if (!has_pixels || view.stride > kMaxStride || view.stride < -kMaxStride) return false;
  return view.stride >= view.width || view.stride <= -view.width || view.height == 1;
}

// True if there is an image, and images have pixels.
template <typename T>
bool IsUsable(const ImageStack<T>& stack) noexcept {
  return stack.count > 0 && IsUsable(stack.At(0));
}

}  // namespace mien

#endif  // MIEN_IMAGE_H_

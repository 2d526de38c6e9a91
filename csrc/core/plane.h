// A gap-free float image inside a buffer.

#ifndef MIEN_CORE_PLANE_H_
#define MIEN_CORE_PLANE_H_

#include "core/buffer.h"

namespace mien {

struct Plane {
  float* data = nullptr;
  int width = 0;
  int height = 0;

  float* Row(int y) const noexcept { return data + static_cast<std::ptrdiff_t>(y) * width; }
};

class PlaneBuffer {
 public:
  [[nodiscard]] bool Allocate(int width, int height) noexcept {
    width_ = width;
    height_ = height;
    return buffer_.Allocate(static_cast<std::size_t>(width) * static_cast<std::size_t>(height));
  }

  Plane plane() const noexcept { return {buffer_.data(), width_, height_}; }

  // The same memory as a smaller plane.
  Plane Part(int width, int height) const noexcept { return {buffer_.data(), width, height}; }

 private:
  Buffer<float> buffer_;
  int width_ = 0;
  int height_ = 0;
};

}  // namespace mien

#endif  // MIEN_CORE_PLANE_H_

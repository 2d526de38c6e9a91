// Frames as cameras give them.

#ifndef MIEN_FRAME_H_
#define MIEN_FRAME_H_

#include "mien/image.h"

namespace mien {

enum class PixelFormat {
  kGray8,  // one byte per pixel
  kYuyv,   // Y U Y V: gray is every second byte
  kNv12,   // a plane of Y and one of UV: gray is the first; the second is never read
  kBgr8,   // three bytes per pixel; gray as OpenCV has it, to the bit
};

// An image of any of these formats. Rows may lie anywhere apart, so a crop is a frame too.
struct FrameView {
  const std::uint8_t* data = nullptr;  // first byte of the first row (of NV12's first plane)
  int width = 0;                       // pixels
  int height = 0;                      // rows
  std::ptrdiff_t stride = 0;           // bytes from one row to the next, may be negative
  PixelFormat format = PixelFormat::kGray8;

  const std::uint8_t* Row(int y) const noexcept { return data + y * stride; }
};

// Of the plane that gray is made from; 0 for a number that is no format.
constexpr int BytesPerPixel(PixelFormat format) noexcept {
  switch (format) {
    case PixelFormat::kGray8:
    case PixelFormat::kNv12:
      return 1;
    case PixelFormat::kYuyv:
      return 2;
    case PixelFormat::kBgr8:
      return 3;
  }
  return 0;
}

// The bytes of a frame, as an image of them.
constexpr GrayView BytesOf(const FrameView& frame) noexcept {
  return {frame.data, frame.width * BytesPerPixel(frame.format), frame.height, frame.stride};
}

constexpr FrameView FrameOf(const GrayView& gray) noexcept {
  return {gray.data, gray.width, gray.height, gray.stride, PixelFormat::kGray8};
}

// True if the frame has pixels, its rows do not overlap, and their distances can be counted.
inline bool IsUsable(const FrameView& frame) noexcept {
  return frame.width > 0 && frame.width <= kMaxSidePx && BytesPerPixel(frame.format) > 0 &&
         IsUsable(GrayView{frame.data, 1, frame.height, frame.stride}) &&
         (frame.height == 1 || frame.stride >= frame.width * BytesPerPixel(frame.format) ||
          frame.stride <= -frame.width * BytesPerPixel(frame.format));
}

}  // namespace mien

#endif  // MIEN_FRAME_H_

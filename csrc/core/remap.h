// Reads a crop from a frame along a way that is computed once.

#ifndef MIEN_CORE_REMAP_H_
#define MIEN_CORE_REMAP_H_

#include <cstdint>

#include "core/block_image.h"
#include "core/lens.h"
#include "mien/preprocess.h"

namespace mien {

class Remap {
 public:
  // Requires  a camera that passed `Check`, size >= 2.
  Status Create(const CameraParams& camera, int size, const PreprocessKernels& kernels) noexcept;

  // Requires  `frame` of the camera's size, `crop` of size x size.
  void Run(const FrameView& frame, const GrayImage& crop) noexcept;

 private:
  static void Cover(const Buffer<Point>& block_at, BlockAxis* x, BlockAxis* y) noexcept;
  void PlaceTaps(const Buffer<Point>& block_at, Point first) noexcept;

  int size_ = 0;
  PreprocessKernels kernels_{};
  BlockImage blocks_;
  Buffer<std::int32_t> offset_;   // per crop pixel: its quad
  Buffer<std::int16_t> weights_;  // per crop pixel: of the four numbers of its quad, of 2^14
};

}  // namespace mien

#endif  // MIEN_CORE_REMAP_H_

// A shrunken frame, laid out for bilinear reads.

#ifndef MIEN_CORE_BLOCK_IMAGE_H_
#define MIEN_CORE_BLOCK_IMAGE_H_

#include <cstdint>

#include "core/buffer.h"
#include "kernels/kernel_table.h"
#include "mien/frame.h"

namespace mien {

// Blocks along one axis: block k is the sensor pixels pitch * k .. pitch * k + span - 1. They
// overlap, so that their bilinear blend is close to a box of any place and width.
struct BlockAxis {
  int pitch = 1;  // 1, 2, 4 or 8
  int span = 1;   // 1 or 2 for pitch 1, else pitch, pitch * 3 / 2 or pitch * 2
  int first = 0;  // first block that is read
  int count = 0;  // blocks that are read

  // Pitch and span for a crop pixel's footprint of this many sensor pixels.
  static BlockAxis For(double footprint_px) noexcept;

  // Block coordinate of a sensor coordinate, limited to blocks that begin inside the frame.
  double At(double sensor_px, int side_px) const noexcept;
};

class BlockImage {
 public:
  // Requires  axes whose first block begins inside the frame.
  [[nodiscard]] bool Create(const BlockAxis& x, const BlockAxis& y,
                            const PreprocessKernels& kernels) noexcept;

  // Averages the blocks, the frame's border repeated; touches no pixel beside them.
  void Run(const FrameView& frame) noexcept;

  // Gray levels times 128, quad after quad: a block, the one below it, then their right neighbours.
  const std::int16_t* quads() const noexcept { return quads_.data(); }

  // Where the quad of block (x, y) begins, counted from the first ones.
  std::int32_t Offset(int x, int y) const noexcept { return 2 * (y * stride_ + x); }

 private:
  static constexpr int kMaxSpan = 16;

  const std::uint8_t* Converted(const FrameView& frame, int y) noexcept;
  void FindRows(const FrameView& frame, int y, BlockRows* in) noexcept;
  int SumCutBlock(const BlockRows& in, int first_px, int span) const noexcept;
  void SumPixels(const BlockRows& in) noexcept;
  void JoinColumns() noexcept;

  BlockAxis x_;
  BlockAxis y_;
  PreprocessKernels kernels_{};
  BlockScale scale_;
  int stride_ = 0;                  // blocks from one row to the next
  int row_px_ = 0;                  // sensor columns under a row of blocks and its padding
  Buffer<std::uint8_t> gray_;       // the last kMaxSpan rows as gray, where the frame is not
  int held_[kMaxSpan] = {};         // which rows these are
  int width_px_ = 0;                // from the first block to the frame's right border
  Buffer<std::int16_t> sums_;       // over a row of blocks wider than two pixels
  Buffer<std::int16_t> levels_[2];  // this row of blocks and the one above
  Buffer<std::int16_t> quads_;
};

}  // namespace mien

#endif  // MIEN_CORE_BLOCK_IMAGE_H_

// The kernels of the preprocess, in the order of a frame's way. What each does stands in its .inl
// file.

#ifndef MIEN_KERNELS_PREPROCESS_KERNELS_H_
#define MIEN_KERNELS_PREPROCESS_KERNELS_H_

#include <cstddef>
#include <cstdint>

namespace mien {

// Gray times 128 from the sum of a block: ((sum << shift) * factor) >> 16.
struct BlockScale {
  int shift = 0;
  std::uint16_t factor = 0;
};

// Rows that a sliding box gains and loses.
struct SlidingRows {
  const std::uint8_t* entering[4];
  const std::uint8_t* leaving[4];
};

// Boxes around every fourth column of a row.
struct BoxGrid {
  int width = 0;    // columns
  int count = 0;    // boxes: `BoxCount(width)`
  int window = 0;   // side of a box, odd, 9..127
  float floor = 0;  // added to the deviation, gray levels
  float scale = 0;  // real value of one code
};

// Boxes around columns 0, 4, 8, .. on both sides of every column, and of those that fill up the
// last vector of eight.
constexpr int BoxCount(int width) {
  return (width - 1) / 8 * 2 + 3;
}

// Sums over four columns each, for the kernel's own use.
struct CellRow {
  std::int32_t* sum = nullptr;
  std::int32_t* square = nullptr;
};

// Mean and 1 / ((deviation + floor) * scale) of the boxes of a row.
struct BoxStatsRow {
  float* mean = nullptr;
  float* gain = nullptr;
};

struct GrayBand {
  const std::uint8_t* data = nullptr;
  std::ptrdiff_t stride = 0;
  int width = 0;
  int height = 0;
};

struct CodeBand {
  std::int8_t* data = nullptr;
  std::ptrdiff_t stride = 0;
  int zero_point = 0;
};

using SumBlocksKernel = void (*)(const std::uint8_t* const* rows, int row_count, int count,
                                 std::int16_t* dst);

struct PreprocessKernels {
  // gray_rows.inl
  void (*gray_of_yuyv_row)(const std::uint8_t* src, int count, std::uint8_t* dst);
  void (*gray_of_bgr_row)(const std::uint8_t* src, int count, std::uint8_t* dst);
  // block_sums.inl
  SumBlocksKernel sum_blocks[5];  // pitch x span: 1 x 1, 1 x 2, 2 x 2, 2 x 3, 2 x 4
  void (*sum_pairs)(std::int16_t* row, int count);
  void (*sum_triples)(std::int16_t* row, int count);
  void (*sum_next)(std::int16_t* row, int count);
  void (*quads_row)(const std::int16_t* sums, const BlockScale& scale, int count,
                    const std::int16_t* above, std::int16_t* levels, std::int16_t* quads);
  // blend_quads.inl
  void (*blend_quads_row)(const std::int16_t* quads, const std::int32_t* offset,
                          const std::int16_t* weights, int count, std::uint8_t* dst);
  // box_grid.inl
  void (*slide_columns)(const SlidingRows& rows, int count, std::int16_t* sum,
                        std::int32_t* square);
  void (*box_grid_row)(const BoxGrid& grid, std::int16_t* sum, std::int32_t* square,
                       const CellRow& cells, const BoxStatsRow& out);
  // quantise.inl
  void (*quantise_band)(const GrayBand& gray, const BoxStatsRow& upper, const BoxStatsRow& lower,
                        const CodeBand& codes);
};

}  // namespace mien

#endif  // MIEN_KERNELS_PREPROCESS_KERNELS_H_

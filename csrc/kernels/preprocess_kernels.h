// The kernels of the preprocess, in the order of a frame's way. What each does stands in its .inl
// file.

#ifndef MIEN_KERNELS_PREPROCESS_KERNELS_H_
#define MIEN_KERNELS_PREPROCESS_KERNELS_H_

#include <cstddef>
#include <cstdint>

namespace mien {

// Gray times 128 of a block: ((sum << shift) * factor) >> 16.
struct BlockScale {
  int shift = 0;
  std::uint16_t factor = 0;
};

// Sensor rows under a row of blocks, from the first block's first column on.
struct BlockRows {
  const std::uint8_t* rows[16] = {};
  int count = 0;  // 1..16
};

// Where a row of blocks goes, and the levels of the one above.
struct QuadRows {
  const std::int16_t* above;
  std::int16_t* levels;
  std::int16_t* quads;
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
  float unit = 0;   // gain of `BoxStatsRow` times (deviation + floor)
};

// Boxes around columns 0, 4, 8, .. on both sides of every column, and of those that fill up the
// last vector of sixteen.
constexpr int BoxCount(int width) {
  return (width - 1) / 16 * 4 + 5;
}

// Sums over four columns each, for the kernel's own use.
struct CellRow {
  std::int32_t* sum = nullptr;
  std::int32_t* square = nullptr;
};

// Mean, times 128, and gain = 1 / ((deviation + floor) * scale), times 2^(shift + 8), at most
// 32767, of the boxes of a row.
struct BoxStatsRow {
  std::int16_t* mean = nullptr;
  std::int16_t* gain = nullptr;
};

// How products of a gray level times 128 and a gain become codes.
struct CodeScale {
  int shift = 0;          // 0..15; codes are products / 2^shift
  std::int16_t half = 0;  // 2^shift / 2
  std::int16_t zero_point = 0;
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
  CodeScale scale;
};

struct PreprocessKernels {
  // gray_rows.inl
  void (*gray_of_yuyv_row)(const std::uint8_t* src, int count, std::uint8_t* dst);
  void (*gray_of_bgr_row)(const std::uint8_t* src, int count, std::uint8_t* dst);
  // block_quads.inl; pitch and span 1 1, 1 2, 2 2, 2 3 and 2 4
  void (*sum_blocks[5])(const BlockRows& in, int count, std::int16_t* dst);
  void (*sum_pairs)(std::int16_t* row, int count);
  void (*sum_triples)(std::int16_t* row, int count);
  void (*sum_next)(std::int16_t* row, int count);
  void (*quads_row)(const std::int16_t* sums, const BlockScale& scale, int count,
                    const QuadRows& out);
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

// The kernels that follow skin and find faces at rest. What each does stands in its .inl file.
//
// Rows are padded: kernels read and write whole vectors.

#ifndef MIEN_KERNELS_FOLLOW_KERNELS_H_
#define MIEN_KERNELS_FOLLOW_KERNELS_H_

#include <cstdint>

#include "kernels/flow_units.h"

namespace mien {

// Columns of eight pixels in a row, units of 1 / kFlowOne.
constexpr std::int32_t kLaneColumns[8] = {0 * kFlowOne, 1 * kFlowOne, 2 * kFlowOne, 3 * kFlowOne,
                                          4 * kFlowOne, 5 * kFlowOne, 6 * kFlowOne, 7 * kFlowOne};

// Displacement of a row of pixels: that of the rows of the grid above and below it, pairs, pixels.
struct MovedRows {
  const float* upper;
  const float* lower;
  float share;  // of the lower one, 0..1
};

// Pixels beside each other whose medians are found together: a cache line of each image.
constexpr int kMedianStrip = 64;

struct FollowKernels {
  // pull.inl
  void (*gray_quads_row)(const std::uint8_t* upper, const std::uint8_t* lower, int count,
                         std::int16_t* dst);
  void (*pull_row)(const std::int16_t* quads, const MovedRows& moved, const WarpPlace& place,
                   std::uint8_t* dst);
  // median.inl
  void (*middle_strip)(const std::uint8_t* strip, int count, std::uint8_t* low, std::uint8_t* high);
};

}  // namespace mien

#endif  // MIEN_KERNELS_FOLLOW_KERNELS_H_

// The kernels of the dense flow. What each does stands in its .inl file.
//
// Rows are padded: kernels read and write whole vectors, and a few numbers before and after a row.

#ifndef MIEN_KERNELS_FLOW_KERNELS_H_
#define MIEN_KERNELS_FLOW_KERNELS_H_

#include <cstdint>

#include "kernels/flow_units.h"

namespace mien {

struct FlowKernels {
  // cell_stats.inl
  void (*cell_sums_row)(const std::uint8_t* upper, const std::uint8_t* lower, int count,
                        std::int32_t* sum, std::int32_t* square);
  void (*cell_stats_row)(const std::int32_t* sum, const std::int32_t* square, int count,
                         std::int16_t* mean, std::int16_t* inverse);
  // image_level.inl
  void (*normalise_row)(const std::uint8_t* gray, const CellStatRows& stats, int count,
                        std::int16_t* dst);
  void (*halve_row)(const std::int16_t* const rows[4], int count, std::int16_t* scratch,
                    std::int16_t* dst);
  void (*interleave_row)(const std::int16_t* upper, const std::int16_t* lower, int count,
                         std::int16_t* dst);
  // enlarge.inl
  void (*enlarge_pairs_row)(const std::int16_t* near, const std::int16_t* far, int count,
                            std::int16_t* scratch, std::int16_t* dst);
  void (*enlarge_float_row)(const float* near, const float* far, int count, float* scratch,
                            float* dst);
  void (*enlarge_flow_row)(const float* near, const float* far, int count, float gain,
                           float* scratch, float* dst);
  // warp.inl
  void (*warp_row)(const std::int16_t* flow, const std::int16_t* before, const std::int16_t* after,
                   const WarpPlace& place, std::int16_t* sum, std::int16_t* difference,
                   std::int16_t* is_inside);
  // products.inl
  void (*products_row)(const ProductRows& rows, int width, int stride, std::int32_t* ring,
                       std::int32_t* total);
  void (*add_row)(const std::int32_t* row, int count, std::int32_t* total);
  void (*subtract_row)(const std::int32_t* row, int count, std::int32_t* total);
  // solve.inl
  void (*solve_row)(const std::int32_t* total, int stride, int count, int window, float ridge,
                    float* flow, float* keep);
  // smooth.inl
  void (*smooth_along_row)(const float* src, int count, int window, float* dst);
  void (*add_float_row)(const float* row, int count, float* total);
  void (*smooth_down_row)(const float* enter, const float* leave, int count, float share,
                          float* total, float* dst);
  void (*quantise_flow_row)(const float* flow, int count, std::int16_t* dst);
  // grade.inl
  void (*grade_row)(const GradeInput& in, int count, float* confidence);
};

}  // namespace mien

#endif  // MIEN_KERNELS_FLOW_KERNELS_H_

// One Lucas-Kanade update of a flow on cells of 2 x 2 pixels.
//
// The images are compared pixel by pixel, but the flow is kept, solved and smoothed once for every
// four pixels: it is smoother than the images are, and three quarters of the work goes.

#ifndef MIEN_CORE_CELL_FLOW_H_
#define MIEN_CORE_CELL_FLOW_H_

#include <cstdint>

#include "core/pyramid.h"
#include "core/rows.h"
#include "kernels/flow_kernels.h"

namespace mien {

// (x, y) of each cell, pixels of the image's level; twice as many numbers a row as there are cells.
using FlowGrid = Rows<float>;

struct CellFlowParams {
  int window_cells = 5;     // 3, 5, 7 or 9
  int smoothing_cells = 7;  // odd, 1 (off)..9
};

class CellFlow {
 public:
  // For images of up to `width` x `height`.
  [[nodiscard]] bool Allocate(int width, int height, const CellFlowParams& params,
                              const FlowKernels* kernels) noexcept;

  // Improves `flow`, of as many cells as cover the images, in place. Writes the confidence of each
  // cell if that is given. Rows go through all steps one after the other, so that what a step
  // reads is still in the cache.
  void Update(const LevelImage& before, const LevelQuads& after, const FlowGrid& flow,
              const Rows<float>* confidence) noexcept;

 private:
  void Start(const LevelImage& before, const LevelQuads& after, const FlowGrid& flow) noexcept;
  void WarpTo(int y) noexcept;
  void EnterCells(int y) noexcept;
  void ClearCells(int y) noexcept;
  void WidenWindow(int y) noexcept;
  void Solve(int y, bool keeps) noexcept;
  void SmoothAlong(int y) noexcept;
  void SmoothDown(int y) noexcept;
  void Grade(int y, const Rows<float>& confidence) noexcept;

  const FlowKernels* kernels_ = nullptr;
  CellFlowParams params_;
  const LevelImage* before_ = nullptr;
  const LevelQuads* after_ = nullptr;
  const FlowGrid* flow_ = nullptr;
  int cells_ = 0;                  // cells of a row
  int cell_rows_ = 0;              // rows of them
  int warped_ = 0;                 // rows of pixels that were warped
  Rows<std::int16_t> quantised_;   // the flow as the warp reads it
  Rows<std::int16_t> pixel_flow_;  // that of a row of pixels, and scratch
  Rows<std::int16_t> pixel_sum_;   // rings of four rows: what `warp_row` writes
  Rows<std::int16_t> difference_;
  Rows<std::int16_t> is_inside_;
  Rows<std::int16_t> counts_;  // one row: columns that have a gradient
  Rows<std::int32_t> ring_;    // kProducts rows for each row of the window
  Rows<std::int32_t> totals_;  // kProducts rows, summed over the window's rows
  FlowGrid unsolved_;          // a ring: the flow before the step
  Rows<float> kept_;           // a ring: kProducts rows of window sums for each row of cells
  FlowGrid along_;             // a ring: the flow summed along its rows
  Rows<float> smoothing_;      // one row: the same summed over the box's rows
};

}  // namespace mien

#endif  // MIEN_CORE_CELL_FLOW_H_

#include "core/cell_flow.h"

#include <algorithm>

namespace mien {
namespace {

constexpr int kRing = 4;  // rows of pixels that a row of cells and its gradients touch

// Added to both eigenvalues, per pixel of the window, in squared contrast per squared pixel: a
// window without texture keeps the flow it has.
constexpr float kRidge = 1e-3F;

// Repeats the first and last pair of a row.
void PadPairs(float* row, int pairs, int reach) noexcept {
  for (int k = 1; k <= reach; ++k) {
    std::copy(row, row + 2, row - 2 * k);
    std::copy(row + 2 * pairs - 2, row + 2 * pairs, row + 2 * (pairs - 1 + k));
  }
}

}  // namespace

bool CellFlow::Allocate(int width, int height, const CellFlowParams& params,
                        const FlowKernels* kernels) noexcept {
  kernels_ = kernels;
  params_ = params;
  const int cells = CellSide(width);
  const int rows = CellSide(height);
  const int lag = params.smoothing_cells / 2 + 1;  // rows from solving to grading
  return quantised_.Allocate(2 * cells, rows) && pixel_flow_.Allocate(2 * width, 2) &&
         pixel_sum_.Allocate(width, kRing) && difference_.Allocate(width, kRing) &&
         is_inside_.Allocate(width, kRing) && counts_.Allocate(width, 1) &&
         ring_.Allocate(cells, kProducts * params.window_cells) &&
         totals_.Allocate(cells, kProducts) && unsolved_.Allocate(2 * cells, lag) &&
         kept_.Allocate(cells, kProducts * lag) &&
         along_.Allocate(2 * cells, params.smoothing_cells) && smoothing_.Allocate(2 * cells, 1);
}

void CellFlow::Start(const LevelImage& before, const LevelQuads& after,
                     const FlowGrid& flow) noexcept {
  before_ = &before;
  after_ = &after;
  flow_ = &flow;
  cells_ = CellSide(before.width());
  cell_rows_ = CellSide(before.height());
  warped_ = 0;
  for (int y = 0; y < cell_rows_; ++y) {
    kernels_->quantise_flow_row(flow.Row(y), 2 * cells_, quantised_.Row(y));
  }
  std::int16_t* counts = counts_.Row(0);
  const int width = before.width();
  std::fill(counts, counts + width + 16, std::int16_t{0});
  std::fill(counts + 1, counts + width - 1, std::int16_t{-1});
  // Windows reach over the ends of a row, where nothing stands.
  for (int k = 0; k < kProducts; ++k) {
    std::fill(totals_.Row(k) - 8, totals_.Row(k) + cells_ + 16, 0);
  }
  for (int y = 0; y < ring_.height(); ++y) std::fill(ring_.Row(y), ring_.Row(y) + cells_ + 8, 0);
}

void CellFlow::WarpTo(int y) noexcept {
  const int height = before_->height();
  std::int16_t* flow = pixel_flow_.Row(0);
  for (; warped_ <= y && warped_ < height; ++warped_) {
    const int row = warped_ % kRing;
    kernels_->enlarge_pairs_row(quantised_.Row(warped_ / 2),
                                quantised_.Row(FarRow(warped_, cell_rows_)), 2 * cells_,
                                pixel_flow_.Row(1), flow);
    const WarpPlace place = {before_->width(), height, after_->stride(), warped_};
    kernels_->warp_row(flow, before_->Row(warped_), after_->Row(0), place, pixel_sum_.Row(row),
                       difference_.Row(row), is_inside_.Row(row));
  }
}

void CellFlow::EnterCells(int y) noexcept {
  const int last = before_->height() - 1;
  const int upper = 2 * y;
  const int lower = std::min(2 * y + 1, last);
  WarpTo(2 * y + 2);
  ProductRows rows{};
  const int around[4] = {std::max(upper - 1, 0), upper, lower, std::min(lower + 1, last)};
  for (int k = 0; k < 4; ++k) rows.sum[k] = pixel_sum_.Row(around[k] % kRing);
  for (int k = 0; k < 2; ++k) {
    rows.difference[k] = difference_.Row(around[k + 1] % kRing);
    rows.is_inside[k] = is_inside_.Row(around[k + 1] % kRing);
  }
  rows.counts = counts_.Row(0);
  // The first and the last row have no gradient across; a lone last row is no lower row.
  rows.has_upper = upper > 0 && upper < last ? -1 : 0;
  rows.has_lower = 2 * y + 1 < last ? -1 : 0;
  const int first = y % params_.window_cells * kProducts;
  kernels_->products_row(rows, before_->width(), ring_.stride(), ring_.Row(first), totals_.Row(0));
}

// Row `y` lies below the image: what stands in its place in the ring goes, nothing comes.
void CellFlow::ClearCells(int y) noexcept {
  const int first = y % params_.window_cells * kProducts;
  for (int k = 0; k < kProducts; ++k) {
    kernels_->subtract_row(ring_.Row(first + k), cells_, totals_.Row(k));
  }
}

void CellFlow::Solve(int y, bool keeps) noexcept {
  const int window = params_.window_cells;
  // A gradient of 1 counts 4 kImageOne, a cell four pixels.
  const float ridge = kRidge * static_cast<float>(64 * window * window * kImageOne * kImageOne);
  float* flow = flow_->Row(y);
  float* keep = nullptr;
  if (keeps) {
    const int row = y % unsolved_.height();
    std::copy(flow, flow + 2 * cells_, unsolved_.Row(row));
    keep = kept_.Row(kProducts * row);
  }
  kernels_->solve_row(totals_.Row(0), totals_.stride(), cells_, window, ridge, flow, keep);
}

void CellFlow::SmoothAlong(int y) noexcept {
  const int window = params_.smoothing_cells;
  PadPairs(flow_->Row(y), cells_, window / 2);
  kernels_->smooth_along_row(flow_->Row(y), 2 * cells_, window, along_.Row(y % window));
}

// Replaces row `y` of the flow; the rows around it, as far as the box reaches, are summed along.
void CellFlow::SmoothDown(int y) noexcept {
  const int window = params_.smoothing_cells;
  const int reach = window / 2;
  const int count = 2 * cells_;
  const auto row = [&](int at) { return along_.Row(std::clamp(at, 0, cell_rows_ - 1) % window); };
  float* total = smoothing_.Row(0);
  if (y == 0) {
    std::fill(total, total + count + 8, 0.0F);
    for (int k = -reach; k < reach; ++k) kernels_->add_float_row(row(k), count, total);
  }
  const float share = 1.0F / static_cast<float>(window * window);
  kernels_->smooth_down_row(row(y + reach), row(y - reach), count, share, total, flow_->Row(y));
}

void CellFlow::Grade(int y, const Rows<float>& confidence) noexcept {
  const int row = y % unsolved_.height();
  const GradeInput in = {kept_.Row(kProducts * row),
                         kept_.stride(),
                         params_.window_cells,
                         unsolved_.Row(row),
                         flow_->Row(y),
                         static_cast<float>(2 * y) + 0.5F,
                         static_cast<float>(2 * cells_ - 1),
                         static_cast<float>(2 * cell_rows_ - 1)};
  kernels_->grade_row(in, cells_, confidence.Row(y));
}

// Brings row `y` of cells, or zeros below the image, into the window.
void CellFlow::WidenWindow(int y) noexcept {
  if (y < cell_rows_) {
    EnterCells(y);
  } else {
    ClearCells(y);
  }
}

void CellFlow::Update(const LevelImage& before, const LevelQuads& after, const FlowGrid& flow,
                      const Rows<float>* confidence) noexcept {
  Start(before, after, flow);
  const int reach = params_.window_cells / 2;
  const int lag = params_.smoothing_cells / 2;
  for (int y = 0; y < std::min(reach, cell_rows_); ++y) EnterCells(y);
  for (int y = 0; y < cell_rows_ + lag; ++y) {
    if (y < cell_rows_) {
      WidenWindow(y + reach);
      Solve(y, confidence != nullptr);
      if (lag > 0) SmoothAlong(y);
    }
    const int done = y - lag;
    if (done < 0) continue;
    if (lag > 0) SmoothDown(done);
    if (confidence != nullptr) Grade(done, *confidence);
  }
}

}  // namespace mien

#include "core/normalise.h"

#include <algorithm>

namespace mien {
namespace {

constexpr int kStep = 4;       // pixels from one box to the next, either way
constexpr int kMargin = 72;    // columns that kernels use beyond half a window
constexpr int kStatsPad = 16;  // numbers that kernels write beyond a row of boxes
constexpr int kMaxShift = 15;

// The finest steps in which the largest gain, that of a flat box, still fits int16. A gain above
// 127 codes per gray level is limited to that.
int ShiftOf(float largest_gain) noexcept {
  int shift = 0;
  while (shift < kMaxShift && largest_gain * static_cast<float>(2 << shift) < 127.0F) ++shift;
  return shift;
}

}  // namespace

bool Normalise::Create(const PreprocessParams& params, const PreprocessKernels& kernels) noexcept {
  grid_.width = params.size;
  grid_.count = BoxCount(params.size);
  grid_.window = params.window_px;
  grid_.floor = params.std_floor;
  scale_.shift = ShiftOf(1.0F / (params.std_floor * params.scale));
  scale_.half = static_cast<std::int16_t>((1 << scale_.shift) / 2);
  scale_.zero_point = static_cast<std::int16_t>(params.zero_point);
  grid_.unit = static_cast<float>(256 << scale_.shift) / params.scale;
  radius_ = params.window_px / 2;
  kernels_ = kernels;
  margin_ = radius_ + kMargin;
  const auto columns = static_cast<std::size_t>(params.size + 2 * margin_);
  const auto boxes = static_cast<std::size_t>(grid_.count + kStatsPad);
  return zeros_.Allocate(static_cast<std::size_t>(params.size)) && column_sum_.Allocate(columns) &&
         column_square_.Allocate(columns) && cells_.Allocate(columns) && stats_.Allocate(4 * boxes);
}

BoxStatsRow Normalise::StatsRow(int grid_y) const noexcept {
  const int boxes = grid_.count + kStatsPad;
  std::int16_t* mean = stats_.data() + grid_y % 2 * 2 * boxes;
  return {mean, mean + boxes};
}

void Normalise::WriteStats(int grid_y) noexcept {
  std::int32_t* cells = cells_.data();
  kernels_.box_grid_row(grid_, column_sum_.data() + margin_, column_square_.data() + margin_,
                        {cells, cells + cells_.size() / 2}, StatsRow(grid_y));
}

// Four rows come in from `first_entering` on, four leave from `first_leaving` on.
void Normalise::Slide(const GrayView& gray, int first_entering, int first_leaving) noexcept {
  const int last = gray.height - 1;
  SlidingRows rows;
  for (int k = 0; k < kStep; ++k) {
    rows.entering[k] = gray.Row(std::clamp(first_entering + k, 0, last));
    rows.leaving[k] = gray.Row(std::clamp(first_leaving + k, 0, last));
  }
  kernels_.slide_columns(rows, gray.width, column_sum_.data() + margin_,
                         column_square_.data() + margin_);
}

// The sums of the box rows around row 0, of which half and one more are row 0.
void Normalise::Start(const GrayView& gray) noexcept {
  std::int16_t* sum = column_sum_.data() + margin_;
  std::int32_t* square = column_square_.data() + margin_;
  const std::uint8_t* top = gray.Row(0);
  for (int x = 0; x < gray.width; ++x) {
    sum[x] = static_cast<std::int16_t>((radius_ + 1) * top[x]);
    square[x] = (radius_ + 1) * top[x] * top[x];
  }
  SlidingRows rows;
  for (const std::uint8_t*& row : rows.leaving) row = zeros_.data();
  for (int y = 1; y <= radius_; y += kStep) {
    for (int k = 0; k < kStep; ++k) {
      const int row = std::min(y + k, gray.height - 1);
      rows.entering[k] = y + k <= radius_ ? gray.Row(row) : zeros_.data();
    }
    kernels_.slide_columns(rows, gray.width, sum, square);
  }
}

void Normalise::Run(const GrayView& gray, const QuantImage& quant) noexcept {
  Start(gray);
  WriteStats(0);
  for (int y = 0; y < gray.height; y += kStep) {
    Slide(gray, y + radius_ + 1, y - radius_);
    const int grid_y = y / kStep + 1;
    WriteStats(grid_y);
    const int rows = std::min(kStep, gray.height - y);
    kernels_.quantise_band({gray.Row(y), gray.stride, gray.width, rows}, StatsRow(grid_y - 1),
                           StatsRow(grid_y), {quant.Row(y), quant.stride, scale_});
  }
}

}  // namespace mien

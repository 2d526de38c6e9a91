#include "core/pyramid.h"

#include <algorithm>

namespace mien {
namespace {

constexpr int kReach = kContrastCells / 2;

// Repeats the first and the last of `width` numbers.
void PadRow(std::int32_t* row, int width) noexcept {
  std::fill(row - kReach, row, row[0]);
  std::fill(row + width, row + width + kReach, row[width - 1]);
}

}  // namespace

bool Pyramid::Allocate(int width, int height, int levels, const FlowKernels* kernels) noexcept {
  kernels_ = kernels;
  count_ = levels;
  for (int i = 0; i < levels; ++i) {
    auto& image = levels_[static_cast<std::size_t>(i)];
    if (!image.Allocate(LevelSide(width, i), LevelSide(height, i))) return false;
  }
  const int cells = CellSide(width);
  return gray_.Allocate(width, 2) && sums_.Allocate(cells, kContrastCells) &&
         squares_.Allocate(cells, kContrastCells) && totals_.Allocate(cells, 2) &&
         means_.Allocate(cells, CellSide(height)) && inverses_.Allocate(cells, CellSide(height)) &&
         pixel_stats_.Allocate(width, 3);
}

// The row itself if whole vectors fit in it, else a copy with its last pixel repeated.
const std::uint8_t* Pyramid::PaddedRow(const GrayView& gray, int y, int slot) noexcept {
  const std::uint8_t* row = gray.Row(std::min(y, gray.height - 1));
  if (gray.width % 16 == 0) return row;
  std::uint8_t* copy = gray_.Row(slot);
  std::copy(row, row + gray.width, copy);
  std::fill(copy + gray.width, copy + gray.width + 16, row[gray.width - 1]);
  return copy;
}

// Puts row `y` of cells, the border repeated, into the ring and the totals.
void Pyramid::EnterCells(const GrayView& gray, int y) noexcept {
  const int width = sums_.width();
  const int row = std::clamp(y, 0, means_.height() - 1);
  std::int32_t* sum = sums_.Row(row % kContrastCells);
  std::int32_t* square = squares_.Row(row % kContrastCells);
  if (y == row) {
    kernels_->cell_sums_row(PaddedRow(gray, 2 * y, 0), PaddedRow(gray, 2 * y + 1, 1), gray.width,
                            sum, square);
    PadRow(sum, width);
    PadRow(square, width);
  }
  kernels_->add_row(sum - kReach, width + 2 * kReach, totals_.Row(0) - kReach);
  kernels_->add_row(square - kReach, width + 2 * kReach, totals_.Row(1) - kReach);
}

void Pyramid::MeasureContrast(const GrayView& gray) noexcept {
  const int width = means_.width();
  const int height = means_.height();
  totals_.Clear();
  // Row 0 first: the rows above it repeat it.
  EnterCells(gray, 0);
  for (int y = -kReach; y < 0; ++y) EnterCells(gray, y);
  for (int y = 1; y < kReach; ++y) EnterCells(gray, y);
  for (int y = 0; y < height; ++y) {
    EnterCells(gray, y + kReach);
    kernels_->cell_stats_row(totals_.Row(0), totals_.Row(1), width, means_.Row(y),
                             inverses_.Row(y));
    const int leaves = std::max(y - kReach, 0) % kContrastCells;
    kernels_->subtract_row(sums_.Row(leaves) - kReach, width + 2 * kReach, totals_.Row(0) - kReach);
    kernels_->subtract_row(squares_.Row(leaves) - kReach, width + 2 * kReach,
                           totals_.Row(1) - kReach);
  }
}

void Pyramid::Normalise(const GrayView& gray) noexcept {
  const int cells = means_.width();
  std::int16_t* mean = pixel_stats_.Row(0);
  std::int16_t* inverse = pixel_stats_.Row(1);
  std::int16_t* scratch = pixel_stats_.Row(2);
  for (int y = 0; y < gray.height; ++y) {
    const int far = FarRow(y, means_.height());
    kernels_->enlarge_row(means_.Row(y / 2), means_.Row(far), cells, scratch, mean);
    kernels_->enlarge_row(inverses_.Row(y / 2), inverses_.Row(far), cells, scratch, inverse);
    kernels_->normalise_row(PaddedRow(gray, y, 0), mean, inverse, gray.width, level(0).Row(y));
  }
}

void Pyramid::Halve(const LevelImage& fine, const LevelImage& coarse) noexcept {
  const int last = fine.height() - 1;
  for (int y = 0; y < coarse.height(); ++y) {
    const std::int16_t* rows[4];
    for (int k = 0; k < 4; ++k) rows[k] = fine.Row(std::clamp(2 * y - 1 + k, 0, last));
    kernels_->halve_row(rows, fine.width(), pixel_stats_.Row(2), coarse.Row(y));
  }
}

void Pyramid::Build(const GrayView& gray) noexcept {
  MeasureContrast(gray);
  Normalise(gray);
  for (int i = 1; i < count_; ++i) Halve(level(i - 1), level(i));
}

}  // namespace mien

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
    auto& quads = quads_[static_cast<std::size_t>(i)];
    if (!quads.Allocate(2 * image.width(), image.height() - 1)) return false;
  }
  const int cells = CellSide(width);
  return gray_.Allocate(width, 2) && sums_.Allocate(cells, kContrastCells) &&
         squares_.Allocate(cells, kContrastCells) && totals_.Allocate(cells, 2) &&
         means_.Allocate(cells, CellSide(height)) && inverses_.Allocate(cells, CellSide(height)) &&
         scratch_.Allocate(width, 2);
}

// The row itself if whole vectors fit in it, else a copy with its last pixel repeated.
const std::uint8_t* Pyramid::PaddedRow(const GrayView& gray, int y, int slot) noexcept {
  const std::uint8_t* row = gray.Row(std::min(y, gray.height - 1));
  if (gray.width % 32 == 0) return row;
  std::uint8_t* copy = gray_.Row(slot);
  std::copy(row, row + gray.width, copy);
  std::fill(copy + gray.width, copy + gray.width + 32, row[gray.width - 1]);
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
  for (int y = 0; y < gray.height; ++y) {
    const int near = y / 2;
    const int far = FarRow(y, means_.height());
    const CellStatRows stats = {{means_.Row(near), means_.Row(far)},
                                {inverses_.Row(near), inverses_.Row(far)},
                                scratch_.Row(0),
                                scratch_.Row(1)};
    kernels_->normalise_row(PaddedRow(gray, y, 0), stats, means_.width(), level(0).Row(y));
    Interleave(0, y);
  }
}

void Pyramid::Halve(int i) noexcept {
  const LevelImage& fine = level(i - 1);
  const LevelImage& coarse = level(i);
  const int last = fine.height() - 1;
  for (int y = 0; y < coarse.height(); ++y) {
    const std::int16_t* rows[4];
    for (int k = 0; k < 4; ++k) rows[k] = fine.Row(std::clamp(2 * y - 1 + k, 0, last));
    kernels_->halve_row(rows, fine.width(), scratch_.Row(0), coarse.Row(y));
    Interleave(i, y);
  }
}

// Row `y` of a level is there, and with it a row of quads. At once, while it is in the cache.
void Pyramid::Interleave(int i, int y) noexcept {
  if (!has_quads_ || y == 0) return;
  const LevelImage& image = level(i);
  kernels_->interleave_row(image.Row(y - 1), image.Row(y), image.width(), quads(i).Row(y - 1));
}

void Pyramid::Build(const GrayView& gray, bool has_quads) noexcept {
  has_quads_ = has_quads;
  MeasureContrast(gray);
  Normalise(gray);
  for (int i = 1; i < count_; ++i) Halve(i);
}

}  // namespace mien

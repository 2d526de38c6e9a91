// An image freed of its local brightness and contrast, at several sizes.

#ifndef MIEN_CORE_PYRAMID_H_
#define MIEN_CORE_PYRAMID_H_

#include <array>
#include <cstdint>

#include "core/rows.h"
#include "kernels/flow_kernels.h"
#include "mien/image.h"

namespace mien {

constexpr int kMaxLevels = 6;

// Side of level `level`: each is half of the one below it, rounded up.
constexpr int LevelSide(int side_px, int level) noexcept {
  return (side_px + (1 << level) - 1) >> level;
}

using LevelImage = Rows<std::int16_t>;

// The same with every row interleaved with the next, as the warp reads it: one row fewer.
using LevelQuads = Rows<std::int16_t>;

class Pyramid {
 public:
  [[nodiscard]] bool Allocate(int width, int height, int levels,
                              const FlowKernels* kernels) noexcept;

  // Level 0 is (gray - mean) / (deviation + floor) over a box; each further level is a
  // blend of 4 x 4 pixels of the one before. See kernels/image_level.inl for the units.
  // `has_quads`: the flow's second image is read by its quads, the first is not.
  void Build(const GrayView& gray, bool has_quads) noexcept;

  const LevelImage& level(int i) const noexcept { return levels_[static_cast<std::size_t>(i)]; }
  const LevelQuads& quads(int i) const noexcept { return quads_[static_cast<std::size_t>(i)]; }

 private:
  const std::uint8_t* PaddedRow(const GrayView& gray, int y, int slot) noexcept;
  void MeasureContrast(const GrayView& gray) noexcept;
  void EnterCells(const GrayView& gray, int y) noexcept;
  void Normalise(const GrayView& gray) noexcept;
  void Halve(int i) noexcept;
  void Interleave(int i, int y) noexcept;

  const FlowKernels* kernels_ = nullptr;
  int count_ = 0;
  bool has_quads_ = false;
  std::array<LevelImage, kMaxLevels> levels_;
  std::array<LevelQuads, kMaxLevels> quads_;
  Rows<std::uint8_t> gray_;      // two rows with their border
  Rows<std::int32_t> sums_;      // a ring of rows of cells
  Rows<std::int32_t> squares_;   // the same
  Rows<std::int32_t> totals_;    // sums and squares over the ring
  Rows<std::int16_t> means_;     // of each cell
  Rows<std::int16_t> inverses_;  // of each cell
  Rows<std::int16_t> scratch_;   // two rows
};

}  // namespace mien

#endif  // MIEN_CORE_PYRAMID_H_

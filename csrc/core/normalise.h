// Local photometric normalisation and quantisation of a gray crop.

#ifndef MIEN_CORE_NORMALISE_H_
#define MIEN_CORE_NORMALISE_H_

#include <cstdint>

#include "core/buffer.h"
#include "kernels/kernel_table.h"
#include "mien/preprocess.h"

namespace mien {

class Normalise {
 public:
  // Requires  parameters in their ranges.
  [[nodiscard]] bool Create(const PreprocessParams& params,
                            const PreprocessKernels& kernels) noexcept;

  // Requires  both of params.size x params.size.
  void Run(const GrayView& gray, const QuantImage& quant) noexcept;

 private:
  void Start(const GrayView& gray) noexcept;
  void Slide(const GrayView& gray, int first_entering, int first_leaving) noexcept;
  void WriteStats(int grid_y) noexcept;
  BoxStatsRow StatsRow(int grid_y) const noexcept;

  BoxGrid grid_;
  CodeScale scale_;
  int radius_ = 0;
  int margin_ = 0;  // columns beyond either end
  PreprocessKernels kernels_{};
  Buffer<std::uint8_t> zeros_;       // a row of the crop
  Buffer<std::int16_t> column_sum_;  // over the box's rows, with room on both sides
  Buffer<std::int32_t> column_square_;
  Buffer<std::int32_t> cells_;  // sums, then squares
  Buffer<std::int16_t> stats_;  // mean and gain of two rows of boxes
};

}  // namespace mien

#endif  // MIEN_CORE_NORMALISE_H_

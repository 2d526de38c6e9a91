// Reads a crop from a sensor image along a way that is computed once.

#ifndef MIEN_CORE_REMAP_H_
#define MIEN_CORE_REMAP_H_

#include <cstdint>

#include "core/buffer.h"
#include "mien/preprocess.h"

namespace mien {

class Remap {
 public:
  // Requires  a camera that passed `Check`, size >= 2.
  Status Create(const CameraParams& camera, int size) noexcept;

  // Requires  `sensor` of the camera's size, `crop` of size x size.
  void Run(const GrayView& sensor, const GrayImage& crop) noexcept;

 private:
  // The part of the shrunken sensor image that the crop reads. One block of
  // block_w x block_h sensor pixels, border repeated, is one of its pixels.
  struct Blocks {
    int block_w = 1;
    int block_h = 1;
    int x0 = 0;  // first column and row, in blocks
    int y0 = 0;
    int width = 0;  // blocks; one more than the last left tap
    int height = 0;
  };

  Status ChooseBlocks(const CameraParams& camera, const double* sensor_xy) noexcept;
  void PlaceTaps(const CameraParams& camera, const double* sensor_xy) noexcept;
  void SumBlocks(const GrayView& sensor) noexcept;
  void SumRows(const GrayView& sensor, int block_y) noexcept;

  int size_ = 0;
  Blocks blocks_;
  Buffer<std::uint16_t> sums_;       // sum over each block, height x width
  Buffer<std::uint16_t> rows_;       // one row of sensor columns, summed over block_h rows
  Buffer<std::int32_t> offset_;      // per crop pixel: index of its upper left block
  Buffer<std::uint8_t> fraction_x_;  // per crop pixel: weight of the right block, of kOne
  Buffer<std::uint8_t> fraction_y_;  // per crop pixel: weight of the lower block, of kOne
};

}  // namespace mien

#endif  // MIEN_CORE_REMAP_H_

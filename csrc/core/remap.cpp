#include "core/remap.h"

#include <algorithm>
#include <cmath>

#include "core/lens.h"

namespace mien {
namespace {

// Bilinear weights are multiples of 1 / kOne. With 7 bits each way, two weights times a sum of
// 256 pixels stay below 2^31.
constexpr int kOne = 128;
constexpr int kMaxBlock = 16;

std::size_t Area(int width, int height) noexcept {
  return static_cast<std::size_t>(width) * static_cast<std::size_t>(height);
}

// A block a little under or over the footprint leaves a remaining step of 0.7..1.4 blocks, which
// the bilinear read's own support covers. Supersampling was the other way: exact for strongly
// varying footprints, but 4 to 16 reads per pixel at random places instead of one.
int BlockFromFootprint(double footprint_px) noexcept {
  return std::clamp(static_cast<int>(std::min(footprint_px, 100.0) + 0.6), 1, kMaxBlock);
}

// Block coordinate of a sensor coordinate, limited to the image.
double BlockFromSensor(double sensor_px, int block, int side_px) noexcept {
  const int count = (side_px + block - 1) / block;
  return std::clamp((sensor_px - (block - 1) / 2.0) / block, 0.0, count - 1.0);
}

}  // namespace

Status Remap::Create(const CameraParams& camera, int size) noexcept {
  size_ = size;
  const std::size_t pixels = Area(size, size);
  Buffer<double> sensor_xy;
  if (!sensor_xy.Allocate(2 * pixels) || !offset_.Allocate(pixels) ||
      !fraction_x_.Allocate(pixels) || !fraction_y_.Allocate(pixels)) {
    return Status::kNoMemory;
  }
  for (std::size_t i = 0; i < pixels; ++i) {
    const auto x = static_cast<double>(i % static_cast<std::size_t>(size));
    const auto y = static_cast<double>(i / static_cast<std::size_t>(size));
    const Point at = SensorFromCrop(camera, {(x + 0.5) / size, (y + 0.5) / size});
    if (!std::isfinite(at.x) || !std::isfinite(at.y)) return Status::kBadCrop;
    sensor_xy[2 * i] = at.x;
    sensor_xy[2 * i + 1] = at.y;
  }
  const Status status = ChooseBlocks(camera, sensor_xy.data());
  if (status == Status::kOk) PlaceTaps(camera, sensor_xy.data());
  return status;
}

// The footprint of a crop pixel along a sensor axis is how far that coordinate moves over one
// step right and one step down, taken together; the crop's mean decides.
Status Remap::ChooseBlocks(const CameraParams& camera, const double* sensor_xy) noexcept {
  double sum_x = 0;
  double sum_y = 0;
  const int row = 2 * size_;
  for (int y = 0; y + 1 < size_; ++y) {
    for (int x = 0; x + 1 < size_; ++x) {
      const double* at = sensor_xy + y * row + 2 * x;
      sum_x += std::hypot(at[2] - at[0], at[row] - at[0]);
      sum_y += std::hypot(at[3] - at[1], at[row + 1] - at[1]);
    }
  }
  const double steps = (size_ - 1.0) * (size_ - 1.0);
  blocks_.block_w = BlockFromFootprint(sum_x / steps);
  blocks_.block_h = BlockFromFootprint(sum_y / steps);

  int x1 = 0;
  int y1 = 0;
  blocks_.x0 = kMaxSidePx;
  blocks_.y0 = kMaxSidePx;
  for (int i = 0; i < size_ * size_; ++i) {
    const double x = BlockFromSensor(sensor_xy[2 * i], blocks_.block_w, camera.width);
    const double y = BlockFromSensor(sensor_xy[2 * i + 1], blocks_.block_h, camera.height);
    blocks_.x0 = std::min(blocks_.x0, static_cast<int>(x));
    blocks_.y0 = std::min(blocks_.y0, static_cast<int>(y));
    x1 = std::max(x1, static_cast<int>(x) + 1);
    y1 = std::max(y1, static_cast<int>(y) + 1);
  }
  blocks_.width = x1 - blocks_.x0 + 1;
  blocks_.height = y1 - blocks_.y0 + 1;
  const bool is_done = sums_.Allocate(Area(blocks_.width, blocks_.height)) &&
                       rows_.Allocate(Area(blocks_.width, blocks_.block_w));
  return is_done ? Status::kOk : Status::kNoMemory;
}

void Remap::PlaceTaps(const CameraParams& camera, const double* sensor_xy) noexcept {
  for (std::size_t i = 0; i < offset_.size(); ++i) {
    const double x = BlockFromSensor(sensor_xy[2 * i], blocks_.block_w, camera.width);
    const double y = BlockFromSensor(sensor_xy[2 * i + 1], blocks_.block_h, camera.height);
    const int left = static_cast<int>(x);
    const int top = static_cast<int>(y);
    offset_[i] = (top - blocks_.y0) * blocks_.width + left - blocks_.x0;
    fraction_x_[i] = static_cast<std::uint8_t>((x - left) * kOne + 0.5);
    fraction_y_[i] = static_cast<std::uint8_t>((y - top) * kOne + 0.5);
  }
}

void Remap::SumRows(const GrayView& sensor, int block_y) noexcept {
  const int x0 = blocks_.x0 * blocks_.block_w;
  const int count = blocks_.width * blocks_.block_w;
  const int inside = std::clamp(sensor.width - x0, 1, count);
  std::uint16_t* sum = rows_.data();
  std::fill(sum, sum + count, std::uint16_t{0});
  for (int k = 0; k < blocks_.block_h; ++k) {
    const int y = std::min(block_y * blocks_.block_h + k, sensor.height - 1);
    const std::uint8_t* row = sensor.Row(y) + x0;
    for (int x = 0; x < inside; ++x) sum[x] = static_cast<std::uint16_t>(sum[x] + row[x]);
  }
  std::fill(sum + inside, sum + count, sum[inside - 1]);
}

void Remap::SumBlocks(const GrayView& sensor) noexcept {
  for (int y = 0; y < blocks_.height; ++y) {
    SumRows(sensor, blocks_.y0 + y);
    const std::uint16_t* column = rows_.data();
    std::uint16_t* out = sums_.data() + y * blocks_.width;
    if (blocks_.block_w == 1) {
      std::copy(column, column + blocks_.width, out);
      continue;
    }
    for (int x = 0; x < blocks_.width; ++x, column += blocks_.block_w) {
      int sum = 0;
      for (int k = 0; k < blocks_.block_w; ++k) sum += column[k];
      out[x] = static_cast<std::uint16_t>(sum);
    }
  }
}

void Remap::Run(const GrayView& sensor, const GrayImage& crop) noexcept {
  SumBlocks(sensor);
  const float gray_per_sum =
      1.0F / static_cast<float>(kOne * kOne * blocks_.block_w * blocks_.block_h);
  const int below = blocks_.width;
  for (int y = 0; y < size_; ++y) {
    const std::size_t first = Area(size_, y);
    const std::int32_t* offset = offset_.data() + first;
    const std::uint8_t* fraction_x = fraction_x_.data() + first;
    const std::uint8_t* fraction_y = fraction_y_.data() + first;
    std::uint8_t* out = crop.Row(y);
    for (int x = 0; x < size_; ++x) {
      const std::uint16_t* at = sums_.data() + offset[x];
      const int fx = fraction_x[x];
      const int fy = fraction_y[x];
      const int upper = at[0] * (kOne - fx) + at[1] * fx;
      const int lower = at[below] * (kOne - fx) + at[below + 1] * fx;
      const int sum = upper * (kOne - fy) + lower * fy;
      out[x] = static_cast<std::uint8_t>(static_cast<float>(sum) * gray_per_sum + 0.5F);
    }
  }
}

}  // namespace mien

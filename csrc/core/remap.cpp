#include "core/remap.h"

#include <algorithm>
#include <cmath>

namespace mien {
namespace {

// Bilinear weights each way are multiples of 1 / kOne: a product of two fits int16.
constexpr int kOne = 128;

std::size_t Area(int width, int height) noexcept {
  return static_cast<std::size_t>(width) * static_cast<std::size_t>(height);
}

// To a millionth of a pixel: sines and arctangents differ between machines in their last bits, and
// a coordinate that is a whole number of weights must not fall to either side by that.
double Snap(double sensor_px) noexcept {
  constexpr double kGrid = 1 << 20;
  return std::nearbyint(sensor_px * kGrid) / kGrid;
}

// Where each crop pixel lies on the sensor; false if somewhere not finite.
bool PlacePixels(const CameraParams& camera, int size, Point* sensor_at) noexcept {
  for (int y = 0; y < size; ++y) {
    for (int x = 0; x < size; ++x, ++sensor_at) {
      const Point at = SensorFromCrop(camera, {(x + 0.5) / size, (y + 0.5) / size});
      if (!std::isfinite(at.x) || !std::isfinite(at.y)) return false;
      *sensor_at = {Snap(at.x), Snap(at.y)};
    }
  }
  return true;
}

// How far sensor coordinates move over one step right and one step down, taken together, in the
// crop's mean.
Point Footprint(const Point* at, int size) noexcept {
  const auto length = [](double a, double b) { return std::sqrt(a * a + b * b); };
  Point sum;
  for (int y = 0; y + 1 < size; ++y, ++at) {
    for (int x = 0; x + 1 < size; ++x, ++at) {
      sum.x += length(at[1].x - at->x, at[size].x - at->x);
      sum.y += length(at[1].y - at->y, at[size].y - at->y);
    }
  }
  const double steps = (size - 1.0) * (size - 1.0);
  return {sum.x / steps, sum.y / steps};
}

}  // namespace

Status Remap::Create(const CameraParams& camera, int size,
                     const PreprocessKernels& kernels) noexcept {
  size_ = size;
  kernels_ = kernels;
  const std::size_t pixels = Area(size, size);
  Buffer<Point> at;
  if (!at.Allocate(pixels) || !offset_.Allocate(pixels) || !weights_.Allocate(4 * pixels)) {
    return Status::kNoMemory;
  }
  if (!PlacePixels(camera, size, at.data())) return Status::kBadCrop;
  const Point footprint = Footprint(at.data(), size);
  BlockAxis x = BlockAxis::For(footprint.x);
  BlockAxis y = BlockAxis::For(footprint.y);
  for (std::size_t i = 0; i < pixels; ++i) {
    at[i] = {x.At(at[i].x, camera.width), y.At(at[i].y, camera.height)};
  }
  Cover(at, &x, &y);
  if (!blocks_.Create(x, y, kernels)) return Status::kNoMemory;
  PlaceTaps(at, {static_cast<double>(x.first), static_cast<double>(y.first)});
  return Status::kOk;
}

// Limits the axes to the blocks that are read: those left of and above a pixel, and their
// neighbours.
void Remap::Cover(const Buffer<Point>& block_at, BlockAxis* x, BlockAxis* y) noexcept {
  Point low = block_at[0];
  Point high = block_at[0];
  for (std::size_t i = 1; i < block_at.size(); ++i) {
    low = {std::min(low.x, block_at[i].x), std::min(low.y, block_at[i].y)};
    high = {std::max(high.x, block_at[i].x), std::max(high.y, block_at[i].y)};
  }
  x->first = static_cast<int>(low.x);
  y->first = static_cast<int>(low.y);
  x->count = static_cast<int>(high.x) - x->first + 2;
  y->count = static_cast<int>(high.y) - y->first + 2;
}

void Remap::PlaceTaps(const Buffer<Point>& block_at, Point first) noexcept {
  std::int16_t* weights = weights_.data();
  for (std::size_t i = 0; i < block_at.size(); ++i, weights += 4) {
    const double x = block_at[i].x - first.x;
    const double y = block_at[i].y - first.y;
    const int left = static_cast<int>(x);
    const int top = static_cast<int>(y);
    offset_[i] = blocks_.Offset(left, top);
    const int fx = static_cast<int>((x - left) * kOne + 0.5);
    const int fy = static_cast<int>((y - top) * kOne + 0.5);
    weights[0] = static_cast<std::int16_t>((kOne - fx) * (kOne - fy));
    weights[1] = static_cast<std::int16_t>((kOne - fx) * fy);
    weights[2] = static_cast<std::int16_t>(fx * (kOne - fy));
    weights[3] = static_cast<std::int16_t>(fx * fy);
  }
}

void Remap::Run(const FrameView& frame, const GrayImage& crop) noexcept {
  blocks_.Run(frame);
  for (int y = 0; y < size_; ++y) {
    const std::size_t first = Area(size_, y);
    kernels_.blend_quads_row(blocks_.quads(), offset_.data() + first, weights_.data() + 4 * first,
                             size_, crop.Row(y));
  }
}

}  // namespace mien

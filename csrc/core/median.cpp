#include "mien/median.h"

#include <algorithm>
#include <cstdint>
#include <limits>

#include "core/buffer.h"
#include "core/dispatch.h"
#include "core/overlap.h"

namespace mien {
namespace {

Status Check(const GrayStack& images, const FloatImage& median) noexcept {
  if (!IsUsable(images) || !IsUsable(median)) return Status::kBadImage;
  if (images.count > std::numeric_limits<std::int16_t>::max()) return Status::kBadCount;
  if (images.width != median.width || images.height != median.height) return Status::kBadShape;
  return Overlaps(images, median) ? Status::kOverlap : Status::kOk;
}

}  // namespace

Status MedianImage(const GrayStack& images, const FloatImage& median) noexcept {
  const Status status = Check(images, median);
  if (status != Status::kOk) return status;
  // Images lie whole pages apart, where their lines would drive each other out of the cache.
  Buffer<std::uint8_t> strip;
  const int count = images.count;
  if (!strip.Allocate(static_cast<std::size_t>(count) * kMedianStrip)) return Status::kNoMemory;
  const FollowKernels& kernels = Kernels().follow;
  std::uint8_t low[kMedianStrip];
  std::uint8_t high[kMedianStrip];
  for (int y = 0; y < median.height; ++y) {
    for (int x = 0; x < median.width; x += kMedianStrip) {
      const int width = std::min(kMedianStrip, median.width - x);
      for (int k = 0; k < count; ++k) {
        const std::uint8_t* row = images.At(k).Row(y) + x;
        std::copy(row, row + width, strip.data() + static_cast<std::ptrdiff_t>(k) * kMedianStrip);
      }
      kernels.middle_strip(strip.data(), count, low, high);
      float* out = median.Row(y) + x;
      for (int i = 0; i < width; ++i) out[i] = 0.5F * static_cast<float>(low[i] + high[i]);
    }
  }
  return Status::kOk;
}

}  // namespace mien

// Pixels that stand for the weighted parts of an image.
//
// The dense flow and its confidence are smooth over some 14 pixels, so that samples kPitchPx apart
// tell what all pixels would. Each lies in the middle of a patch and has the weight of it.

#ifndef MIEN_CORE_SAMPLES_H_
#define MIEN_CORE_SAMPLES_H_

#include <cstdint>

#include "core/buffer.h"
#include "kernels/motion_kernels.h"
#include "mien/image.h"

namespace mien {

// Sides of a patch, at the most where a part has enough pixels. On the rendered faces of
// tools/bench at 128 x 128 the means of regions then lie 0.003 px (root mean square) from those of
// all pixels; 0.006 px with twice the area.
constexpr double kPitchPx = 4.0;
// A part has about as many samples at the least, if it has as many pixels.
constexpr int kMinSamples = 32;
// No part has more.
constexpr int kMaxSamples = 384;
// Samples come in whole vectors.
constexpr int kSampleLanes = 8;

// Weights >= 0 of an image's pixels, gap-free.
struct WeightMap {
  const float* data = nullptr;
  int width = 0;
  int height = 0;

  const float* Row(int y) const noexcept { return data + static_cast<std::ptrdiff_t>(y) * width; }
};

// What a map weighs.
struct WeightSum {
  std::int64_t pixels = 0;  // of weight > 0
  double total = 0;
  double mean_x = 0;  // weighted means; 0 without pixels
  double mean_y = 0;
};

WeightSum SumOf(const WeightMap& map) noexcept;

// Samples that were added together: whole vectors.
struct SampleSpan {
  int first = 0;
  int count = 0;
};

// A part of a map to take samples of.
struct SamplePart {
  int first_row = 0;
  int end_row = 0;
  double origin_x = 0;  // whence the samples' places count
  double origin_y = 0;
  double total = 0;        // by which weights are divided
  bool is_halved = false;  // the first half of the samples stands for all, too
};

class Samples {
 public:
  // Room for a part with so many pixels of weight > 0.
  static std::size_t RoomFor(std::int64_t pixels) noexcept;

  [[nodiscard]] bool Allocate(std::size_t room) noexcept;

  // Requires  room for the part.
  SampleSpan Add(const WeightMap& map, const SamplePart& part) noexcept;

  // Reads flow and confidence of all samples.
  //
  // Requires  views of the maps' size; `flow_px` of twice its width.
  void Read(const FloatView& flow_px, const FloatView& confidence) noexcept;

  RawSamples Raw(const SampleSpan& span) const noexcept;

 private:
  struct Pixel {
    std::int16_t x = 0;
    std::int16_t y = 0;
  };

  // Where a pixel lies in the images, numbers from their first.
  struct Offset {
    std::ptrdiff_t flow = 0;
    std::ptrdiff_t confidence = 0;
  };

  void FindOffsets(std::ptrdiff_t flow_stride, std::ptrdiff_t confidence_stride) noexcept;
  void Append(int x, int y, const SamplePart& part, double weight) noexcept;

  int count_ = 0;
  Buffer<Pixel> pixel_;
  Buffer<Offset> offset_;  // for images of these strides
  std::ptrdiff_t flow_stride_ = 0;
  std::ptrdiff_t confidence_stride_ = 0;
  Buffer<float> x_;  // from the part's origin
  Buffer<float> y_;
  Buffer<float> share_;
  Buffer<float> pairs_;
  Buffer<float> confidence_;
};

}  // namespace mien

#endif  // MIEN_CORE_SAMPLES_H_

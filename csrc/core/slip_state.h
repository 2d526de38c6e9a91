// The working memory of the slip fit, shared by the two users of it.

#ifndef MIEN_CORE_SLIP_STATE_H_
#define MIEN_CORE_SLIP_STATE_H_

#include <cstdint>

#include "core/buffer.h"
#include "mien/motion.h"

namespace mien {

// One sampled pixel of the reference.
struct SlipPoint {
  double x = 0;  // from the image's middle, pixels
  double y = 0;
  double u = 0;  // flow, pixels
  double v = 0;
  double confidence = 0;
  double weight = 0;    // confidence times how well it follows the slip
  double error_sq = 0;  // squared deviation from the slip
};

struct SlipFit::State {
  int width = 0;
  int height = 0;
  Buffer<std::int32_t> pixel;  // sampled reference pixels, y * width + x
  Buffer<SlipPoint> points;    // those with confidence
  Buffer<double> sorted;

  Status Create(const GrayView& reference) noexcept;

  // kOk if `Fit` and a region's measurement can read these.
  Status Check(const FloatView& flow_px, const FloatView& confidence) const noexcept;

  // Requires  views of the mask's size.
  Slip Fit(const FloatView& flow_px, const FloatView& confidence) noexcept;

 private:
  int Gather(const FloatView& flow_px, const FloatView& confidence) noexcept;
  template <typename Key>
  double Median(int count, Key key) noexcept;
  void Weigh(int count, Slip* slip) noexcept;
};

}  // namespace mien

#endif  // MIEN_CORE_SLIP_STATE_H_

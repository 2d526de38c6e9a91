// The slip fit at work, shared by the two users of it.

#ifndef MIEN_CORE_SLIP_STATE_H_
#define MIEN_CORE_SLIP_STATE_H_

#include "core/samples.h"
#include "mien/motion.h"

namespace mien {

struct SlipFit::State {
  int width = 0;
  int height = 0;
  const MotionKernels* kernels = nullptr;

  Status Create(const GrayView& reference) noexcept;

  // kOk if `Fit` and a region's measurement can read these.
  Status Check(const FloatView& flow_px, const FloatView& confidence) const noexcept;

  // Requires  views of the mask's size.
  Slip Fit(const FloatView& flow_px, const FloatView& confidence) noexcept;

 private:
  // Some or all of the samples.
  struct Heard {
    SampleRows rows;
    int counting;  // how many of them count
  };

  Heard Hear(const SampleRows& rows) const noexcept;
  float MedianFlow(const float* flow, const Heard& heard) const noexcept;
  double ScaleSq(const Heard& heard) const noexcept;
  void Deviate(const SampleRows& rows, const Slip& slip) noexcept;
  Slip Solve(const SampleRows& rows, double scale_sq) const noexcept;
  double SizePx(const Slip& step) const noexcept;
  void Judge(const SampleRows& rows, double scale_sq, Slip* slip) const noexcept;
  void Search(const Heard& all, Slip* slip) noexcept;

  Samples samples_;
  SampleSpan span_;
  double middle_x_ = 0;  // the samples' middle from the image's
  double middle_y_ = 0;
  Buffer<float> u_;  // of the samples that count
  Buffer<float> v_;
  Buffer<float> weight_;
  Buffer<float> error_sq_;  // from the slip
};

}  // namespace mien

#endif  // MIEN_CORE_SLIP_STATE_H_

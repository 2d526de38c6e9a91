// Dense optical flow between two gray images: coarse-to-fine Lucas-Kanade.
//
// Source: Lucas and Kanade 1981, on the pyramid of Bouguet 2001.
// Differs: each image is first divided by its local contrast, so that a change of gain or a
// shadow is not read as motion; gradients are those of the mean of both images; pixels whose
// target lies outside the image do not vote; the flow is box-smoothed at each level.

#ifndef MIEN_FLOW_H_
#define MIEN_FLOW_H_

#include <memory>

#include "mien/image.h"
#include "mien/status.h"

namespace mien {

struct FlowParams {
  int levels = 4;        // 1..6; levels whose shorter side is under 8 px are left out
  int window_px = 13;    // side of the box window, odd, 5..31
  int updates = 1;       // at full size, 1..5; each smaller level takes one more
  int smoothing_px = 9;  // side of the smoothing box, odd, 1 (off)..15
};

class DenseFlow {
 public:
  DenseFlow() noexcept;
  DenseFlow(DenseFlow&&) noexcept;
  DenseFlow& operator=(DenseFlow&&) noexcept;
  ~DenseFlow();

  // Allocates all that `Run` needs; `flow` is untouched on failure.
  //
  // Requires  width and height 16..2048; the ranges stated at the fields.
  static Status Create(int width, int height, const FlowParams& params, DenseFlow* flow) noexcept;

  // Writes where each pixel of `previous` went in `current`.
  //
  // flow_px     width * height pairs (x to the right, y down), pixels, row by row.
  // confidence  0..1: t / (t + r + 0.002), t the smaller eigenvalue of the window's mean gradient
  //             product, r its mean squared difference once moved, both of the images divided by
  //             their contrast; r / t is the variance of a least-squares flow, up to a factor.
  //             0 where the target lies outside the image.
  //
  // Requires  all views of the size given to `Create`; `flow_px` of twice its width; outputs that
  //           share no memory with another view.
  // Returns   kOk, or the first violated requirement; the outputs are then untouched.
  // Cost      about 100 additions per pixel, no allocation.
  // Threads   one call at a time per object.
  Status Run(const GrayView& previous, const GrayView& current, const FloatImage& flow_px,
             const FloatImage& confidence) noexcept;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace mien

#endif  // MIEN_FLOW_H_

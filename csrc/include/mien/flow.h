// Dense optical flow between two gray images: coarse-to-fine Lucas-Kanade in fixed point.
//
// Source: Lucas and Kanade 1981, on the pyramid of Bouguet 2001.
// Differs: each image is first divided by its local contrast, so that a change of gain or a
// shadow is not read as motion; gradients are those of the sum of both images; a pixel's difference
// counts for half a contrast at most, and for nothing if its target lies outside the image; the
// flow is kept on cells of 2 x 2 pixels, box-smoothed after each update, and read bilinearly.
//
// Images, flow and sums of products are integers, so that no order of summation matters; what is
// solved for is float, in one order on every CPU. The same bits everywhere.

#ifndef MIEN_FLOW_H_
#define MIEN_FLOW_H_

#include <memory>

#include "mien/image.h"
#include "mien/status.h"

namespace mien {

struct FlowParams {
  int levels = 5;         // 1..6; levels whose shorter side is under 8 px are left out
  int window_px = 10;     // side of the box window: 6, 10, 14 or 18
  int updates = 1;        // at full and half size, 1..5; one more at a quarter, two below that
  int smoothing_px = 14;  // side of the smoothing box: 2 (off), 6, 10, 14 or 18
};

// An image made ready for flow. Where one image is compared with several others, as a neutral key
// frame is, or a frame with the one before and the one after it, a third of the work is done once.
class FlowImage {
 public:
  FlowImage() noexcept;
  FlowImage(FlowImage&&) noexcept;
  FlowImage& operator=(FlowImage&&) noexcept;
  ~FlowImage();

  // Allocates all that `Set` needs; `image` is untouched on failure.
  //
  // Requires  width and height 16..2048, levels 1..6.
  static Status Create(int width, int height, int levels, FlowImage* image) noexcept;

  // Takes over what flow needs of `gray`, which may then change.
  //
  // Requires  a view of the size given to `Create`.
  // Cost      about 30 integer operations per pixel, no allocation.
  // Threads   one call at a time per object, none while a flow is computed from it.
  Status Set(const GrayView& gray) noexcept;

 private:
  friend class DenseFlow;
  struct State;
  std::unique_ptr<State> state_;
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
  //             What of the window lies outside the image counts as without texture.
  //             Bilinear between cells of 2 x 2 pixels, 0 for a cell that moves out of the image.
  //
  // Requires  all views of the size given to `Create`; `flow_px` of twice its width; outputs that
  //           share no memory with another view.
  // Returns   kOk, or the first violated requirement; the outputs are then untouched.
  // Cost      about 100 integer operations per pixel and 100 of floats per four pixels; no
  //           allocation.
  // Threads   one call at a time per object.
  Status Run(const GrayView& previous, const GrayView& current, const FloatImage& flow_px,
             const FloatImage& confidence) noexcept;

  // The same for images that were made ready, which must be of this size and number of levels.
  Status Between(const FlowImage& previous, const FlowImage& current, const FloatImage& flow_px,
                 const FloatImage& confidence) noexcept;

 private:
  struct State;
  Status CheckOutputs(const FloatImage& flow_px, const FloatImage& confidence) const noexcept;

  std::unique_ptr<State> state_;
};

}  // namespace mien

#endif  // MIEN_FLOW_H_

// How regions of the face moved once the slip of the headset is taken away (A7).
//
// The dense flow and its confidence are smooth over some 14 pixels. So regions and the reference
// are not read pixel by pixel but at samples about 4 pixels apart, each with the weight of the
// patch around it; small ones more densely, down to every pixel.

#ifndef MIEN_MOTION_H_
#define MIEN_MOTION_H_

#include <memory>

#include "mien/image.h"
#include "mien/status.h"

namespace mien {

// A small similarity about the image's middle, x and y in pixels from there:
//   u = tx + a * x - b * y        v = ty + b * x + a * y
struct Slip {
  double a = 0;                // relative change of size
  double b = 0;                // turn, radians, clockwise as seen
  double tx = 0;               // pixels to the right
  double ty = 0;               // pixels down
  double inlier_fraction = 0;  // share of the reference's confidence that follows it, 0..1
  double residual_px = 0;      // root mean square of what the inliers deviate
};

// Movement of one region, after slip removal. Means are weighted by region weight times
// confidence, of which more than 1 counts as 1.
struct RegionValues {
  float mean_x_px = 0;   // mean flow to the right
  float mean_y_px = 0;   // mean flow down
  float divergence = 0;  // du/dx + dv/dy of the best affine flow, 1 per frame; > 0 grows
  float margin_px = 0;   // mean downward flow of the lower part less the upper's; > 0 opens
  float weight = 0;      // mean confidence over the region, 0..1; below 0.01 all else is 0
};

// Fits the slip to the flow inside `reference` (non-zero = in it) by iteratively reweighted
// least squares, with Geman-McClure weights and their scale from the median residual. Less than
// half of the reference may move otherwise.
//
// At most 384 samples are used. With fewer than 8 of confidence 0.02 or more the slip is zero and
// its `inlier_fraction` 0. It is found to 0.02 px at the image's border.
class SlipFit {
 public:
  SlipFit() noexcept;
  SlipFit(SlipFit&&) noexcept;
  SlipFit& operator=(SlipFit&&) noexcept;
  ~SlipFit();

  // Requires  a mask of 1..kMaxSidePx pixels per side with at least 8 pixels set.
  static Status Create(const GrayView& reference, SlipFit* fit) noexcept;

  // Requires  views of the mask's size; `flow_px` of twice its width. Flow that is not finite or
  //           beyond 32768 px does not count.
  // Cost      about 2 us; the least if the views' strides are those of the last call.
  // Threads   one call at a time per object.
  Status Run(const FloatView& flow_px, const FloatView& confidence, Slip* slip) noexcept;

  // The same for each of many flows; fills `slips[0..count)`, which lie in neither stack.
  Status RunAll(const FloatStackView& flow_px, const FloatStackView& confidence,
                Slip* slips) noexcept;

 private:
  friend class RegionMotion;
  struct State;
  std::unique_ptr<State> state_;
};

class RegionMotion {
 public:
  RegionMotion() noexcept;
  RegionMotion(RegionMotion&&) noexcept;
  RegionMotion& operator=(RegionMotion&&) noexcept;
  ~RegionMotion();

  // `weights` holds `count` maps one after the other, each of the reference's size, gap-free.
  //
  // Requires  count 1..1024; finite weights >= 0, some > 0 in each map; the rules of `SlipFit`.
  // Cost      a few passes over the maps.
  static Status Create(const float* weights, int count, const GrayView& reference,
                       RegionMotion* motion) noexcept;

  // Fills `slip` and `values[0..count)`.
  //
  // Requires  views of the mask's size; `flow_px` of twice its width; values that lie in neither.
  //           Flow that is not finite or beyond 32768 px does not count.
  // Cost      the slip's, and about 0.2 us per region of 2000 pixels.
  // Threads   one call at a time per object.
  Status Run(const FloatView& flow_px, const FloatView& confidence, Slip* slip,
             RegionValues* values) noexcept;

  int count() const noexcept;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// Writes `flow_px` less the slip.
//
// Requires  views of one size, twice the image's width, that are the same or share no memory; a
//           finite slip.
Status RemoveSlip(const FloatView& flow_px, const Slip& slip, const FloatImage& rest_px) noexcept;

// The same for each of many flows, `slips[i]` from `flow_px.At(i)`. No output is written unless all
// slips are finite.
Status RemoveSlips(const FloatStackView& flow_px, const Slip* slips,
                   const FloatStack& rest_px) noexcept;

}  // namespace mien

#endif  // MIEN_MOTION_H_

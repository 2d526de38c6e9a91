// Where the skin that a key frame shows has gone, frame after frame (A8).
//
// Points on a regular grid of the key frame are followed. With D(x) the displacement of the point
// that the key frame shows at x, f the flow between two frames and k the flow from the key frame to
// frame t pulled back along A,
//
//   D_t(x) = A + gain * c(x) * k_t(x),     A = D_{t-1}(x) + f_t(x + D_{t-1}(x))
//
// where c is the confidence of k. Consecutive flow follows fast and large movement but adds up its
// errors; the key-frame flow has no drift. At the first frame A is 0 and the gain 1.
//
// The same bits on every CPU.

#ifndef MIEN_FOLLOW_H_
#define MIEN_FOLLOW_H_

#include <memory>

#include "mien/flow.h"
#include "mien/image.h"
#include "mien/status.h"

namespace mien {

struct FollowParams {
  FlowParams flow;
  int step_px = 4;        // from one point of the grid to the next, 2..16
  float key_gain = 0.3F;  // 0..1
  bool is_held = true;    // false: D_t is A, and D_0 is 0
};

// Points of a grid along a side: at step_px / 2 (rounded down), step_px further on, and so forth.
constexpr int GridSide(int side_px, int step_px) noexcept {
  return (side_px - step_px / 2 + step_px - 1) / step_px;
}

class Follower {
 public:
  Follower() noexcept;
  Follower(Follower&&) noexcept;
  Follower& operator=(Follower&&) noexcept;
  ~Follower();

  // Allocates all that the others need; `follower` is untouched on failure.
  //
  // Requires  width and height 16..2048; the ranges stated at the fields.
  static Status Create(int width, int height, const FollowParams& params,
                       Follower* follower) noexcept;

  // Takes over a key frame, which may then change; the next frame is the first.
  //
  // Requires  a view of the size given to `Create`.
  // Cost      as `FlowImage::Set`.
  Status Start(const GrayView& key) noexcept;

  // Writes where the points went.
  //
  // moved_px  GridSide(width) x GridSide(height) pairs (x to the right, y down), pixels.
  // trust     0..1, of as many points: the confidence of k.
  //
  // Requires  a started follower; views of these sizes, `moved_px` of twice the grid's width;
  //           outputs that share no memory with another view.
  // Returns   kOk, or the first violated requirement; nothing has then changed.
  // Cost      two flows between images made ready and two images to make ready; no allocation.
  // Threads   one call at a time per object.
  Status Follow(const GrayView& frame, const FloatImage& moved_px,
                const FloatImage& trust) noexcept;

  // Starts at `key` and follows all frames, in order.
  //
  // Requires  stacks of one count, whose images are as those of `Follow`; outputs that share no
  //           memory with another argument.
  // Returns   kOk, or the first violated requirement; nothing has then changed.
  Status Run(const GrayView& key, const GrayStack& frames, const FloatStack& moved_px,
             const FloatStack& trust) noexcept;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace mien

#endif  // MIEN_FOLLOW_H_

// Any settings, any frames: refused without a trace, or finite displacements inside the outputs.

#include <algorithm>
#include <cmath>

#include "fuzz/every_table.h"
#include "mien/follow.h"
#include "mien/median.h"

namespace mien::test {
namespace {

constexpr int kMaxSide = 40;

struct Case {
  int width = 0;
  int height = 0;
  int count = 0;  // frames
  FollowParams params;
  Place key;
  Place frames;  // as one high image; gap-free in the interface
  Place moved_px;
  Place trust;
  Place median;
};

FollowParams RandomParams(FuzzInput* input) {
  FollowParams params;
  params.flow.levels = input->Within(1, 5);
  params.flow.smoothing_px = input->Flag() ? 14 : 2;
  params.step_px = input->AnyInt(2, 16);
  params.key_gain = static_cast<float>(input->AnyReal(0, 1));
  params.is_held = input->Flag();
  return params;
}

Case RandomCase(FuzzInput* input, Arena* arena) {
  Case c;
  c.width = input->AnyInt(16, kMaxSide);
  c.height = input->AnyInt(16, kMaxSide);
  c.count = input->Within(1, 3);
  c.params = RandomParams(input);
  const int width = std::clamp(c.width, 1, kMaxSide);
  const int height = std::clamp(c.height, 1, kMaxSide);
  const int step_px = std::clamp(c.params.step_px, 2, 16);
  const int columns = std::max(GridSide(width, step_px), 1);
  const int rows = std::max(GridSide(height, step_px), 1);
  c.key = arena->Add(width, height, sizeof(std::uint8_t));
  c.frames = arena->Add(width, c.count * height, sizeof(std::uint8_t));
  c.moved_px = arena->Add(2 * columns, c.count * rows, sizeof(float));
  c.trust = arena->Add(columns, c.count * rows, sizeof(float));
  c.median = arena->Add(width, height, sizeof(float));
  return c;
}

// Null unless the place has no gaps, so that a stack never reaches out of it.
template <typename T>
ImageStack<T> StackOf(const Place& place, int count, Bytes* bytes) {
  if (place.first < 0 || place.stride != place.width || place.height % count != 0) return {};
  return {ViewOf<T>(place, bytes).data, count, place.width, place.height / count};
}

Status Run(const Case& c, Bytes* bytes) {
  Follower follower;
  const Status status = Follower::Create(c.width, c.height, c.params, &follower);
  const Status then = follower.Run(ViewOf<const std::uint8_t>(c.key, bytes),
                                   StackOf<const std::uint8_t>(c.frames, c.count, bytes),
                                   StackOf<float>(c.moved_px, c.count, bytes),
                                   StackOf<float>(c.trust, c.count, bytes));
  HOLDS(status == Status::kOk || then == Status::kNotReady);
  return status == Status::kOk ? then : status;
}

Status RunMedian(const Case& c, Bytes* bytes) {
  return MedianImage(StackOf<const std::uint8_t>(c.frames, c.count, bytes),
                     ViewOf<float>(c.median, bytes));
}

void HoldNumbers(const FloatView& view, bool is_trust) {
  for (int y = 0; y < view.height; ++y) {
    for (int x = 0; x < view.width; ++x) {
      const float value = view.Row(y)[x];
      HOLDS(std::isfinite(value));
      HOLDS(!is_trust || (value >= 0 && value <= 1));
    }
  }
}

}  // namespace

void Fuzz(FuzzInput* input) {
  Arena arena(input);
  const Case c = RandomCase(input, &arena);
  Bytes start = arena.Make();
  FillGray(c.key, input, &start);
  FillGray(c.frames, input, &start);
  const Result median = WithEveryTable(start, {c.frames, c.median},
                                       [&](Bytes* bytes) { return RunMedian(c, bytes); });
  if (median.status == Status::kOk) {
    HOLDS(!Share(c.frames, c.median, start.size()));
    HoldUntouched(start, median.bytes, {c.median});
  } else {
    HoldUntouched(start, median.bytes, {});
  }
  const std::vector<Place> places{c.key, c.frames, c.moved_px, c.trust};
  const Result done = WithEveryTable(start, places, [&](Bytes* bytes) { return Run(c, bytes); });
  if (done.status != Status::kOk) {
    HoldUntouched(start, done.bytes, {});
    return;
  }
  for (const Place& read : {c.key, c.frames}) {
    HOLDS(!Share(read, c.moved_px, start.size()) && !Share(read, c.trust, start.size()));
  }
  HOLDS(!Share(c.moved_px, c.trust, start.size()));
  HoldUntouched(start, done.bytes, {c.moved_px, c.trust});
  Bytes bytes = done.bytes;
  HoldNumbers(ViewOf<const float>(c.moved_px, &bytes), false);
  HoldNumbers(ViewOf<const float>(c.trust, &bytes), true);
}

}  // namespace mien::test

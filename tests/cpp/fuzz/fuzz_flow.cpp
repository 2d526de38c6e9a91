// Any settings, any images: refused without a trace, or finite flow inside the outputs.

#include <algorithm>
#include <cmath>

#include "fuzz/every_table.h"
#include "mien/flow.h"

namespace mien::test {
namespace {

FlowParams RandomParams(FuzzInput* input) {
  FlowParams params;
  params.levels = input->AnyInt(1, 6);
  params.window_px = input->AnyStep(6, 18, 4);
  params.updates = input->AnyInt(1, 5);
  params.smoothing_px = input->AnyStep(2, 18, 4);
  return params;
}

void HoldNumbers(const FloatView& flow_px, const FloatView& confidence) {
  for (int y = 0; y < flow_px.height; ++y) {
    for (int x = 0; x < flow_px.width; ++x) HOLDS(std::isfinite(flow_px.Row(y)[x]));
    for (int x = 0; x < confidence.width; ++x) {
      const float trust = confidence.Row(y)[x];
      HOLDS(trust >= 0 && trust <= 1);
    }
  }
}

struct Case {
  int width = 0;
  int height = 0;
  FlowParams params;
  int levels = 0;  // of images made ready; seldom others than those of the flow
  Place previous;
  Place current;
  Place flow_px;
  Place confidence;
};

Case RandomCase(FuzzInput* input, Arena* arena) {
  Case c;
  c.width = input->AnyInt(16, 48);
  c.height = input->AnyInt(16, 48);
  c.params = RandomParams(input);
  c.levels = input->Rarely(16) ? input->AnyInt(1, 6) : c.params.levels;
  const int width = std::clamp(c.width, 1, 48);
  const int height = std::clamp(c.height, 1, 48);
  c.previous = arena->Add(width, height, sizeof(std::uint8_t));
  c.current = input->Rarely(16) ? c.previous : arena->Add(width, height, sizeof(std::uint8_t));
  c.flow_px = arena->Add(2 * width, height, sizeof(float));
  c.confidence = arena->Add(width, height, sizeof(float));
  return c;
}

Status Run(const Case& c, Bytes* bytes) {
  DenseFlow flow;
  const Status status = DenseFlow::Create(c.width, c.height, c.params, &flow);
  const Status then = flow.Run(ViewOf<const std::uint8_t>(c.previous, bytes),
                               ViewOf<const std::uint8_t>(c.current, bytes),
                               ViewOf<float>(c.flow_px, bytes), ViewOf<float>(c.confidence, bytes));
  HOLDS(status == Status::kOk || then == Status::kNotReady);
  return status == Status::kOk ? then : status;
}

// The same by images made ready; an image that was refused is not ready.
Status RunBetween(const Case& c, Bytes* bytes) {
  DenseFlow flow;
  FlowImage images[2];
  Status status = DenseFlow::Create(c.width, c.height, c.params, &flow);
  for (int i = 0; i < 2 && status == Status::kOk; ++i) {
    status = FlowImage::Create(c.width, c.height, c.levels, &images[i]);
    if (status != Status::kOk) break;
    status = images[i].Set(ViewOf<const std::uint8_t>(i == 0 ? c.previous : c.current, bytes));
  }
  const Status then = flow.Between(images[0], images[1], ViewOf<float>(c.flow_px, bytes),
                                   ViewOf<float>(c.confidence, bytes));
  HOLDS(status == Status::kOk || then != Status::kOk);
  return status == Status::kOk ? then : status;
}

}  // namespace

void Fuzz(FuzzInput* input) {
  Arena arena(input);
  const Case c = RandomCase(input, &arena);
  Bytes start = arena.Make();
  FillGray(c.previous, input, &start);
  FillGray(c.current, input, &start);
  const std::vector<Place> places{c.previous, c.current, c.flow_px, c.confidence};
  const Result done = WithEveryTable(start, places, [&](Bytes* bytes) { return Run(c, bytes); });
  const Result between =
      WithEveryTable(start, places, [&](Bytes* bytes) { return RunBetween(c, bytes); });
  if (between.status != Status::kOk) HoldUntouched(start, between.bytes, {});
  if (done.status != Status::kOk) {
    HoldUntouched(start, done.bytes, {});
    return;
  }
  HOLDS(between.status != Status::kOk || between.bytes == done.bytes);
  for (const Place& read : {c.previous, c.current}) {
    HOLDS(!Share(read, c.flow_px, start.size()) && !Share(read, c.confidence, start.size()));
  }
  HOLDS(!Share(c.flow_px, c.confidence, start.size()));
  HoldUntouched(start, done.bytes, {c.flow_px, c.confidence});
  Bytes bytes = done.bytes;
  HoldNumbers(ViewOf<const float>(c.flow_px, &bytes), ViewOf<const float>(c.confidence, &bytes));
}

}  // namespace mien::test

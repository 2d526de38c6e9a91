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

void Fuzz(FuzzInput* input) {
  const int width = input->AnyInt(16, 48);
  const int height = input->AnyInt(16, 48);
  const FlowParams params = RandomParams(input);
  const int w = std::clamp(width, 1, 48);
  const int h = std::clamp(height, 1, 48);
  Arena arena(input);
  const Place previous = arena.Add(w, h, sizeof(std::uint8_t));
  const Place current = input->Rarely(16) ? previous : arena.Add(w, h, sizeof(std::uint8_t));
  const Place flow_px = arena.Add(2 * w, h, sizeof(float));
  const Place confidence = arena.Add(w, h, sizeof(float));
  Bytes start = arena.Make();
  FillGray(previous, input, &start);
  FillGray(current, input, &start);
  const Result done = WithEveryTable(start, [&](Bytes* bytes) {
    DenseFlow flow;
    const Status status = DenseFlow::Create(width, height, params, &flow);
    const Status then = flow.Run(ViewOf<const std::uint8_t>(previous, bytes),
                                 ViewOf<const std::uint8_t>(current, bytes),
                                 ViewOf<float>(flow_px, bytes), ViewOf<float>(confidence, bytes));
    HOLDS(status == Status::kOk || then == Status::kNotReady);
    return status == Status::kOk ? then : status;
  });
  if (done.status != Status::kOk) {
    HoldUntouched(start, done.bytes, {});
    return;
  }
  for (const Place& read : {previous, current}) {
    HOLDS(!Share(read, flow_px, start.size()) && !Share(read, confidence, start.size()));
  }
  HOLDS(!Share(flow_px, confidence, start.size()));
  HoldUntouched(start, done.bytes, {flow_px, confidence});
  Bytes bytes = done.bytes;
  HoldNumbers(ViewOf<const float>(flow_px, &bytes), ViewOf<const float>(confidence, &bytes));
}

}  // namespace
}  // namespace mien::test

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  mien::test::FuzzInput input(data, size);
  mien::test::Fuzz(&input);
  return 0;
}

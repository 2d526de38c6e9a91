// Any regions, any flow, numbers that are none among it: refused without a trace, or finite values.

#include <cmath>

#include "fuzz/every_table.h"
#include "mien/motion.h"

namespace mien::test {
namespace {

constexpr int kMaxRegions = 5;

// What a call to motion works on.
struct Case {
  int count = 0;
  Place reference;
  Place weights;
  Place flow_px;
  Place confidence;
  Place values;   // a row of 5 numbers per region
  Place rest_px;  // where the flow without the slip goes
};

Case RandomCase(FuzzInput* input, Arena* arena) {
  const int width = input->Within(1, 40);
  const int height = input->Within(1, 40);
  Case c;
  c.count = input->AnyInt(1, kMaxRegions);
  c.reference = arena->Add(width, height, sizeof(std::uint8_t));
  c.weights = arena->Add(width, height * kMaxRegions, sizeof(float));
  c.flow_px = arena->Add(2 * width, height, sizeof(float));
  c.confidence = arena->Add(width, height, sizeof(float));
  c.values = arena->Add(5, kMaxRegions, sizeof(float));
  c.rest_px = input->Flag() ? c.flow_px : arena->Add(2 * width, height, sizeof(float));
  return c;
}

// Weights and values are gap-free in the interface, so their views must be too.
bool IsPacked(const Place& place, int width, int height) {
  return place.first >= 0 && place.stride == width && place.width == width &&
         place.height >= height;
}

void HoldFinite(const Slip& slip) {
  for (double number : {slip.a, slip.b, slip.tx, slip.ty, slip.inlier_fraction, slip.residual_px}) {
    HOLDS(std::isfinite(number));
  }
  HOLDS(slip.inlier_fraction >= 0 && slip.inlier_fraction <= 1.0000001);
}

Status FitSlip(const Case& c, Bytes* bytes, Slip* slip) {
  SlipFit fit;
  const Status status = SlipFit::Create(ViewOf<const std::uint8_t>(c.reference, bytes), &fit);
  if (status != Status::kOk) return status;
  const auto flow_px = ViewOf<const float>(c.flow_px, bytes);
  return fit.Run(flow_px, ViewOf<const float>(c.confidence, bytes), slip);
}

Status MeasureRegions(const Case& c, Bytes* bytes, Slip* slip) {
  RegionMotion motion;
  const auto reference = ViewOf<const std::uint8_t>(c.reference, bytes);
  const float* weights = ViewOf<const float>(c.weights, bytes).data;
  const Status status = RegionMotion::Create(weights, c.count, reference, &motion);
  if (status != Status::kOk) return status;
  auto* values = reinterpret_cast<RegionValues*>(ViewOf<float>(c.values, bytes).data);
  return motion.Run(ViewOf<const float>(c.flow_px, bytes), ViewOf<const float>(c.confidence, bytes),
                    slip, values);
}

void FuzzSlip(const Case& c, const Bytes& start) {
  Slip slip;
  slip.tx = 77;
  const Result fitted = WithEveryTable(start, {c.reference, c.flow_px, c.confidence},
                                       [&](Bytes* bytes) { return FitSlip(c, bytes, &slip); });
  HoldUntouched(start, fitted.bytes, {});
  HOLDS(fitted.status == Status::kOk || slip.tx == 77);
  HoldFinite(fitted.status == Status::kOk ? slip : Slip{});
  if (fitted.status != Status::kOk) return;
  const Result removed = WithEveryTable(start, {c.flow_px, c.rest_px}, [&](Bytes* bytes) {
    return RemoveSlip(ViewOf<const float>(c.flow_px, bytes), slip, ViewOf<float>(c.rest_px, bytes));
  });
  const bool is_ok = removed.status == Status::kOk;
  const bool is_in_place = c.flow_px.first == c.rest_px.first;
  HOLDS(!is_ok || is_in_place || !Share(c.flow_px, c.rest_px, start.size()));
  HoldUntouched(start, removed.bytes, {is_ok ? c.rest_px : Place{}});
}

void FuzzRegions(const Case& c, const Bytes& start) {
  // Values have no view, so only those of the right size are safe to pass.
  const bool is_callable =
      IsPacked(c.weights, c.reference.width, c.reference.height * kMaxRegions) &&
      IsPacked(c.values, 5, kMaxRegions) && c.count <= kMaxRegions;
  if (!is_callable) return;
  Slip slip;
  slip.tx = 77;
  const Result measured =
      WithEveryTable(start, {c.reference, c.weights, c.flow_px, c.confidence, c.values},
                     [&](Bytes* bytes) { return MeasureRegions(c, bytes, &slip); });
  if (measured.status != Status::kOk) {
    HOLDS(slip.tx == 77);
    HoldUntouched(start, measured.bytes, {});
    return;
  }
  HoldFinite(slip);
  Place written = c.values;
  written.height = c.count;
  HOLDS(!Share(written, c.flow_px, start.size()) && !Share(written, c.confidence, start.size()));
  HoldUntouched(start, measured.bytes, {written});
  Bytes bytes = measured.bytes;
  const auto values = ViewOf<const float>(written, &bytes);
  for (int i = 0; i < 5 * c.count; ++i) HOLDS(std::isfinite(values.data[i]));
}

}  // namespace

void Fuzz(FuzzInput* input) {
  Arena arena(input);
  const Case c = RandomCase(input, &arena);
  Bytes start = arena.Make();
  FillReals(c.weights, input->Rarely(8) ? -1 : 0, 1, input, &start);
  FillReals(c.flow_px, -9, 9, input, &start);
  FillReals(c.confidence, 0, 1, input, &start);
  FillGray(c.reference, input, &start);
  FuzzSlip(c, start);
  FuzzRegions(c, start);
}

}  // namespace mien::test

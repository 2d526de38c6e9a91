#include "mien/motion.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "core/overlap.h"
#include "core/range.h"
#include "core/samples.h"
#include "core/slip_state.h"

namespace mien {
namespace {

constexpr double kMinWeight = 0.01;

struct Region {
  double middle_x = 0;  // weighted mean, from the image's middle
  double middle_y = 0;  // parts the upper from the lower margin
  SampleSpan upper;
  SampleSpan lower;
};

// Weighted sums over a region, the slip taken away; x and y are taken from its middle.
struct Sums {
  double w, x, y, u, v;
  double xx, xy, yy, xu, yu, xv, yv;
};

Sums SumsOf(const Moments& m) noexcept {
  const auto wide = [](float value) { return static_cast<double>(value); };
  return {wide(m.one), wide(m.x),  wide(m.y),  wide(m.u),  wide(m.v),  wide(m.xx),
          wide(m.xy),  wide(m.yy), wide(m.xu), wide(m.yu), wide(m.xv), wide(m.yv)};
}

Sums operator+(const Sums& m, const Sums& n) noexcept {
  return {m.w + n.w,   m.x + n.x,   m.y + n.y,   m.u + n.u,   m.v + n.v,   m.xx + n.xx,
          m.xy + n.xy, m.yy + n.yy, m.xu + n.xu, m.yu + n.yu, m.xv + n.xv, m.yv + n.yv};
}

// Sums are linear in the flow, so that the slip can be taken away from them.
Sums operator-(const Sums& s, const Slip& slip) noexcept {
  Sums rest = s;
  rest.u -= slip.tx * s.w + slip.a * s.x - slip.b * s.y;
  rest.v -= slip.ty * s.w + slip.b * s.x + slip.a * s.y;
  rest.xu -= slip.tx * s.x + slip.a * s.xx - slip.b * s.xy;
  rest.yu -= slip.tx * s.y + slip.a * s.xy - slip.b * s.yy;
  rest.xv -= slip.ty * s.x + slip.b * s.xx + slip.a * s.xy;
  rest.yv -= slip.ty * s.y + slip.b * s.xy + slip.a * s.yy;
  return rest;
}

// The same slip about another middle.
Slip About(double x, double y, const Slip& slip) noexcept {
  Slip moved = slip;
  moved.tx += slip.a * x - slip.b * y;
  moved.ty += slip.b * x + slip.a * y;
  return moved;
}

// du/dx + dv/dy of the affine flow that fits best: all samples count, where the mean of local
// derivatives would hang on the region's edge alone.
double Divergence(const Sums& s) noexcept {
  const double share = 1 / s.w;
  const double x = share * s.x;
  const double y = share * s.y;
  const double xx = share * s.xx - x * x;
  const double xy = share * s.xy - x * y;
  const double yy = share * s.yy - y * y;
  const double det = xx * yy - xy * xy;
  // A region thinner than a pixel has no divergence.
  if (det <= 0.01) return 0;
  const double u = share * s.u;
  const double v = share * s.v;
  const double xu = share * s.xu - x * u;
  const double yu = share * s.yu - y * u;
  const double xv = share * s.xv - x * v;
  const double yv = share * s.yv - y * v;
  return (yy * xu - xy * yu + xx * yv - xy * xv) / det;
}

RegionValues ValuesOf(const Sums& upper, const Sums& lower) noexcept {
  RegionValues values;
  const Sums s = upper + lower;
  values.weight = static_cast<float>(std::min(s.w, 1.0));
  if (s.w < kMinWeight) return values;
  values.mean_x_px = static_cast<float>(s.u / s.w);
  values.mean_y_px = static_cast<float>(s.v / s.w);
  values.divergence = static_cast<float>(Divergence(s));
  if (upper.w > 0 && lower.w > 0) {
    values.margin_px = static_cast<float>(lower.v / lower.w - upper.v / upper.w);
  }
  return values;
}

}  // namespace

struct RegionMotion::State {
  SlipFit::State slip;
  Samples samples;
  Buffer<Region> regions;

  Status Create(const float* weights, int count) noexcept;
  Region Sample(const WeightMap& map) noexcept;
  Sums Sum(const SampleSpan& span, const Slip& about_middle) const noexcept;
  RegionValues Measure(const Region& region, const Slip& motion) const noexcept;
};

Status RegionMotion::State::Create(const float* weights, int count) noexcept {
  if (weights == nullptr || !IsWithin(count, 1, 1024)) return Status::kBadRegions;
  const auto size = static_cast<std::size_t>(slip.width) * static_cast<std::size_t>(slip.height);
  const auto is_bad = [](float weight) { return !std::isfinite(weight) || weight < 0; };
  if (std::any_of(weights, weights + size * static_cast<std::size_t>(count), is_bad)) {
    return Status::kBadRegions;
  }
  const auto map = [&](std::size_t i) {
    return WeightMap{weights + i * size, slip.width, slip.height};
  };
  if (!regions.Allocate(static_cast<std::size_t>(count))) return Status::kNoMemory;
  std::size_t room = 0;
  for (std::size_t i = 0; i < regions.size(); ++i) {
    const WeightSum sum = SumOf(map(i));
    if (sum.pixels == 0) return Status::kBadRegions;
    room += 2 * Samples::RoomFor(sum.pixels);  // two halves
  }
  if (!samples.Allocate(room)) return Status::kNoMemory;
  for (std::size_t i = 0; i < regions.size(); ++i) regions[i] = Sample(map(i));
  return Status::kOk;
}

// Samples both halves of a region apart, so that its margins' motion is told.
Region RegionMotion::State::Sample(const WeightMap& map) noexcept {
  const WeightSum sum = SumOf(map);
  SamplePart part = {0, static_cast<int>(sum.mean_y) + 1, sum.mean_x, sum.mean_y, sum.total};
  Region region;
  region.middle_x = sum.mean_x - (map.width - 1) / 2.0;
  region.middle_y = sum.mean_y - (map.height - 1) / 2.0;
  region.upper = samples.Add(map, part);
  part.first_row = part.end_row;
  part.end_row = map.height;
  region.lower = samples.Add(map, part);
  return region;
}

Sums RegionMotion::State::Sum(const SampleSpan& span, const Slip& about_middle) const noexcept {
  Moments moments{};
  slip.kernels->add_moments(samples.Raw(span), &moments);
  return SumsOf(moments) - about_middle;
}

RegionValues RegionMotion::State::Measure(const Region& region, const Slip& motion) const noexcept {
  const Slip about_middle = About(region.middle_x, region.middle_y, motion);
  return ValuesOf(Sum(region.upper, about_middle), Sum(region.lower, about_middle));
}

RegionMotion::RegionMotion() noexcept = default;
RegionMotion::RegionMotion(RegionMotion&&) noexcept = default;
RegionMotion& RegionMotion::operator=(RegionMotion&&) noexcept = default;
RegionMotion::~RegionMotion() = default;

Status RegionMotion::Create(const float* weights, int count, const GrayView& reference,
                            RegionMotion* motion) noexcept {
  if (motion == nullptr) return Status::kNull;
  std::unique_ptr<State> state(new (std::nothrow) State);
  if (!state) return Status::kNoMemory;
  Status status = state->slip.Create(reference);
  if (status == Status::kOk) status = state->Create(weights, count);
  if (status == Status::kOk) motion->state_ = std::move(state);
  return status;
}

Status RegionMotion::Run(const FloatView& flow_px, const FloatView& confidence, Slip* slip,
                         RegionValues* values) noexcept {
  if (!state_) return Status::kNotReady;
  if (slip == nullptr || values == nullptr) return Status::kNull;
  const Status status = state_->slip.Check(flow_px, confidence);
  if (status != Status::kOk) return status;
  const ByteRows outputs = BytesOf(values, state_->regions.size());
  if (Overlaps(outputs, BytesOf(flow_px)) || Overlaps(outputs, BytesOf(confidence))) {
    return Status::kOverlap;
  }
  *slip = state_->slip.Fit(flow_px, confidence);
  state_->samples.Read(flow_px, confidence);
  for (std::size_t i = 0; i < state_->regions.size(); ++i) {
    values[i] = state_->Measure(state_->regions[i], *slip);
  }
  return Status::kOk;
}

int RegionMotion::count() const noexcept {
  return state_ ? static_cast<int>(state_->regions.size()) : 0;
}

}  // namespace mien

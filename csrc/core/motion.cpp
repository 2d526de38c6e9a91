#include "mien/motion.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <utility>

#include "core/overlap.h"
#include "core/range.h"
#include "core/slip_state.h"

namespace mien {
namespace {

constexpr double kMinWeight = 0.01;

// One pixel of a region.
struct RegionPixel {
  std::int16_t x = 0;
  std::int16_t y = 0;
  float weight = 0;
};

struct Region {
  std::size_t first = 0;  // of its pixels in the list of all
  std::size_t count = 0;
  double weight = 0;    // sum of its pixels' weights
  double middle_y = 0;  // weighted mean row: parts the upper from the lower margin
};

// Weighted sums over a region; coordinates are taken from the image's middle.
struct Sums {
  double w = 0, x = 0, y = 0, u = 0, v = 0;
  double xx = 0, xy = 0, yy = 0, xu = 0, yu = 0, xv = 0, yv = 0;
  double upper_w = 0, upper_v = 0, lower_w = 0, lower_v = 0;

  void Add(double weight, double px, double py, double pu, double pv) noexcept {
    w += weight;
    x += weight * px;
    y += weight * py;
    u += weight * pu;
    v += weight * pv;
    xx += weight * px * px;
    xy += weight * px * py;
    yy += weight * py * py;
    xu += weight * px * pu;
    yu += weight * py * pu;
    xv += weight * px * pv;
    yv += weight * py * pv;
  }
};

// du/dx + dv/dy of the affine flow that fits best: all pixels count, where the mean of local
// derivatives would hang on the region's edge alone.
double Divergence(const Sums& s) noexcept {
  const double xx = s.xx - s.x * s.x / s.w;
  const double xy = s.xy - s.x * s.y / s.w;
  const double yy = s.yy - s.y * s.y / s.w;
  const double det = xx * yy - xy * xy;
  // A region thinner than a pixel has no divergence.
  if (det <= 0.01 * s.w * s.w) return 0;
  const double xu = s.xu - s.x * s.u / s.w;
  const double yu = s.yu - s.y * s.u / s.w;
  const double xv = s.xv - s.x * s.v / s.w;
  const double yv = s.yv - s.y * s.v / s.w;
  return (yy * xu - xy * yu + xx * yv - xy * xv) / det;
}

RegionValues ValuesOf(const Sums& s, double weight) noexcept {
  RegionValues values;
  const double share = s.w / weight;
  values.weight = static_cast<float>(share);
  if (share < kMinWeight) return values;
  values.mean_x_px = static_cast<float>(s.u / s.w);
  values.mean_y_px = static_cast<float>(s.v / s.w);
  values.divergence = static_cast<float>(Divergence(s));
  if (s.upper_w > 0 && s.lower_w > 0) {
    values.margin_px = static_cast<float>(s.lower_v / s.lower_w - s.upper_v / s.upper_w);
  }
  return values;
}

}  // namespace

struct RegionMotion::State {
  SlipFit::State slip;
  Buffer<RegionPixel> pixels;
  Buffer<Region> regions;

  Status Create(const float* weights, int count) noexcept;
  std::size_t Collect(const float* weights, std::size_t next, Region* region) noexcept;
  RegionValues Measure(const Region& region, const FloatView& flow_px, const FloatView& confidence,
                       const Slip& motion) const noexcept;
};

Status RegionMotion::State::Create(const float* weights, int count) noexcept {
  if (weights == nullptr || !IsWithin(count, 1, 1024)) return Status::kBadRegions;
  const auto map = static_cast<std::size_t>(slip.width) * static_cast<std::size_t>(slip.height);
  std::size_t total = 0;
  for (std::size_t i = 0; i < map * static_cast<std::size_t>(count); ++i) {
    if (!std::isfinite(weights[i]) || weights[i] < 0) return Status::kBadRegions;
    total += weights[i] > 0 ? 1 : 0;
  }
  if (total == 0) return Status::kBadRegions;
  if (!pixels.Allocate(total) || !regions.Allocate(static_cast<std::size_t>(count))) {
    return Status::kNoMemory;
  }
  std::size_t next = 0;
  for (std::size_t i = 0; i < regions.size(); ++i) {
    next = Collect(weights + i * map, next, &regions[i]);
    if (regions[i].count == 0) return Status::kBadRegions;
  }
  return Status::kOk;
}

// Lists the region's pixels from `next` on and returns where the list then ends.
std::size_t RegionMotion::State::Collect(const float* weights, std::size_t next,
                                         Region* region) noexcept {
  region->first = next;
  for (int y = 0; y < slip.height; ++y) {
    for (int x = 0; x < slip.width; ++x, ++weights) {
      if (*weights <= 0) continue;
      pixels[next++] = {static_cast<std::int16_t>(x), static_cast<std::int16_t>(y), *weights};
      region->weight += static_cast<double>(*weights);
      region->middle_y += static_cast<double>(*weights) * y;
    }
  }
  region->count = next - region->first;
  if (region->count > 0) region->middle_y /= region->weight;
  return next;
}

RegionValues RegionMotion::State::Measure(const Region& region, const FloatView& flow_px,
                                          const FloatView& confidence,
                                          const Slip& motion) const noexcept {
  Sums sums;
  const double middle_x = (slip.width - 1) / 2.0;
  const double middle_y = (slip.height - 1) / 2.0;
  for (std::size_t i = region.first; i < region.first + region.count; ++i) {
    const RegionPixel& pixel = pixels[i];
    const float* flow = flow_px.Row(pixel.y) + 2 * pixel.x;
    const float trust = std::min(confidence.Row(pixel.y)[pixel.x], 1.0F) * pixel.weight;
    if (!(trust > 0) || !std::isfinite(flow[0] + flow[1])) continue;
    const auto weight = static_cast<double>(trust);
    const double x = pixel.x - middle_x;
    const double y = pixel.y - middle_y;
    const double u = static_cast<double>(flow[0]) - (motion.tx + motion.a * x - motion.b * y);
    const double v = static_cast<double>(flow[1]) - (motion.ty + motion.b * x + motion.a * y);
    sums.Add(weight, x, y, u, v);
    const bool is_lower = pixel.y > region.middle_y;
    (is_lower ? sums.lower_w : sums.upper_w) += weight;
    (is_lower ? sums.lower_v : sums.upper_v) += weight * v;
  }
  return ValuesOf(sums, region.weight);
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
  for (std::size_t i = 0; i < state_->regions.size(); ++i) {
    values[i] = state_->Measure(state_->regions[i], flow_px, confidence, *slip);
  }
  return Status::kOk;
}

int RegionMotion::count() const noexcept {
  return state_ ? static_cast<int>(state_->regions.size()) : 0;
}

}  // namespace mien

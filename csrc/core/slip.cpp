#include <algorithm>
#include <cmath>
#include <utility>

#include "core/overlap.h"
#include "core/range.h"
#include "core/slip_state.h"

namespace mien {
namespace {

constexpr int kMaxPoints = 2048;
constexpr int kMinPoints = 8;
constexpr int kMaxRounds = 10;
// Change of the slip's shift, pixels, and its angle and size, 1, under which it is found.
constexpr double kFound = 1e-4;
constexpr float kMinConfidence = 0.02F;
// Smallest scale of the deviation, pixels: below it is the flow's own noise.
constexpr double kMinScalePx = 0.05;

// Weighted least squares for tx, ty, a, b. About the weighted mean of the points the four
// equations come apart into two means and two quotients.
void Solve(const SlipPoint* points, int count, Slip* slip) noexcept {
  double w = 0, x = 0, y = 0, u = 0, v = 0;
  for (int i = 0; i < count; ++i) {
    const SlipPoint& p = points[i];
    w += p.weight;
    x += p.weight * p.x;
    y += p.weight * p.y;
    u += p.weight * p.u;
    v += p.weight * p.v;
  }
  if (w <= 0) return;
  x /= w;
  y /= w;
  u /= w;
  v /= w;
  double along = 0, across = 0, spread = 0;
  for (int i = 0; i < count; ++i) {
    const SlipPoint& p = points[i];
    const double dx = p.x - x;
    const double dy = p.y - y;
    along += p.weight * (dx * p.u + dy * p.v);
    across += p.weight * (dx * p.v - dy * p.u);
    spread += p.weight * (dx * dx + dy * dy);
  }
  // Points within less than a pixel tell a shift, not a turn.
  const bool is_spread = spread > w;
  slip->a = is_spread ? along / spread : 0;
  slip->b = is_spread ? across / spread : 0;
  slip->tx = u - slip->a * x + slip->b * y;
  slip->ty = v - slip->b * x - slip->a * y;
}

}  // namespace

Status SlipFit::State::Create(const GrayView& reference) noexcept {
  if (!IsUsable(reference)) return Status::kBadRegions;
  width = reference.width;
  height = reference.height;
  std::int64_t total = 0;
  for (int y = 0; y < height; ++y) {
    const std::uint8_t* row = reference.Row(y);
    total += std::count_if(row, row + width, [](std::uint8_t set) { return set != 0; });
  }
  if (total < kMinPoints) return Status::kBadRegions;
  const std::int64_t kept = std::min<std::int64_t>(total, kMaxPoints);
  const auto size = static_cast<std::size_t>(kept);
  if (!pixel.Allocate(size) || !points.Allocate(size) || !sorted.Allocate(size)) {
    return Status::kNoMemory;
  }
  std::int64_t seen = 0;
  std::size_t next = 0;
  for (std::int32_t i = 0; i < width * height; ++i) {
    if (reference.Row(i / width)[i % width] == 0) continue;
    if (seen * kept / total == static_cast<std::int64_t>(next)) pixel[next++] = i;
    ++seen;
    if (next == size) break;
  }
  return Status::kOk;
}

Status SlipFit::State::Check(const FloatView& flow_px, const FloatView& confidence) const noexcept {
  if (!IsUsable(flow_px) || !IsUsable(confidence)) return Status::kBadImage;
  const bool fits = flow_px.width == 2 * width && flow_px.height == height &&
                    confidence.width == width && confidence.height == height;
  return fits ? Status::kOk : Status::kBadShape;
}

int SlipFit::State::Gather(const FloatView& flow_px, const FloatView& confidence) noexcept {
  int count = 0;
  for (std::size_t i = 0; i < pixel.size(); ++i) {
    const int x = pixel[i] % width;
    const int y = pixel[i] / width;
    const float trust = confidence.Row(y)[x];
    const float u = flow_px.Row(y)[2 * x];
    const float v = flow_px.Row(y)[2 * x + 1];
    if (!(trust >= kMinConfidence) || !std::isfinite(u + v)) continue;
    const double weight = std::min(static_cast<double>(trust), 1.0);
    points[static_cast<std::size_t>(count++)] = {x - (width - 1) / 2.0,
                                                 y - (height - 1) / 2.0,
                                                 static_cast<double>(u),
                                                 static_cast<double>(v),
                                                 weight,
                                                 weight,
                                                 0};
  }
  return count;
}

template <typename Key>
double SlipFit::State::Median(int count, Key key) noexcept {
  std::transform(points.data(), points.data() + count, sorted.data(), key);
  double* middle = sorted.data() + count / 2;
  std::nth_element(sorted.data(), middle, sorted.data() + count);
  return *middle;
}

void SlipFit::State::Weigh(int count, Slip* slip) noexcept {
  for (int i = 0; i < count; ++i) {
    SlipPoint& p = points[static_cast<std::size_t>(i)];
    const double du = p.u - (slip->tx + slip->a * p.x - slip->b * p.y);
    const double dv = p.v - (slip->ty + slip->b * p.x + slip->a * p.y);
    p.error_sq = du * du + dv * dv;
  }
  const double median_sq = Median(count, [](const SlipPoint& p) { return p.error_sq; });
  const double scale_sq = std::max(2 * median_sq, kMinScalePx * kMinScalePx);
  double all = 0, inliers = 0, error = 0;
  for (int i = 0; i < count; ++i) {
    SlipPoint& p = points[static_cast<std::size_t>(i)];
    const double follow = 1 / (1 + p.error_sq / scale_sq);
    p.weight = p.confidence * follow * follow;
    all += p.confidence;
    if (p.error_sq > 4 * scale_sq) continue;
    inliers += p.confidence;
    error += p.confidence * p.error_sq;
  }
  slip->inlier_fraction = all > 0 ? inliers / all : 0;
  slip->residual_px = inliers > 0 ? std::sqrt(error / inliers) : 0;
}

Slip SlipFit::State::Fit(const FloatView& flow_px, const FloatView& confidence) noexcept {
  Slip slip;
  const int count = Gather(flow_px, confidence);
  if (count < kMinPoints) return slip;
  // The medians are a start that a moving minority cannot pull away.
  slip.tx = Median(count, [](const SlipPoint& p) { return p.u; });
  slip.ty = Median(count, [](const SlipPoint& p) { return p.v; });
  Weigh(count, &slip);
  for (int round = 0; round < kMaxRounds; ++round) {
    const Slip last = slip;
    Solve(points.data(), count, &slip);
    Weigh(count, &slip);
    if (std::fabs(slip.tx - last.tx) + std::fabs(slip.ty - last.ty) < kFound &&
        std::fabs(slip.a - last.a) + std::fabs(slip.b - last.b) < kFound / width) {
      break;
    }
  }
  return slip;
}

SlipFit::SlipFit() noexcept = default;
SlipFit::SlipFit(SlipFit&&) noexcept = default;
SlipFit& SlipFit::operator=(SlipFit&&) noexcept = default;
SlipFit::~SlipFit() = default;

Status SlipFit::Create(const GrayView& reference, SlipFit* fit) noexcept {
  if (fit == nullptr) return Status::kNull;
  std::unique_ptr<State> state(new (std::nothrow) State);
  if (!state) return Status::kNoMemory;
  const Status status = state->Create(reference);
  if (status == Status::kOk) fit->state_ = std::move(state);
  return status;
}

Status SlipFit::Run(const FloatView& flow_px, const FloatView& confidence, Slip* slip) noexcept {
  if (!state_) return Status::kNotReady;
  if (slip == nullptr) return Status::kNull;
  const Status status = state_->Check(flow_px, confidence);
  if (status != Status::kOk) return status;
  *slip = state_->Fit(flow_px, confidence);
  return Status::kOk;
}

Status RemoveSlip(const FloatView& flow_px, const Slip& slip, const FloatImage& rest_px) noexcept {
  if (!IsUsable(flow_px) || !IsUsable(rest_px)) return Status::kBadImage;
  if (flow_px.width % 2 != 0 || flow_px.width != rest_px.width ||
      flow_px.height != rest_px.height) {
    return Status::kBadShape;
  }
  const bool is_in_place = flow_px.data == rest_px.data && flow_px.stride == rest_px.stride;
  if (!is_in_place && Overlaps(flow_px, rest_px)) return Status::kOverlap;
  if (!std::isfinite(slip.a) || !std::isfinite(slip.b) || !std::isfinite(slip.tx) ||
      !std::isfinite(slip.ty)) {
    return Status::kBadSlip;
  }
  const int width = flow_px.width / 2;
  for (int row = 0; row < flow_px.height; ++row) {
    const double y = row - (flow_px.height - 1) / 2.0;
    const float* in = flow_px.Row(row);
    float* out = rest_px.Row(row);
    for (int column = 0; column < width; ++column) {
      const double x = column - (width - 1) / 2.0;
      const double u = slip.tx + slip.a * x - slip.b * y;
      const double v = slip.ty + slip.b * x + slip.a * y;
      out[2 * column] = in[2 * column] - static_cast<float>(u);
      out[2 * column + 1] = in[2 * column + 1] - static_cast<float>(v);
    }
  }
  return Status::kOk;
}

}  // namespace mien

#include <algorithm>
#include <cmath>
#include <utility>

#include "core/dispatch.h"
#include "core/overlap.h"
#include "core/range.h"
#include "core/slip_state.h"

namespace mien {
namespace {

constexpr int kMinPoints = 8;
// Half of the samples are enough to come near if so many of them count.
constexpr int kEnoughPoints = 32;
constexpr int kMaxRounds = 20;
// A round's change at the image's border, pixels, below which the slip is found, and below which
// the scale of the deviation is left as it is: the rounds then only close in.
constexpr double kFoundPx = 0.02;
constexpr double kNearPx = 0.05;
// How far to go of what a round finds. The weights of a round hold the next one back, the more so
// the nearer it is; 1.5 saves a sixth of the rounds, 1.7 less, as scattered flow then overshoots.
constexpr double kStride = 1.5;
constexpr float kMinConfidence = 0.02F;
// Smallest scale of the deviation, pixels: below it is the flow's own noise.
constexpr double kMinScalePx = 0.05;

// The start is found to this share of the flow's range: 2 to the power of it.
constexpr int kStartHalvings = 6;

// Squared errors that a median is looked for among: four to an octave, 2^-10..2^6 px^2.
constexpr int kErrorSteps = 16 * 4;

constexpr float ErrorSqAt(int step) noexcept {
  return static_cast<float>((4 + step % 4) << (step / 4)) / 4096.0F;
}

Slip Difference(const Slip& to, const Slip& from) noexcept {
  return {to.a - from.a, to.b - from.b, to.tx - from.tx, to.ty - from.ty, 0, 0};
}

void AddTo(Slip* slip, double times, const Slip& step) noexcept {
  slip->a += times * step.a;
  slip->b += times * step.b;
  slip->tx += times * step.tx;
  slip->ty += times * step.ty;
}

bool IsFinite(const Slip& slip) noexcept {
  return std::isfinite(slip.a) && std::isfinite(slip.b) && std::isfinite(slip.tx) &&
         std::isfinite(slip.ty);
}

}  // namespace

Status SlipFit::State::Create(const GrayView& reference) noexcept {
  if (!IsUsable(reference)) return Status::kBadRegions;
  kernels = &Kernels().motion;
  width = reference.width;
  height = reference.height;
  Buffer<float> weights;
  if (!weights.Allocate(static_cast<std::size_t>(width) * static_cast<std::size_t>(height))) {
    return Status::kNoMemory;
  }
  for (int y = 0; y < height; ++y) {
    const std::uint8_t* row = reference.Row(y);
    std::transform(row, row + width, weights.data() + static_cast<std::ptrdiff_t>(y) * width,
                   [](std::uint8_t set) { return set != 0 ? 1.0F : 0.0F; });
  }
  const WeightMap map = {weights.data(), width, height};
  const WeightSum sum = SumOf(map);
  if (sum.pixels < kMinPoints) return Status::kBadRegions;
  if (!samples_.Allocate(Samples::RoomFor(sum.pixels))) return Status::kNoMemory;
  span_ = samples_.Add(map, {0, height, sum.mean_x, sum.mean_y, sum.total, true});
  middle_x_ = sum.mean_x - (width - 1) / 2.0;
  middle_y_ = sum.mean_y - (height - 1) / 2.0;
  const auto count = static_cast<std::size_t>(span_.count);
  const bool has_room = u_.Allocate(count) && v_.Allocate(count) && weight_.Allocate(count) &&
                        error_sq_.Allocate(count);
  return has_room ? Status::kOk : Status::kNoMemory;
}

Status SlipFit::State::Check(const FloatView& flow_px, const FloatView& confidence) const noexcept {
  if (!IsUsable(flow_px) || !IsUsable(confidence)) return Status::kBadImage;
  const bool fits = flow_px.width == 2 * width && flow_px.height == height &&
                    confidence.width == width && confidence.height == height;
  return fits ? Status::kOk : Status::kBadShape;
}

SlipFit::State::Heard SlipFit::State::Hear(const SampleRows& rows) const noexcept {
  return {rows, kernels->count_below(rows.u, rows.count, kNoFlowPx)};
}

// A value that about half of those that count lie below.
float SlipFit::State::MedianFlow(const float* flow, const Heard& heard) const noexcept {
  float low = 0;
  float high = 0;
  kernels->find_range(flow, heard.rows.count, &low, &high);
  for (int i = 0; i < kStartHalvings; ++i) {
    const float middle = 0.5F * (low + high);
    const int below = kernels->count_below(flow, heard.rows.count, middle);
    (below > heard.counting / 2 ? high : low) = middle;
  }
  return 0.5F * (low + high);
}

// Twice the median of squared deviations, between two steps as the samples' numbers tell.
double SlipFit::State::ScaleSq(const Heard& heard) const noexcept {
  const int half = heard.counting / 2;
  int low = 0;
  int high = kErrorSteps;
  int below_low = 0;
  int below_high = heard.counting;
  while (high - low > 1) {
    const int middle = (low + high) / 2;
    const float limit = ErrorSqAt(middle);
    const int below = kernels->count_below(error_sq_.data(), heard.rows.count, limit);
    (below > half ? high : low) = middle;
    (below > half ? below_high : below_low) = below;
  }
  const auto from = static_cast<double>(ErrorSqAt(low));
  const auto to = static_cast<double>(ErrorSqAt(high));
  const double share = (half + 0.5 - below_low) / std::max(below_high - below_low, 1);
  const double median = from + std::clamp(share, 0.0, 1.0) * (to - from);
  return std::max(2 * median, kMinScalePx * kMinScalePx);
}

void SlipFit::State::Deviate(const SampleRows& rows, const Slip& slip) noexcept {
  const SlipModel model = {static_cast<float>(slip.a), static_cast<float>(slip.b),
                           static_cast<float>(slip.tx), static_cast<float>(slip.ty)};
  kernels->deviate(rows, model, error_sq_.data());
}

// Weighted least squares. About the weighted mean of the samples the four equations come apart into
// two means and two quotients.
Slip SlipFit::State::Solve(const SampleRows& rows, double scale_sq) const noexcept {
  SlipSums s{};
  kernels->weigh(rows, error_sq_.data(), static_cast<float>(1 / scale_sq), &s);
  Slip slip;
  if (s.one <= 0) return slip;
  const double share = 1 / static_cast<double>(s.one);
  const double x = share * static_cast<double>(s.x);
  const double y = share * static_cast<double>(s.y);
  const double u = share * static_cast<double>(s.u);
  const double v = share * static_cast<double>(s.v);
  const double spread = share * static_cast<double>(s.spread) - (x * x + y * y);
  // Samples within less than a pixel tell a shift, not a turn.
  if (spread > 1) {
    slip.a = (share * static_cast<double>(s.along) - (x * u + y * v)) / spread;
    slip.b = (share * static_cast<double>(s.across) - (x * v - y * u)) / spread;
  }
  slip.tx = u - slip.a * x + slip.b * y;
  slip.ty = v - slip.b * x - slip.a * y;
  return slip;
}

// What a step moves at the image's border, pixels.
double SlipFit::State::SizePx(const Slip& step) const noexcept {
  return std::fabs(step.tx) + std::fabs(step.ty) +
         0.5 * std::max(width, height) * (std::fabs(step.a) + std::fabs(step.b));
}

void SlipFit::State::Judge(const SampleRows& rows, double scale_sq, Slip* slip) const noexcept {
  InlierSums sums{};
  const auto limit = static_cast<float>(4 * scale_sq);
  kernels->judge(rows.weight, error_sq_.data(), rows.count, limit, &sums);
  if (sums.inliers <= 0) return;
  const auto inliers = static_cast<double>(sums.inliers);
  slip->inlier_fraction = inliers / static_cast<double>(sums.all);
  slip->residual_px = std::sqrt(static_cast<double>(sums.error_sq) / inliers);
}

// Looks for the slip with half of the samples, then with all of them.
void SlipFit::State::Search(const Heard& all, Slip* slip) noexcept {
  SampleRows half = all.rows;
  half.count = all.rows.count / 2 / kSampleLanes * kSampleLanes;
  Heard heard = Hear(half);
  if (heard.counting < kEnoughPoints) heard = all;
  // The medians are a start that a moving minority cannot pull away.
  slip->tx = static_cast<double>(MedianFlow(all.rows.u, heard));
  slip->ty = static_cast<double>(MedianFlow(all.rows.v, heard));
  double scale_sq = 0;
  double size_px = kNearPx;
  for (int round = 0; round < kMaxRounds; ++round) {
    const bool is_far = size_px >= kNearPx;
    const bool joins = !is_far && heard.rows.count < all.rows.count;
    if (joins) heard = all;
    Deviate(heard.rows, *slip);
    if (is_far || joins) scale_sq = ScaleSq(heard);
    const Slip found = Solve(heard.rows, scale_sq);
    const Slip step = Difference(found, *slip);
    AddTo(slip, round == 0 ? 1 : kStride, step);
    size_px = SizePx(step);
    if (size_px < kFoundPx && heard.rows.count == all.rows.count) break;
  }
  Deviate(all.rows, *slip);
  Judge(all.rows, scale_sq, slip);
}

Slip SlipFit::State::Fit(const FloatView& flow_px, const FloatView& confidence) noexcept {
  Slip slip;
  samples_.Read(flow_px, confidence);
  const RawSamples raw = samples_.Raw(span_);
  kernels->take_samples(raw, kMinConfidence, u_.data(), v_.data(), weight_.data());
  const Heard all = Hear({raw.x, raw.y, u_.data(), v_.data(), weight_.data(), raw.count});
  if (all.counting < kMinPoints) return slip;
  Search(all, &slip);
  // From the samples' middle to the image's.
  slip.tx += slip.b * middle_y_ - slip.a * middle_x_;
  slip.ty -= slip.b * middle_x_ + slip.a * middle_y_;
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

Status SlipFit::RunAll(const FloatStackView& flow_px, const FloatStackView& confidence,
                       Slip* slips) noexcept {
  if (!state_) return Status::kNotReady;
  if (slips == nullptr) return Status::kNull;
  if (!IsUsable(flow_px) || !IsUsable(confidence)) return Status::kBadImage;
  if (flow_px.count != confidence.count) return Status::kBadShape;
  const Status status = state_->Check(flow_px.At(0), confidence.At(0));
  if (status != Status::kOk) return status;
  const ByteRows outputs = BytesOf(slips, static_cast<std::size_t>(flow_px.count));
  if (Overlaps(outputs, BytesOf(flow_px)) || Overlaps(outputs, BytesOf(confidence))) {
    return Status::kOverlap;
  }
  for (int i = 0; i < flow_px.count; ++i) slips[i] = state_->Fit(flow_px.At(i), confidence.At(i));
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
  if (!IsFinite(slip)) return Status::kBadSlip;
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

Status RemoveSlips(const FloatStackView& flow_px, const Slip* slips,
                   const FloatStack& rest_px) noexcept {
  if (slips == nullptr) return Status::kNull;
  if (!IsUsable(flow_px) || !IsUsable(rest_px)) return Status::kBadImage;
  if (flow_px.count != rest_px.count) return Status::kBadShape;
  const bool is_in_place = flow_px.data == rest_px.data;
  if (!is_in_place && Overlaps(flow_px, rest_px)) return Status::kOverlap;
  if (!std::all_of(slips, slips + flow_px.count, IsFinite)) return Status::kBadSlip;
  for (int i = 0; i < flow_px.count; ++i) {
    const Status status = RemoveSlip(flow_px.At(i), slips[i], rest_px.At(i));
    if (status != Status::kOk) return status;
  }
  return Status::kOk;
}

}  // namespace mien

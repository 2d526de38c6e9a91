#include "mien/one_euro.h"

#include <cmath>
#include <utility>

#include "core/buffer.h"
#include "core/overlap.h"
#include "core/range.h"

namespace mien {
namespace {

constexpr double kTwoPi = 6.283185307179586;

// Share of the new value in the mix, for a low-pass of this cut-off over this step.
double Share(double cutoff_hz, double dt_s) noexcept {
  const double turn = kTwoPi * cutoff_hz * dt_s;
  return turn / (1 + turn);
}

struct Channel {
  bool has_value = false;
  std::int64_t t_ns = 0;  // of the last finite value
  double value = 0;
  double speed = 0;  // smoothed, value per second
};

void Follow(const OneEuroParams& params, double value, std::int64_t t_ns,
            Channel* channel) noexcept {
  if (!std::isfinite(value)) return;
  if (!channel->has_value) {
    *channel = {true, t_ns, value, 0};
    return;
  }
  // Unsigned: the difference of two int64 may not fit one.
  const auto dt_ns = static_cast<std::uint64_t>(t_ns) - static_cast<std::uint64_t>(channel->t_ns);
  const double dt_s = static_cast<double>(dt_ns) * 1e-9;
  const double speed = (value - channel->value) / dt_s;
  channel->speed += Share(params.derivative_cutoff_hz, dt_s) * (speed - channel->speed);
  const double cutoff_hz = params.min_cutoff_hz + params.beta * std::fabs(channel->speed);
  channel->value += Share(cutoff_hz, dt_s) * (value - channel->value);
  channel->t_ns = t_ns;
}

}  // namespace

struct OneEuro::State {
  OneEuroParams params;
  bool has_time = false;
  std::int64_t t_ns = 0;
  Buffer<Channel> channels;
};

OneEuro::OneEuro() noexcept = default;
OneEuro::OneEuro(OneEuro&&) noexcept = default;
OneEuro& OneEuro::operator=(OneEuro&&) noexcept = default;
OneEuro::~OneEuro() = default;

Status OneEuro::Create(int count, const OneEuroParams& params, OneEuro* filter) noexcept {
  if (filter == nullptr) return Status::kNull;
  if (!IsWithin(count, 1, 4096) || !IsWithin(params.min_cutoff_hz, 0.01, 1000.0) ||
      !IsWithin(params.beta, 0.0, 100.0) || !IsWithin(params.derivative_cutoff_hz, 0.01, 1000.0)) {
    return Status::kBadFilter;
  }
  std::unique_ptr<State> state(new (std::nothrow) State);
  if (!state || !state->channels.Allocate(static_cast<std::size_t>(count))) {
    return Status::kNoMemory;
  }
  state->params = params;
  filter->state_ = std::move(state);
  return Status::kOk;
}

Status OneEuro::Step(const float* values, std::int64_t t_ns, float* smooth) noexcept {
  if (!state_) return Status::kNotReady;
  if (values == nullptr || smooth == nullptr) return Status::kNull;
  State& state = *state_;
  const std::size_t count = state.channels.size();
  if (smooth != values && Overlaps(BytesOf(values, count), BytesOf(smooth, count))) {
    return Status::kOverlap;
  }
  const bool is_later = !state.has_time || t_ns > state.t_ns;
  if (is_later) {
    state.has_time = true;
    state.t_ns = t_ns;
  }
  for (std::size_t i = 0; i < state.channels.size(); ++i) {
    Channel& channel = state.channels[i];
    if (is_later) Follow(state.params, static_cast<double>(values[i]), t_ns, &channel);
    smooth[i] = static_cast<float>(channel.value);
  }
  return Status::kOk;
}

void OneEuro::Reset() noexcept {
  if (!state_) return;
  state_->has_time = false;
  for (std::size_t i = 0; i < state_->channels.size(); ++i) state_->channels[i] = Channel{};
}

int OneEuro::count() const noexcept {
  return state_ ? static_cast<int>(state_->channels.size()) : 0;
}

}  // namespace mien

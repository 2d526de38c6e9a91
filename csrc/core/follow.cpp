#include "mien/follow.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "core/buffer.h"
#include "core/dispatch.h"
#include "core/overlap.h"
#include "core/range.h"
#include "core/rows.h"

namespace mien {
namespace {

// Displacements are sums over any number of frames; where a frame is read they are limited to this,
// which is wider than any image.
constexpr float kFarPx = 4096.0F;

float Limited(float moved_px) noexcept {
  return std::min(kFarPx, std::max(-kFarPx, moved_px));
}

// Where a pixel lies in the grid: between two of its points, or at the border at the last one.
struct Between {
  int first = 0;
  float share = 0;  // of the next one
};

bool PlaceAlong(int side_px, int step_px, Buffer<Between>* places) noexcept {
  if (!places->Allocate(static_cast<std::size_t>(side_px))) return false;
  const int last = GridSide(side_px, step_px) - 1;
  for (int i = 0; i < side_px; ++i) {
    const int beyond = std::clamp(i - step_px / 2, 0, last * step_px);
    (*places)[static_cast<std::size_t>(i)] = {
        beyond / step_px, static_cast<float>(beyond % step_px) / static_cast<float>(step_px)};
  }
  return true;
}

// What of the flow's image is read for a point.
struct Bilinear {
  int corner = 0;  // left or upper
  float share = 0;

  // `most` is just short of the last pixel, so that the next one is there.
  Bilinear(float place_px, float most) noexcept {
    const float held = std::min(most, std::max(0.0F, place_px));
    corner = static_cast<int>(held);
    share = held - static_cast<float>(corner);
  }
};

// Whether one of two outputs shares memory with the other or with the input.
template <typename Output, typename Input>
bool AnyOverlap(const Output& a, const Output& b, const Input& input) noexcept {
  return Overlaps(a, b) || Overlaps(a, input) || Overlaps(b, input);
}

constexpr float LastPlace(int side_px) noexcept {
  return static_cast<float>(side_px - 1.001);
}

}  // namespace

struct Follower::State {
  int width = 0;
  int height = 0;
  FollowParams params;
  const FollowKernels* kernels = nullptr;
  bool is_started = false;
  bool is_first = true;
  DenseFlow flow;
  FlowImage key;
  FlowImage before;
  FlowImage now;
  FlowImage back;             // the frame pulled back
  Buffer<Between> column_at;  // of each pixel of a row
  Buffer<Between> row_at;     // of each row of pixels
  Rows<float> flow_px;        // what the flow writes
  Rows<float> confidence;
  Rows<float> moved_px;      // of the points, in the frame before
  Rows<float> limited;       // a row of them, one pair more at the end
  Rows<float> wide;          // a ring of two rows of the grid, brought to the pixels' columns
  Rows<std::uint8_t> gray;   // two rows of a frame, whole vectors
  Rows<std::int16_t> quads;  // of a frame
  Rows<std::uint8_t> pulled;

  Status Create() noexcept;
  bool Allocate() noexcept;
  bool Fits(int frame_width, int frame_height) const noexcept;
  template <typename Outputs>
  bool FitGrid(const Outputs& moved, const Outputs& trust) const noexcept;
  int columns() const noexcept { return GridSide(width, params.step_px); }
  int rows() const noexcept { return GridSide(height, params.step_px); }
  Status Run(const FlowImage& from, const FlowImage& to) noexcept;
  void Advance() noexcept;
  void Prepare(const GrayView& frame) noexcept;
  void Widen(int row) noexcept;
  void Pull(const GrayView& frame) noexcept;
  void Hold(float gain) noexcept;
  void Write(const FloatImage& moved, const FloatImage& trust) const noexcept;
  [[nodiscard]] Status Check(const GrayView& frame, const FloatImage& moved,
                             const FloatImage& trust) const noexcept;
};

bool Follower::State::Allocate() noexcept {
  return PlaceAlong(width, params.step_px, &column_at) &&
         PlaceAlong(height, params.step_px, &row_at) && flow_px.Allocate(2 * width, height) &&
         confidence.Allocate(width, height) && moved_px.Allocate(2 * columns(), rows()) &&
         limited.Allocate(2 * columns() + 2, 1) && wide.Allocate(2 * width, 2) &&
         gray.Allocate(width, 2) && quads.Allocate(2 * width, height - 1) &&
         pulled.Allocate(width, height);
}

Status Follower::State::Create() noexcept {
  Status status = DenseFlow::Create(width, height, params.flow, &flow);
  for (FlowImage* image : {&key, &before, &now, &back}) {
    if (status == Status::kOk) {
      status = FlowImage::Create(width, height, params.flow.levels, image);
    }
  }
  if (status != Status::kOk) return status;
  const bool is_good = IsWithin(params.step_px, 2, 16) && IsWithin(params.key_gain, 0.0F, 1.0F);
  if (!is_good) return Status::kBadFollowParams;
  kernels = &Kernels().follow;
  return Allocate() ? Status::kOk : Status::kNoMemory;
}

bool Follower::State::Fits(int frame_width, int frame_height) const noexcept {
  return frame_width == width && frame_height == height;
}

template <typename Outputs>
bool Follower::State::FitGrid(const Outputs& moved, const Outputs& trust) const noexcept {
  return moved.width == 2 * columns() && moved.height == rows() && trust.width == columns() &&
         trust.height == rows();
}

Status Follower::State::Run(const FlowImage& from, const FlowImage& to) noexcept {
  return flow.Between(from, to, {flow_px.Row(0), 2 * width, height, flow_px.stride()},
                      {confidence.Row(0), width, height, confidence.stride()});
}

// Adds the flow that the points meet where they are, bilinear, held at the border.
void Follower::State::Advance() noexcept {
  const auto step = static_cast<float>(params.step_px);
  const auto start = static_cast<float>(params.step_px / 2);
  for (int row = 0; row < rows(); ++row) {
    float* moved = moved_px.Row(row);
    const float y = start + static_cast<float>(row) * step;
    for (int column = 0; column < columns(); ++column) {
      const Bilinear at_x(start + static_cast<float>(column) * step + moved[2 * column],
                          LastPlace(width));
      const Bilinear at_y(y + moved[2 * column + 1], LastPlace(height));
      const float* upper = flow_px.Row(at_y.corner) + 2 * at_x.corner;
      const float* lower = upper + flow_px.stride();
      for (int k = 0; k < 2; ++k) {
        const float top = upper[k] * (1 - at_x.share) + upper[k + 2] * at_x.share;
        const float bottom = lower[k] * (1 - at_x.share) + lower[k + 2] * at_x.share;
        moved[2 * column + k] += top * (1 - at_y.share) + bottom * at_y.share;
      }
    }
  }
}

// Lays each row of a frame beside the next, as `PullRow` reads them.
void Follower::State::Prepare(const GrayView& frame) noexcept {
  const auto padded = [&](int y) -> const std::uint8_t* {
    const std::uint8_t* row = frame.Row(y);
    if (width % 16 == 0) return row;
    std::copy(row, row + width, gray.Row(y % 2));
    return gray.Row(y % 2);
  };
  const std::uint8_t* upper = padded(0);
  for (int y = 0; y + 1 < height; ++y) {
    const std::uint8_t* lower = padded(y + 1);
    kernels->gray_quads_row(upper, lower, width, quads.Row(y));
    upper = lower;
  }
}

// Brings a row of the grid to the pixels' columns.
void Follower::State::Widen(int row) noexcept {
  const int count = 2 * columns();
  const float* moved = moved_px.Row(row);
  float* held = limited.Row(0);
  std::transform(moved, moved + count, held, Limited);
  std::copy(held + count - 2, held + count, held + count);
  float* out = wide.Row(row % 2);
  for (int x = 0; x < width; ++x) {
    const Between at = column_at[static_cast<std::size_t>(x)];
    const float* left = held + static_cast<std::ptrdiff_t>(2) * at.first;
    out[2 * x] = left[0] + at.share * (left[2] - left[0]);
    out[2 * x + 1] = left[1] + at.share * (left[3] - left[1]);
  }
}

// Shows a frame as the key frame would be seen, had the skin not moved.
void Follower::State::Pull(const GrayView& frame) noexcept {
  Prepare(frame);
  int widened = 0;
  for (int y = 0; y < height; ++y) {
    const Between at = row_at[static_cast<std::size_t>(y)];
    const int next = std::min(at.first + 1, rows() - 1);
    for (; widened <= next; ++widened) Widen(widened);
    kernels->pull_row(quads.Row(0), {wide.Row(at.first % 2), wide.Row(next % 2), at.share},
                      {width, height, quads.stride(), y}, pulled.Row(y));
  }
}

// Adds what the key frame says, as far as it is trusted.
void Follower::State::Hold(float gain) noexcept {
  const int step = params.step_px;
  for (int row = 0; row < rows(); ++row) {
    const float* key_px = flow_px.Row(step / 2 + row * step);
    const float* trust = confidence.Row(step / 2 + row * step);
    float* moved = moved_px.Row(row);
    for (int column = 0; column < columns(); ++column) {
      const int x = step / 2 + column * step;
      const float share = gain * trust[x];
      moved[2 * column] += share * key_px[2 * x];
      moved[2 * column + 1] += share * key_px[2 * x + 1];
    }
  }
}

Status Follower::State::Check(const GrayView& frame, const FloatImage& moved,
                              const FloatImage& trust) const noexcept {
  if (!is_started) return Status::kNotReady;
  if (!IsUsable(frame) || !IsUsable(moved) || !IsUsable(trust)) return Status::kBadImage;
  if (!Fits(frame.width, frame.height) || !FitGrid(moved, trust)) return Status::kBadShape;
  return AnyOverlap(moved, trust, frame) ? Status::kOverlap : Status::kOk;
}

void Follower::State::Write(const FloatImage& moved, const FloatImage& trust) const noexcept {
  const int step = params.step_px;
  for (int row = 0; row < rows(); ++row) {
    std::copy(moved_px.Row(row), moved_px.Row(row) + 2 * columns(), moved.Row(row));
    const float* from = confidence.Row(step / 2 + row * step);
    float* to = trust.Row(row);
    for (int column = 0; column < columns(); ++column) to[column] = from[step / 2 + column * step];
  }
}

Follower::Follower() noexcept = default;
Follower::Follower(Follower&&) noexcept = default;
Follower& Follower::operator=(Follower&&) noexcept = default;
Follower::~Follower() = default;

Status Follower::Create(int width, int height, const FollowParams& params,
                        Follower* follower) noexcept {
  if (follower == nullptr) return Status::kNull;
  std::unique_ptr<State> state(new (std::nothrow) State);
  if (!state) return Status::kNoMemory;
  state->width = width;
  state->height = height;
  state->params = params;
  const Status status = state->Create();
  if (status == Status::kOk) follower->state_ = std::move(state);
  return status;
}

Status Follower::Start(const GrayView& key) noexcept {
  if (!state_) return Status::kNotReady;
  const Status status = state_->key.Set(key);
  if (status != Status::kOk) return status;
  state_->is_started = true;
  state_->is_first = true;
  return Status::kOk;
}

Status Follower::Follow(const GrayView& frame, const FloatImage& moved_px,
                        const FloatImage& trust) noexcept {
  if (!state_) return Status::kNotReady;
  State& state = *state_;
  Status status = state.Check(frame, moved_px, trust);
  if (status != Status::kOk) return status;
  std::swap(state.before, state.now);
  status = state.now.Set(frame);
  if (status == Status::kOk && !state.is_first) status = state.Run(state.before, state.now);
  if (status != Status::kOk) return status;
  if (state.is_first) {
    state.moved_px.Clear();
  } else {
    state.Advance();
  }
  state.Pull(frame);
  status = state.back.Set({state.pulled.Row(0), state.width, state.height, state.pulled.stride()});
  if (status == Status::kOk) status = state.Run(state.key, state.back);
  if (status != Status::kOk) return status;
  if (state.params.is_held) state.Hold(state.is_first ? 1.0F : state.params.key_gain);
  state.is_first = false;
  state.Write(moved_px, trust);
  return Status::kOk;
}

Status Follower::Run(const GrayView& key, const GrayStack& frames, const FloatStack& moved_px,
                     const FloatStack& trust) noexcept {
  if (!state_) return Status::kNotReady;
  if (!IsUsable(key) || !IsUsable(frames) || !IsUsable(moved_px) || !IsUsable(trust)) {
    return Status::kBadImage;
  }
  if (!state_->Fits(key.width, key.height) || !state_->Fits(frames.width, frames.height) ||
      !state_->FitGrid(moved_px, trust) || moved_px.count != frames.count ||
      trust.count != frames.count) {
    return Status::kBadShape;
  }
  if (AnyOverlap(moved_px, trust, frames) || Overlaps(moved_px, key) || Overlaps(trust, key)) {
    return Status::kOverlap;
  }
  Status status = Start(key);
  for (int i = 0; i < frames.count && status == Status::kOk; ++i) {
    status = Follow(frames.At(i), moved_px.At(i), trust.At(i));
  }
  return status;
}

}  // namespace mien

#include "mien/flow.h"

#include <algorithm>
#include <utility>

#include "core/box_sum.h"
#include "core/lucas_kanade.h"
#include "core/overlap.h"
#include "core/pyramid.h"
#include "core/range.h"

namespace mien {
namespace {

constexpr int kMinLevelSidePx = 8;
// Texture at which the confidence of a perfect match is one half, in squared contrast per squared
// pixel.
constexpr float kHalfTexture = 2e-3F;

// Bilinear, with pixel centres kept in place: fine pixel x lies at coarse (x - 0.5) / 2.
void Enlarge(const Plane& coarse, const Plane& fine) noexcept {
  for (int y = 0; y < fine.height; ++y) {
    const int near_y = y / 2;
    const int far_y = std::clamp(near_y + (y % 2 == 0 ? -1 : 1), 0, coarse.height - 1);
    const float* near_row = coarse.Row(near_y);
    const float* far_row = coarse.Row(far_y);
    float* out = fine.Row(y);
    for (int x = 0; x < fine.width; ++x) {
      const int near_x = x / 2;
      const int far_x = std::clamp(near_x + (x % 2 == 0 ? -1 : 1), 0, coarse.width - 1);
      const float near_value = 0.75F * near_row[near_x] + 0.25F * near_row[far_x];
      const float far_value = 0.75F * far_row[near_x] + 0.25F * far_row[far_x];
      out[x] = 2.0F * (0.75F * near_value + 0.25F * far_value);
    }
  }
}

Status Check(int width, int height, const FlowParams& params) noexcept {
  if (!IsWithin(width, 16, 2048) || !IsWithin(height, 16, 2048)) return Status::kBadFlowSize;
  if (!IsWithin(params.levels, 1, kMaxLevels) || !IsOddWithin(params.window_px, 5, 31) ||
      !IsWithin(params.updates, 1, 5) || !IsOddWithin(params.smoothing_px, 1, 15)) {
    return Status::kBadFlowParams;
  }
  return Status::kOk;
}

}  // namespace

struct DenseFlow::State {
  int width = 0;
  int height = 0;
  int levels = 0;
  FlowParams params;
  Pyramid previous;
  Pyramid current;
  LucasKanade step;
  BoxMean smooth;
  BoxMean spread;
  PlaneBuffer texture;
  PlaneBuffer flow_x[2];  // the level's and the coarser one's, by turns
  PlaneBuffer flow_y[2];

  [[nodiscard]] bool Allocate() noexcept;
  FlowPlanes Level(int level) const noexcept;
  void Estimate() noexcept;
  void Grade(const FlowPlanes& flow, const FloatImage& confidence) noexcept;
};

bool DenseFlow::State::Allocate() noexcept {
  for (int i = 0; i < 2; ++i) {
    if (!flow_x[i].Allocate(width, height) || !flow_y[i].Allocate(width, height)) return false;
  }
  return previous.Allocate(width, height, levels) && current.Allocate(width, height, levels) &&
         step.Allocate(width, height, params.window_px) &&
         smooth.Allocate(width, height, params.smoothing_px) &&
         spread.Allocate(width, height, params.window_px) && texture.Allocate(width, height);
}

FlowPlanes DenseFlow::State::Level(int level) const noexcept {
  const int w = LevelSide(width, level);
  const int h = LevelSide(height, level);
  return {flow_x[level % 2].Part(w, h), flow_y[level % 2].Part(w, h)};
}

void DenseFlow::State::Estimate() noexcept {
  for (int level = levels - 1; level >= 0; --level) {
    const FlowPlanes flow = Level(level);
    if (level == levels - 1) {
      std::fill_n(flow.x.data, flow.x.width * flow.x.height, 0.0F);
      std::fill_n(flow.y.data, flow.y.width * flow.y.height, 0.0F);
    } else {
      Enlarge(Level(level + 1).x, flow.x);
      Enlarge(Level(level + 1).y, flow.y);
    }
    // One more where it is cheap: the large motions are found there.
    const int updates = params.updates + (level > 0 ? 1 : 0);
    for (int i = 0; i < updates; ++i) {
      const bool is_last = level == 0 && i + 1 == updates;
      step.Update(previous.level(level), current.level(level), flow,
                  is_last ? texture.plane() : Plane{});
      smooth.Run(flow.x);
      smooth.Run(flow.y);
    }
  }
}

void DenseFlow::State::Grade(const FlowPlanes& flow, const FloatImage& confidence) noexcept {
  step.Warp(previous.level(0), current.level(0), flow);
  const Plane residual = step.difference();
  const Plane is_inside = step.is_inside();
  for (int i = 0; i < width * height; ++i) residual.data[i] *= residual.data[i];
  spread.Run(residual);
  for (int y = 0; y < height; ++y) {
    const float* texture_row = texture.plane().Row(y);
    const float* residual_row = residual.Row(y);
    const float* is_inside_row = is_inside.Row(y);
    float* out = confidence.Row(y);
    for (int x = 0; x < width; ++x) {
      const float texture_here = texture_row[x];
      const float rest = std::max(residual_row[x], 0.0F) + kHalfTexture;
      out[x] = is_inside_row[x] * texture_here / (texture_here + rest);
    }
  }
}

DenseFlow::DenseFlow() noexcept = default;
DenseFlow::DenseFlow(DenseFlow&&) noexcept = default;
DenseFlow& DenseFlow::operator=(DenseFlow&&) noexcept = default;
DenseFlow::~DenseFlow() = default;

Status DenseFlow::Create(int width, int height, const FlowParams& params,
                         DenseFlow* flow) noexcept {
  if (flow == nullptr) return Status::kNull;
  const Status status = Check(width, height, params);
  if (status != Status::kOk) return status;
  std::unique_ptr<State> state(new (std::nothrow) State);
  if (!state) return Status::kNoMemory;
  state->width = width;
  state->height = height;
  state->params = params;
  state->levels = 1;
  while (state->levels < params.levels &&
         LevelSide(std::min(width, height), state->levels) >= kMinLevelSidePx) {
    ++state->levels;
  }
  if (!state->Allocate()) return Status::kNoMemory;
  flow->state_ = std::move(state);
  return Status::kOk;
}

Status DenseFlow::Run(const GrayView& previous, const GrayView& current, const FloatImage& flow_px,
                      const FloatImage& confidence) noexcept {
  if (!state_) return Status::kNotReady;
  if (!IsUsable(previous) || !IsUsable(current) || !IsUsable(flow_px) || !IsUsable(confidence)) {
    return Status::kBadImage;
  }
  State& state = *state_;
  const auto fits = [&state](int width, int height) {
    return width == state.width && height == state.height;
  };
  if (!fits(previous.width, previous.height) || !fits(current.width, current.height) ||
      !fits(confidence.width, confidence.height) || flow_px.width != 2 * state.width ||
      flow_px.height != state.height) {
    return Status::kBadShape;
  }
  if (Overlaps(flow_px, confidence) || Overlaps(flow_px, previous) || Overlaps(flow_px, current) ||
      Overlaps(confidence, previous) || Overlaps(confidence, current)) {
    return Status::kOverlap;
  }
  state.previous.Build(previous);
  state.current.Build(current);
  state.Estimate();
  const FlowPlanes flow = state.Level(0);
  state.Grade(flow, confidence);
  for (int y = 0; y < state.height; ++y) {
    float* out = flow_px.Row(y);
    for (int x = 0; x < state.width; ++x) {
      out[2 * x] = flow.x.Row(y)[x];
      out[2 * x + 1] = flow.y.Row(y)[x];
    }
  }
  return Status::kOk;
}

}  // namespace mien

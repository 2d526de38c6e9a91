#include "mien/flow.h"

#include <algorithm>
#include <utility>

#include "core/cell_flow.h"
#include "core/dispatch.h"
#include "core/flow_image.h"
#include "core/overlap.h"
#include "core/range.h"

namespace mien {
namespace {

// Whole cells with one in the middle.
constexpr bool IsCellBox(int side_px, int low, int high) noexcept {
  return IsWithin(side_px, low, high) && side_px % 4 == 2;
}

Status Check(const FlowParams& params) noexcept {
  const bool is_good = IsWithin(params.levels, 1, kMaxLevels) &&
                       IsCellBox(params.window_px, 6, 2 * kMaxWindowCells) &&
                       IsWithin(params.updates, 1, 5) &&
                       IsCellBox(params.smoothing_px, 2, 2 * kMaxWindowCells);
  return is_good ? Status::kOk : Status::kBadFlowParams;
}

}  // namespace

struct DenseFlow::State {
  int width = 0;
  int height = 0;
  FlowParams params;
  const FlowKernels* kernels = nullptr;
  FlowImage previous;
  FlowImage current;
  CellFlow step;
  FlowGrid flow[kMaxLevels];  // of each level
  Rows<float> confidence;     // of each cell
  Rows<float> pixels;         // a row of the outputs, and scratch

  [[nodiscard]] bool Allocate(int levels) noexcept;
  void Compute(const Pyramid& before, const Pyramid& after, int levels) noexcept;
  void Enlarge(const FlowGrid& coarse, const FlowGrid& fine) noexcept;
  void Write(const FloatImage& flow_px, const FloatImage& confidence_image) noexcept;
};

bool DenseFlow::State::Allocate(int levels) noexcept {
  for (int i = 0; i < levels; ++i) {
    const int cells = CellSide(LevelSide(width, i));
    if (!flow[i].Allocate(2 * cells, CellSide(LevelSide(height, i)))) return false;
  }
  const int cells = CellSide(width);
  const int rows = CellSide(height);
  return step.Allocate(width, height, {params.window_px / 2, params.smoothing_px / 2}, kernels) &&
         confidence.Allocate(cells, rows) && pixels.Allocate(2 * width, 2);
}

void DenseFlow::State::Enlarge(const FlowGrid& coarse, const FlowGrid& fine) noexcept {
  for (int y = 0; y < fine.height(); ++y) {
    kernels->enlarge_flow_row(coarse.Row(y / 2), coarse.Row(FarRow(y, coarse.height())),
                              coarse.width(), 2.0F, pixels.Row(1), fine.Row(y));
  }
}

void DenseFlow::State::Compute(const Pyramid& before, const Pyramid& after, int levels) noexcept {
  flow[levels - 1].Clear();
  for (int level = levels - 1; level >= 0; --level) {
    if (level + 1 < levels) Enlarge(flow[level + 1], flow[level]);
    // More where they are cheap: the large motions are found there.
    const int updates = params.updates + std::clamp(level - 1, 0, 2);
    for (int i = 0; i < updates; ++i) {
      const bool is_last = level == 0 && i + 1 == updates;
      step.Update(before.level(level), after.quads(level), flow[level],
                  is_last ? &confidence : nullptr);
    }
  }
}

void DenseFlow::State::Write(const FloatImage& flow_px,
                             const FloatImage& confidence_image) noexcept {
  const bool is_whole = width % 16 == 0;  // or whole vectors would reach over the row's end
  for (int y = 0; y < height; ++y) {
    const int far = FarRow(y, confidence.height());
    float* flow_row = is_whole ? flow_px.Row(y) : pixels.Row(0);
    kernels->enlarge_flow_row(flow[0].Row(y / 2), flow[0].Row(far), flow[0].width(), 1.0F,
                              pixels.Row(1), flow_row);
    if (!is_whole) std::copy(flow_row, flow_row + 2 * width, flow_px.Row(y));
    float* confidence_row = is_whole ? confidence_image.Row(y) : pixels.Row(0);
    kernels->enlarge_float_row(confidence.Row(y / 2), confidence.Row(far), confidence.width(),
                               pixels.Row(1), confidence_row);
    if (!is_whole) std::copy(confidence_row, confidence_row + width, confidence_image.Row(y));
  }
}

DenseFlow::DenseFlow() noexcept = default;
DenseFlow::DenseFlow(DenseFlow&&) noexcept = default;
DenseFlow& DenseFlow::operator=(DenseFlow&&) noexcept = default;
DenseFlow::~DenseFlow() = default;

Status DenseFlow::Create(int width, int height, const FlowParams& params,
                         DenseFlow* flow) noexcept {
  if (flow == nullptr) return Status::kNull;
  std::unique_ptr<State> state(new (std::nothrow) State);
  if (!state) return Status::kNoMemory;
  state->width = width;
  state->height = height;
  state->params = params;
  state->kernels = &Kernels().flow;
  Status status = FlowImage::Create(width, height, params.levels, &state->previous);
  if (status == Status::kOk) status = Check(params);
  if (status == Status::kOk) {
    status = FlowImage::Create(width, height, params.levels, &state->current);
  }
  if (status != Status::kOk) return status;
  if (!state->Allocate(state->previous.state_->levels)) return Status::kNoMemory;
  flow->state_ = std::move(state);
  return Status::kOk;
}

Status DenseFlow::CheckOutputs(const FloatImage& flow_px,
                               const FloatImage& confidence) const noexcept {
  if (!IsUsable(flow_px) || !IsUsable(confidence)) return Status::kBadImage;
  if (flow_px.width != 2 * state_->width || flow_px.height != state_->height ||
      confidence.width != state_->width || confidence.height != state_->height) {
    return Status::kBadShape;
  }
  return Overlaps(flow_px, confidence) ? Status::kOverlap : Status::kOk;
}

Status DenseFlow::Run(const GrayView& previous, const GrayView& current, const FloatImage& flow_px,
                      const FloatImage& confidence) noexcept {
  if (!state_) return Status::kNotReady;
  const Status status = CheckOutputs(flow_px, confidence);
  if (status != Status::kOk) return status;
  for (const GrayView& view : {previous, current}) {
    if (!IsUsable(view)) return Status::kBadImage;
    if (view.width != state_->width || view.height != state_->height) return Status::kBadShape;
    if (Overlaps(flow_px, view) || Overlaps(confidence, view)) return Status::kOverlap;
  }
  const int levels = state_->previous.state_->levels;
  state_->previous.state_->pyramid.Build(previous, false);
  state_->current.state_->pyramid.Build(current, true);
  state_->Compute(state_->previous.state_->pyramid, state_->current.state_->pyramid, levels);
  state_->Write(flow_px, confidence);
  return Status::kOk;
}

Status DenseFlow::Between(const FlowImage& previous, const FlowImage& current,
                          const FloatImage& flow_px, const FloatImage& confidence) noexcept {
  if (!state_ || !previous.state_ || !current.state_) return Status::kNotReady;
  const Status status = CheckOutputs(flow_px, confidence);
  if (status != Status::kOk) return status;
  const int levels = state_->previous.state_->levels;
  for (const FlowImage* image : {&previous, &current}) {
    if (!image->state_->is_set) return Status::kNotReady;
    if (image->state_->width != state_->width || image->state_->height != state_->height ||
        image->state_->levels != levels) {
      return Status::kBadShape;
    }
  }
  state_->Compute(previous.state_->pyramid, current.state_->pyramid, levels);
  state_->Write(flow_px, confidence);
  return Status::kOk;
}

}  // namespace mien

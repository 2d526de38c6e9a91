#include "core/flow_image.h"

#include <algorithm>
#include <utility>

#include "core/dispatch.h"
#include "core/range.h"

namespace mien {
namespace {

constexpr int kMinLevelSidePx = 8;

// What an image of that size can have of `levels`.
int LevelsOf(int width, int height, int levels) noexcept {
  int count = 1;
  while (count < levels && LevelSide(std::min(width, height), count) >= kMinLevelSidePx) ++count;
  return count;
}

}  // namespace

FlowImage::FlowImage() noexcept = default;
FlowImage::FlowImage(FlowImage&&) noexcept = default;
FlowImage& FlowImage::operator=(FlowImage&&) noexcept = default;
FlowImage::~FlowImage() = default;

Status FlowImage::Create(int width, int height, int levels, FlowImage* image) noexcept {
  if (image == nullptr) return Status::kNull;
  if (!IsWithin(width, 16, 2048) || !IsWithin(height, 16, 2048)) return Status::kBadFlowSize;
  if (!IsWithin(levels, 1, kMaxLevels)) return Status::kBadFlowParams;
  std::unique_ptr<State> state(new (std::nothrow) State);
  if (!state) return Status::kNoMemory;
  state->width = width;
  state->height = height;
  state->levels = LevelsOf(width, height, levels);
  if (!state->pyramid.Allocate(width, height, state->levels, &Kernels().flow)) {
    return Status::kNoMemory;
  }
  image->state_ = std::move(state);
  return Status::kOk;
}

Status FlowImage::Set(const GrayView& gray) noexcept {
  if (!state_) return Status::kNotReady;
  if (!IsUsable(gray)) return Status::kBadImage;
  if (gray.width != state_->width || gray.height != state_->height) return Status::kBadShape;
  state_->pyramid.Build(gray, true);
  state_->is_set = true;
  return Status::kOk;
}

}  // namespace mien

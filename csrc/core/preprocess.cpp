#include "mien/preprocess.h"

#include <utility>

#include "core/dispatch.h"
#include "core/lens.h"
#include "core/normalise.h"
#include "core/overlap.h"
#include "core/range.h"
#include "core/remap.h"

namespace mien {
namespace {

Status Check(const PreprocessParams& params) noexcept {
  if (!IsWithin(params.size, 8, 1024)) return Status::kBadCrop;
  if (!IsOddWithin(params.window_px, 9, 127) || !IsWithin(params.std_floor, 0.5F, 64.0F) ||
      !IsWithin(params.scale, 1e-6F, 1e3F) || !IsWithin(params.zero_point, -128, 127)) {
    return Status::kBadNormalise;
  }
  return Status::kOk;
}

bool IsSquare(int width, int height, int size) noexcept {
  return width == size && height == size;
}

}  // namespace

struct Preprocess::State {
  int frame_width = 0;
  int frame_height = 0;
  int size = 0;
  Remap remap;
  Normalise normalise;
};

Preprocess::Preprocess() noexcept = default;
Preprocess::Preprocess(Preprocess&&) noexcept = default;
Preprocess& Preprocess::operator=(Preprocess&&) noexcept = default;
Preprocess::~Preprocess() = default;

Status Preprocess::Create(const CameraParams& camera, const PreprocessParams& params,
                          Preprocess* preprocess) noexcept {
  if (preprocess == nullptr) return Status::kNull;
  Status status = mien::Check(camera);
  if (status == Status::kOk) status = Check(params);
  if (status != Status::kOk) return status;
  const PreprocessKernels& kernels = Kernels().preprocess;
  std::unique_ptr<State> state(new (std::nothrow) State);
  if (!state || !state->normalise.Create(params, kernels)) return Status::kNoMemory;
  state->frame_width = camera.width;
  state->frame_height = camera.height;
  state->size = params.size;
  status = state->remap.Create(camera, params.size, kernels);
  if (status == Status::kOk) preprocess->state_ = std::move(state);
  return status;
}

Status Preprocess::Run(const FrameView& frame, const GrayImage& gray,
                       const QuantImage& quant) noexcept {
  if (!state_) return Status::kNotReady;
  if (!IsUsable(frame) || !IsUsable(gray) || !IsUsable(quant)) return Status::kBadImage;
  if (frame.width != state_->frame_width || frame.height != state_->frame_height ||
      !IsSquare(gray.width, gray.height, state_->size) ||
      !IsSquare(quant.width, quant.height, state_->size)) {
    return Status::kBadShape;
  }
  const GrayView bytes = BytesOf(frame);
  if (Overlaps(bytes, gray) || Overlaps(bytes, quant) || Overlaps(gray, quant)) {
    return Status::kOverlap;
  }
  state_->remap.Run(frame, gray);
  state_->normalise.Run({gray.data, gray.width, gray.height, gray.stride}, quant);
  return Status::kOk;
}

}  // namespace mien

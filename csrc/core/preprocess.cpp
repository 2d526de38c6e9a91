#include "mien/preprocess.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "core/box_stats.h"
#include "core/lens.h"
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

// Nearest whole number, ties to even, for |value| < 2^22: adding 1.5 * 2^23 leaves no bits below
// one. std::nearbyint does the same through a library call on CPUs without SSE4.1.
float RoundToEven(float value) noexcept {
  constexpr float kShift = 12582912.0F;
  return (value + kShift) - kShift;
}

}  // namespace

struct Preprocess::State {
  CameraParams camera;
  PreprocessParams params;
  Remap remap;
  BoxStats stats;

  void Quantise(const GrayView& gray, const QuantImage& quant) noexcept;
};

// Numerator and denominator are both taken times the box's area: gray * area - sum and
// area^2 * variance = area * square - sum^2 are whole numbers below 2^53, so nothing cancels.
void Preprocess::State::Quantise(const GrayView& gray, const QuantImage& quant) noexcept {
  const int area = stats.area();
  const double area_d = area;
  const float floor = params.std_floor * static_cast<float>(area);
  const float scale = params.scale;
  const auto zero_point = static_cast<float>(params.zero_point);
  const std::int32_t* sum = stats.sum();
  const std::int32_t* square = stats.square();
  stats.Start(gray);
  for (int y = 0; y < gray.height; ++y) {
    stats.Next();
    const std::uint8_t* in = gray.Row(y);
    std::int8_t* out = quant.Row(y);
    for (int x = 0; x < gray.width; ++x) {
      const double sum_d = sum[x];
      const auto spread = static_cast<float>(area_d * square[x] - sum_d * sum_d);
      const auto above = static_cast<float>(in[x] * area - sum[x]);
      const float steps = above / ((std::sqrt(spread) + floor) * scale);
      const float code = RoundToEven(std::min(std::max(steps, -512.0F), 512.0F)) + zero_point;
      out[x] = static_cast<std::int8_t>(std::min(std::max(code, -128.0F), 127.0F));
    }
  }
}

Preprocess::Preprocess() noexcept = default;
Preprocess::Preprocess(Preprocess&&) noexcept = default;
Preprocess& Preprocess::operator=(Preprocess&&) noexcept = default;
Preprocess::~Preprocess() = default;

Status Preprocess::Create(const CameraParams& camera, const PreprocessParams& params,
                          Preprocess* preprocess) noexcept {
  Status status = mien::Check(camera);
  if (status == Status::kOk) status = Check(params);
  if (status != Status::kOk) return status;
  std::unique_ptr<State> state(new (std::nothrow) State);
  if (!state || !state->stats.Allocate(params.size, params.window_px)) return Status::kNoMemory;
  state->camera = camera;
  state->params = params;
  status = state->remap.Create(camera, params.size);
  if (status == Status::kOk) preprocess->state_ = std::move(state);
  return status;
}

Status Preprocess::Run(const GrayView& sensor, const GrayImage& gray,
                       const QuantImage& quant) noexcept {
  if (!state_) return Status::kNotReady;
  if (!IsUsable(sensor) || !IsUsable(gray) || !IsUsable(quant)) return Status::kBadImage;
  const int size = state_->params.size;
  if (sensor.width != state_->camera.width || sensor.height != state_->camera.height ||
      gray.width != size || gray.height != size || quant.width != size || quant.height != size) {
    return Status::kBadShape;
  }
  state_->remap.Run(sensor, gray);
  state_->Quantise({gray.data, size, size, gray.stride}, quant);
  return Status::kOk;
}

}  // namespace mien

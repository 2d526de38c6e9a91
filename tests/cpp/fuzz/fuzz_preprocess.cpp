// Any camera, any settings, any views: refused without a trace, or done inside the outputs.

#include <algorithm>

#include "fuzz/every_table.h"
#include "mien/preprocess.h"

namespace mien::test {
namespace {

CameraParams RandomCamera(FuzzInput* input) {
  CameraParams camera;
  camera.width = input->AnyInt(1, 90);
  camera.height = input->AnyInt(1, 90);
  camera.fx = input->AnyReal(1, 200);
  camera.fy = input->AnyReal(1, 200);
  camera.cx = input->AnyReal(-20, 110);
  camera.cy = input->AnyReal(-20, 110);
  camera.lens = static_cast<Lens>(input->AnyInt(0, 2));
  for (double& k : camera.distortion) k = input->AnyReal(-0.5, 0.5);
  const double x0 = input->AnyReal(-30, 90);
  const double y0 = input->AnyReal(-30, 90);
  camera.crop_xyxy_px = {x0, y0, x0 + input->AnyReal(0.01, 120), y0 + input->AnyReal(0.01, 120)};
  camera.rotation_deg = input->AnyReal(-180, 180);
  camera.is_mirrored = input->Flag();
  return camera;
}

PreprocessParams RandomParams(FuzzInput* input) {
  PreprocessParams params;
  params.size = input->AnyInt(8, 49);
  // The largest size takes long; that it is the largest is for mien_tests to show.
  if (params.size > 64 && params.size <= 1024) params.size = 64;
  params.window_px = input->AnyStep(9, 127, 2);
  params.std_floor = static_cast<float>(input->AnyReal(0.5, 64));
  params.scale = static_cast<float>(input->AnyReal(1e-6, 2));
  params.zero_point = input->AnyInt(-128, 127);
  return params;
}

// Averages lie between the darkest and the brightest pixel.
void HoldRange(const GrayView& sensor, const GrayView& gray) {
  std::uint8_t low = 255;
  std::uint8_t high = 0;
  for (int y = 0; y < sensor.height; ++y) {
    low = std::min(low, *std::min_element(sensor.Row(y), sensor.Row(y) + sensor.width));
    high = std::max(high, *std::max_element(sensor.Row(y), sensor.Row(y) + sensor.width));
  }
  for (int y = 0; y < gray.height; ++y) {
    for (int x = 0; x < gray.width; ++x) {
      HOLDS(gray.Row(y)[x] >= low && gray.Row(y)[x] <= high);
    }
  }
}

void Fuzz(FuzzInput* input) {
  const CameraParams camera = RandomCamera(input);
  const PreprocessParams params = RandomParams(input);
  Arena arena(input, false);
  // A camera that will be refused still gets views; of 90 pixels a side at most.
  const Place sensor = arena.Add(std::clamp(camera.width, 1, 90), std::clamp(camera.height, 1, 90),
                                 sizeof(std::uint8_t));
  const int size = std::clamp(params.size, 1, 64);
  const Place gray = arena.Add(size, size, sizeof(std::uint8_t));
  const Place quant = arena.Add(size, size, sizeof(std::int8_t));
  Bytes start = arena.Make();
  FillGray(sensor, input, &start);
  const Result done = WithEveryTable(start, [&](Bytes* bytes) {
    Preprocess preprocess;
    const Status status = Preprocess::Create(camera, params, &preprocess);
    const Status then =
        preprocess.Run(ViewOf<const std::uint8_t>(sensor, bytes), ViewOf<std::uint8_t>(gray, bytes),
                       ViewOf<std::int8_t>(quant, bytes));
    HOLDS(status == Status::kOk || then == Status::kNotReady);
    return status == Status::kOk ? then : status;
  });
  if (done.status != Status::kOk) {
    HoldUntouched(start, done.bytes, {});
    return;
  }
  HOLDS(!Share(sensor, gray, start.size()) && !Share(sensor, quant, start.size()) &&
        !Share(gray, quant, start.size()));
  HoldUntouched(start, done.bytes, {gray, quant});
  Bytes bytes = done.bytes;
  HoldRange(ViewOf<const std::uint8_t>(sensor, &bytes), ViewOf<const std::uint8_t>(gray, &bytes));
}

}  // namespace
}  // namespace mien::test

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  mien::test::FuzzInput input(data, size);
  mien::test::Fuzz(&input);
  return 0;
}

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

struct Case {
  CameraParams camera;
  PreprocessParams params;
  PixelFormat format = PixelFormat::kGray8;
  Place frame;  // bytes
  Place gray;
  Place quant;
};

Case RandomCase(FuzzInput* input, Arena* arena) {
  Case c;
  c.camera = RandomCamera(input);
  c.params = RandomParams(input);
  c.format = static_cast<PixelFormat>(input->AnyInt(0, 3));
  // A camera that will be refused still gets views; of 90 pixels a side at most.
  const int bytes = std::max(BytesPerPixel(c.format), 1);
  c.frame = arena->Add(std::clamp(c.camera.width, 1, 90) * bytes,
                       std::clamp(c.camera.height, 1, 90), sizeof(std::uint8_t));
  const int size = std::clamp(c.params.size, 1, 64);
  c.gray = arena->Add(size, size, sizeof(std::uint8_t));
  c.quant = arena->Add(size, size, sizeof(std::int8_t));
  return c;
}

FrameView FrameIn(const Case& c, Bytes* bytes) {
  const auto view = ViewOf<const std::uint8_t>(c.frame, bytes);
  const int width = view.width / std::max(BytesPerPixel(c.format), 1);
  return {view.data, width, view.height, view.stride, c.format};
}

Status Run(const Case& c, Bytes* bytes) {
  Preprocess preprocess;
  const Status status = Preprocess::Create(c.camera, c.params, &preprocess);
  const Status then = preprocess.Run(FrameIn(c, bytes), ViewOf<std::uint8_t>(c.gray, bytes),
                                     ViewOf<std::int8_t>(c.quant, bytes));
  HOLDS(status == Status::kOk || then == Status::kNotReady);
  return status == Status::kOk ? then : status;
}

// Gray lies between the darkest and the brightest byte that tells brightness.
void HoldRange(const FrameView& frame, const GrayView& gray) {
  const int step = frame.format == PixelFormat::kYuyv ? 2 : 1;
  std::uint8_t low = 255;
  std::uint8_t high = 0;
  for (int y = 0; y < frame.height; ++y) {
    for (int x = 0; x < frame.width * BytesPerPixel(frame.format); x += step) {
      low = std::min(low, frame.Row(y)[x]);
      high = std::max(high, frame.Row(y)[x]);
    }
  }
  for (int y = 0; y < gray.height; ++y) {
    for (int x = 0; x < gray.width; ++x) HOLDS(gray.Row(y)[x] >= low && gray.Row(y)[x] <= high);
  }
}

}  // namespace

void Fuzz(FuzzInput* input) {
  Arena arena(input);
  const Case c = RandomCase(input, &arena);
  Bytes start = arena.Make();
  FillGray(c.frame, input, &start);
  const std::vector<Place> places{c.frame, c.gray, c.quant};
  const Result done = WithEveryTable(start, places, [&](Bytes* bytes) { return Run(c, bytes); });
  if (done.status != Status::kOk) {
    HoldUntouched(start, done.bytes, {});
    return;
  }
  HOLDS(!Share(c.frame, c.gray, start.size()) && !Share(c.frame, c.quant, start.size()));
  HOLDS(!Share(c.gray, c.quant, start.size()));
  HoldUntouched(start, done.bytes, {c.gray, c.quant});
  Bytes bytes = done.bytes;
  HoldRange(FrameIn(c, &bytes), ViewOf<const std::uint8_t>(c.gray, &bytes));
}

}  // namespace mien::test

// Objects of their own keep threads apart: each gives what one thread alone gives.

#include <cstdint>
#include <cstring>
#include <thread>
#include <vector>

#include "flow_fields.h"
#include "harness.h"
#include "images.h"
#include "mien/flow.h"
#include "mien/motion.h"
#include "mien/one_euro.h"
#include "mien/preprocess.h"

namespace mien::test {
namespace {

constexpr int kThreads = 4;

// All bytes that a few frames give, from sensor to smoothed values; empty on failure.
std::vector<unsigned char> TrackFrames(std::uint32_t seed) {
  constexpr int kSide = 32;
  PreprocessParams params;
  params.size = kSide;
  CameraParams camera = WholeImage(60, 44);
  camera.rotation_deg = static_cast<double>(seed) * 10;
  const Image<std::uint8_t> reference(kSide, kSide, 1);
  const Image<float> weights(kSide, kSide, 0.5F);
  Preprocess preprocess;
  DenseFlow flow;
  RegionMotion motion;
  OneEuro filter;
  if (Preprocess::Create(camera, params, &preprocess) != Status::kOk ||
      DenseFlow::Create(kSide, kSide, {}, &flow) != Status::kOk ||
      RegionMotion::Create(weights.pixels.data(), 1, reference.View(), &motion) != Status::kOk ||
      OneEuro::Create(5, {}, &filter) != Status::kOk) {
    return {};
  }
  Image<std::uint8_t> gray[] = {{kSide, kSide}, {kSide, kSide}};
  Image<std::int8_t> quant(kSide, kSide);
  Image<float> flow_px(2 * kSide, kSide);
  Image<float> confidence(kSide, kSide);
  Slip slip;
  RegionValues values;
  float smooth[5];
  std::vector<unsigned char> bytes;
  const auto keep = [&bytes](const void* data, std::size_t size) {
    const auto* first = static_cast<const unsigned char*>(data);
    bytes.insert(bytes.end(), first, first + size);
  };
  for (int frame = 0; frame < 4; ++frame) {
    const auto sensor = Texture(60, 44, frame * 0.7, seed);
    Image<std::uint8_t>& now = gray[frame % 2];
    const Image<std::uint8_t>& last = gray[(frame + 1) % 2];
    if (preprocess.Run(sensor.View(), now.Mutable(), quant.Mutable()) != Status::kOk ||
        flow.Run(last.View(), now.View(), flow_px.Mutable(), confidence.Mutable()) != Status::kOk ||
        motion.Run(flow_px.View(), confidence.View(), &slip, &values) != Status::kOk ||
        RemoveSlip(flow_px.View(), slip, flow_px.Mutable()) != Status::kOk ||
        filter.Step(&values.mean_x_px, frame * 10'000'000, smooth) != Status::kOk) {
      return {};
    }
    keep(quant.pixels.data(), quant.pixels.size());
    keep(flow_px.pixels.data(), flow_px.pixels.size() * sizeof(float));
    keep(smooth, sizeof(smooth));
  }
  return bytes;
}

TEST(ThreadsWithObjectsOfTheirOwnDoNotDisturbEachOther) {
  // First all at once, so that what is set up on the first call is raced for.
  std::vector<unsigned char> got[kThreads];
  std::vector<std::thread> threads;
  for (std::uint32_t i = 0; i < kThreads; ++i) {
    threads.emplace_back([&got, i] {
      for (int round = 0; round < 3; ++round) got[i] = TrackFrames(i);
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (std::uint32_t i = 0; i < kThreads; ++i) {
    EXPECT(!got[i].empty());
    EXPECT(got[i] == TrackFrames(i));
  }
}

}  // namespace
}  // namespace mien::test

// Nothing that runs per frame asks for memory.

#include <vector>

#include "allocation_count.h"
#include "flow_fields.h"
#include "harness.h"
#include "images.h"
#include "mien/flow.h"
#include "mien/follow.h"
#include "mien/kernels.h"
#include "mien/motion.h"
#include "mien/one_euro.h"
#include "mien/preprocess.h"

namespace mien::test {
namespace {

// Allocations of a few calls, the very first of the object among them.
template <typename Call>
long AllocationsOf(Call call) {
  const long before = AllocationCount();
  for (int i = 0; i < 3; ++i) EXPECT(call() == Status::kOk);
  return AllocationCount() - before;
}

// Runs a test with each kernel table, the default one last.
template <typename Test>
void WithEveryTable(Test test) {
  for (int i = 0; i < KernelTableCount(); ++i) {
    EXPECT(UseKernels(KernelTableName(i)) == Status::kOk);
    test();
  }
}

TEST(AnAllocationIsCounted) {
  const long before = AllocationCount();
  int* volatile number = new int(1);  // volatile: or the compiler may leave both out
  delete number;
  EXPECT(AllocationCount() - before >= 2);
}

TEST(PreprocessAllocatesNothing) {
  WithEveryTable([] {
    CameraParams camera = WholeImage(200, 160);
    camera.lens = Lens::kFisheye;
    camera.rotation_deg = 20;
    Preprocess preprocess;
    EXPECT(Preprocess::Create(camera, {}, &preprocess) == Status::kOk);
    const auto sensor = Noise(600, 160, 1);
    Image<std::uint8_t> gray(128, 128);
    Image<std::int8_t> quant(128, 128);
    for (const auto format :
         {PixelFormat::kGray8, PixelFormat::kYuyv, PixelFormat::kNv12, PixelFormat::kBgr8}) {
      const FrameView frame{sensor.pixels.data(), 200, 160, 600, format};
      EXPECT(AllocationsOf(
                 [&] { return preprocess.Run(frame, gray.Mutable(), quant.Mutable()); }) == 0);
    }
  });
}

TEST(FlowAllocatesNothing) {
  WithEveryTable([] {
    DenseFlow flow;
    EXPECT(DenseFlow::Create(131, 70, {}, &flow) == Status::kOk);
    const auto first = Texture(131, 70);
    const auto second = Texture(131, 70, 2, 1);
    Image<float> flow_px(262, 70);
    Image<float> confidence(131, 70);
    EXPECT(AllocationsOf([&] {
             return flow.Run(first.View(), second.View(), flow_px.Mutable(), confidence.Mutable());
           }) == 0);
  });
}

TEST(FlowOfImagesMadeReadyAllocatesNothing) {
  WithEveryTable([] {
    DenseFlow flow;
    FlowImage first;
    FlowImage second;
    EXPECT(DenseFlow::Create(64, 70, {}, &flow) == Status::kOk);
    EXPECT(FlowImage::Create(64, 70, FlowParams{}.levels, &first) == Status::kOk);
    EXPECT(FlowImage::Create(64, 70, FlowParams{}.levels, &second) == Status::kOk);
    const auto gray = Texture(64, 70);
    Image<float> flow_px(128, 70);
    Image<float> confidence(64, 70);
    EXPECT(AllocationsOf([&] { return first.Set(gray.View()); }) == 0);
    EXPECT(second.Set(gray.View()) == Status::kOk);
    EXPECT(AllocationsOf([&] {
             return flow.Between(first, second, flow_px.Mutable(), confidence.Mutable());
           }) == 0);
  });
}

TEST(FollowingAllocatesNothing) {
  WithEveryTable([] {
    Follower follower;
    EXPECT(Follower::Create(37, 50, {}, &follower) == Status::kOk);
    const auto gray = Texture(37, 50);
    Image<float> moved_px(2 * GridSide(37, 4), GridSide(50, 4));
    Image<float> trust(GridSide(37, 4), GridSide(50, 4));
    EXPECT(AllocationsOf([&] { return follower.Start(gray.View()); }) == 0);
    EXPECT(AllocationsOf([&] {
             return follower.Follow(gray.View(), moved_px.Mutable(), trust.Mutable());
           }) == 0);
  });
}

TEST(MotionAllocatesNothing) {
  const Image<float> flow_px = FlowOf(Slip{0.01, 0.02, 1, 2, 0, 0}, 64, 48);
  const Image<float> confidence(64, 48, 0.5F);
  const Image<std::uint8_t> reference(64, 48, 1);
  const Image<float> weights(64, 48 * 3, 1);
  RegionMotion motion;
  SlipFit fit;
  EXPECT(RegionMotion::Create(weights.pixels.data(), 3, reference.View(), &motion) == Status::kOk);
  EXPECT(SlipFit::Create(reference.View(), &fit) == Status::kOk);
  Slip slip;
  RegionValues values[3];
  Image<float> rest_px(128, 48);
  const auto run = [&] { return motion.Run(flow_px.View(), confidence.View(), &slip, values); };
  EXPECT(AllocationsOf(run) == 0);
  EXPECT(AllocationsOf([&] { return fit.Run(flow_px.View(), confidence.View(), &slip); }) == 0);
  EXPECT(AllocationsOf([&] { return RemoveSlip(flow_px.View(), slip, rest_px.Mutable()); }) == 0);
}

TEST(OneEuroAllocatesNothing) {
  OneEuro filter;
  EXPECT(OneEuro::Create(64, {}, &filter) == Status::kOk);
  std::vector<float> values(64, 0.5F);
  std::int64_t t_ns = 0;
  EXPECT(AllocationsOf([&] { return filter.Step(values.data(), t_ns += 10, values.data()); }) == 0);
  const long before = AllocationCount();
  filter.Reset();
  EXPECT(AllocationCount() == before);
}

// A refusal in the frame loop must cost no memory either.
TEST(RefusalsAllocateNothing) {
  DenseFlow flow;
  EXPECT(DenseFlow::Create(16, 16, {}, &flow) == Status::kOk);
  OneEuro filter;
  const long before = AllocationCount();
  EXPECT(flow.Run({}, {}, {}, {}) == Status::kBadImage);
  EXPECT(filter.Step(nullptr, 0, nullptr) == Status::kNotReady);
  EXPECT(Describe(Status::kBadImage)[0] != '\0');
  EXPECT(AllocationCount() == before);
}

}  // namespace
}  // namespace mien::test

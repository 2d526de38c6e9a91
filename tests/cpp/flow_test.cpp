#include "mien/flow.h"

#include <cmath>

#include "harness.h"
#include "images.h"

namespace mien::test {
namespace {

struct Result {
  Image<float> flow_px;
  Image<float> confidence;
};

Result Run(const GrayView& previous, const GrayView& current, const FlowParams& params = {}) {
  DenseFlow flow;
  EXPECT(DenseFlow::Create(previous.width, previous.height, params, &flow) == Status::kOk);
  Result result{{2 * previous.width, previous.height}, {previous.width, previous.height}};
  EXPECT(flow.Run(previous, current, result.flow_px.Mutable(), result.confidence.Mutable()) ==
         Status::kOk);
  return result;
}

// Mean distance from (x_px, y_px) over the pixels at least `border` from the edge.
double MeanError(const Result& result, double x_px, double y_px, int border) {
  double sum = 0;
  int count = 0;
  for (int y = border; y < result.confidence.height - border; ++y) {
    for (int x = border; x < result.confidence.width - border; ++x, ++count) {
      sum += std::hypot(static_cast<double>(result.flow_px.At(2 * x, y)) - x_px,
                        static_cast<double>(result.flow_px.At(2 * x + 1, y)) - y_px);
    }
  }
  return sum / count;
}

double MeanConfidence(const Result& result) {
  double sum = 0;
  for (float value : result.confidence.pixels) sum += static_cast<double>(value);
  return sum / static_cast<double>(result.confidence.pixels.size());
}

TEST(TheFlowOfAShiftedImageIsTheShift) {
  const double shifts[][2] = {{0, 0}, {1, 0}, {0, -1}, {0.4, 0.3}, {-2.5, 3.5}, {7, -5}, {-8, 6}};
  for (const auto& shift : shifts) {
    const Result result =
        Run(Texture(128, 128).View(), Texture(128, 128, shift[0], shift[1]).View());
    EXPECT_NEAR(MeanError(result, shift[0], shift[1], 16), 0, 0.03);
    EXPECT(MeanConfidence(result) > 0.6);
  }
}

TEST(OddSizesWorkLikeEvenOnes) {
  for (int width : {16, 61, 99}) {
    for (int height : {16, 47, 128}) {
      const Result result =
          Run(Texture(width, height).View(), Texture(width, height, 0.7, -0.6).View());
      EXPECT_NEAR(MeanError(result, 0.7, -0.6, 4), 0, 0.12);
    }
  }
}

TEST(EverySettingFindsASmallShift) {
  for (int levels : {1, 3, 6}) {
    for (int window : {6, 10, 14, 18}) {
      for (int smoothing : {2, 6, 18}) {
        const FlowParams params{levels, window, 2, smoothing};
        const Result result = Run(Texture(96, 80).View(), Texture(96, 80, 0.5, 0.5).View(), params);
        // The smallest window without smoothing is noisy, but nearer to the shift than to 0.
        EXPECT(MeanError(result, 0.5, 0.5, 12) < 0.35);
      }
    }
  }
}

TEST(EqualImagesHaveNoFlowAtAll) {
  const auto image = Noise(64, 64, 1);
  const Result result = Run(image.View(), image.View());
  for (float value : result.flow_px.pixels) EXPECT(value == 0.0F);
}

TEST(AFlatImageHasNoFlowAndNoConfidence) {
  const Image<std::uint8_t> dark(64, 64, 10);
  const Image<std::uint8_t> bright(64, 64, 250);
  const Result result = Run(dark.View(), bright.View());
  for (float value : result.flow_px.pixels) EXPECT(value == 0.0F);
  for (float value : result.confidence.pixels) EXPECT(value == 0.0F);
}

TEST(GainAndOffsetAreNotMotion) {
  auto current = Texture(128, 128, 1.5, -1);
  for (auto& gray : current.pixels) gray = static_cast<std::uint8_t>(30 + gray * 3 / 4);
  const Result result = Run(Texture(128, 128).View(), current.View());
  EXPECT_NEAR(MeanError(result, 1.5, -1, 16), 0, 0.1);
}

TEST(DoublingTheGainChangesNothing) {
  auto previous = Texture(128, 128);
  auto current = Texture(128, 128, 0.8, 0.6);
  for (auto& gray : previous.pixels) gray = static_cast<std::uint8_t>(gray / 2);
  for (auto& gray : current.pixels) gray = static_cast<std::uint8_t>(gray / 2);
  const Result once = Run(previous.View(), current.View());
  for (auto& gray : current.pixels) gray = static_cast<std::uint8_t>(gray * 2);
  const Result twice = Run(previous.View(), current.View());
  double change = 0;
  for (std::size_t i = 0; i < once.flow_px.pixels.size(); ++i) {
    change += std::fabs(static_cast<double>(twice.flow_px.pixels[i] - once.flow_px.pixels[i]));
  }
  // Not nothing: a part of the contrast floor does not grow with the gain.
  EXPECT_NEAR(change / static_cast<double>(once.flow_px.pixels.size()), 0, 0.05);
}

TEST(ConfidenceIsBetweenZeroAndOneAndZeroWhereTheCellLeaves) {
  const Result result = Run(Texture(128, 128).View(), Texture(128, 128, 6, 0).View());
  for (int y = 0; y < 128; ++y) {
    for (int x = 0; x < 128; ++x) {
      const float value = result.confidence.At(x, y);
      EXPECT(value >= 0.0F && value <= 1.0F);
      // Two pixels further out than the image's edge no cell that is mixed in stays inside.
      if (static_cast<float>(x) + result.flow_px.At(2 * x, y) > 129.0F) EXPECT(value == 0.0F);
    }
  }
}

TEST(UnlikeImagesHaveLessConfidenceThanLikeOnes) {
  const auto image = Noise(96, 96, 2);
  const double alike = MeanConfidence(Run(image.View(), image.View()));
  EXPECT(MeanConfidence(Run(image.View(), Noise(96, 96, 3).View())) < 0.5 * alike);
}

TEST(FlowOfViewsEqualsFlowOfCopies) {
  const auto frame = Texture(100, 90);
  const auto moved = Texture(100, 90, 1, 2);
  Image<std::uint8_t> first(64, 48);
  Image<std::uint8_t> second(64, 48);
  for (int y = 0; y < 48; ++y) {
    for (int x = 0; x < 64; ++x) {
      first.At(x, y) = frame.At(x + 9, y + 13);
      second.At(x, y) = moved.At(x + 9, y + 13);
    }
  }
  const Result copies = Run(first.View(), second.View());
  const Result views = Run({&frame.At(9, 13), 64, 48, 100}, {&moved.At(9, 13), 64, 48, 100});
  EXPECT(copies.flow_px.pixels == views.flow_px.pixels);
  EXPECT(copies.confidence.pixels == views.confidence.pixels);
}

TEST(ImagesMadeReadyGiveTheFlowOfTheImages) {
  const auto first = Texture(61, 47);
  const auto second = Texture(61, 47, 1, 2);
  FlowImage ready[2];
  for (FlowImage& image : ready) EXPECT(FlowImage::Create(61, 47, 5, &image) == Status::kOk);
  EXPECT(ready[0].Set(first.View()) == Status::kOk);
  EXPECT(ready[1].Set(second.View()) == Status::kOk);
  DenseFlow flow;
  EXPECT(DenseFlow::Create(61, 47, {}, &flow) == Status::kOk);
  for (int from : {0, 1}) {
    const Result wanted =
        Run((from == 0 ? first : second).View(), (from == 0 ? second : first).View());
    Result got{{2 * 61, 47}, {61, 47}};
    EXPECT(flow.Between(ready[from], ready[1 - from], got.flow_px.Mutable(),
                        got.confidence.Mutable()) == Status::kOk);
    EXPECT(got.flow_px.pixels == wanted.flow_px.pixels);
    EXPECT(got.confidence.pixels == wanted.confidence.pixels);
  }
}

TEST(AnObjectThatWorkedBeforeGivesWhatAFreshOneGives) {
  const int sizes[][2] = {{64, 64}, {17, 31}, {61, 47}, {33, 16}};
  for (const auto& [width, height] : sizes) {
    DenseFlow flow;
    EXPECT(DenseFlow::Create(width, height, {}, &flow) == Status::kOk);
    Result used{{2 * width, height}, {width, height}};
    const auto still = Texture(width, height);
    const auto moved = Texture(width, height, 2, 1);
    const auto noise = Noise(width, height, 4);
    EXPECT(flow.Run(noise.View(), still.View(), used.flow_px.Mutable(),
                    used.confidence.Mutable()) == Status::kOk);
    EXPECT(flow.Run(still.View(), moved.View(), used.flow_px.Mutable(),
                    used.confidence.Mutable()) == Status::kOk);
    const Result fresh = Run(still.View(), moved.View());
    EXPECT(used.flow_px.pixels == fresh.flow_px.pixels);
    EXPECT(used.confidence.pixels == fresh.confidence.pixels);
  }
}

TEST(AStillImageIsTrustedUpToItsLastColumnAndRow) {
  for (int side : {63, 64}) {
    const auto image = Texture(side, side);
    const Result result = Run(image.View(), image.View());
    for (int at = 8; at < side - 8; ++at) {
      EXPECT(result.confidence.At(side - 1, at) > 0.1F);
      EXPECT(result.confidence.At(at, side - 1) > 0.1F);
    }
  }
}

}  // namespace
}  // namespace mien::test

// Following skin through frames, and the median image.

#include "mien/follow.h"

#include <cmath>
#include <vector>

#include "harness.h"
#include "images.h"
#include "mien/median.h"

namespace mien::test {
namespace {

// A stack that owns its pixels.
template <typename T>
struct Frames {
  int count, width, height;
  std::vector<T> pixels;

  Frames(int n, int w, int h, T fill = T{})
      : count(n), width(w), height(h), pixels(static_cast<std::size_t>(n * w * h), fill) {}

  ImageStack<const T> View() const { return {pixels.data(), count, width, height}; }
  ImageStack<T> Mutable() { return {pixels.data(), count, width, height}; }
};

// The key texture moved on by (0.9, -0.5) px a frame.
Frames<std::uint8_t> Drift(int count, int width, int height) {
  Frames<std::uint8_t> frames(count, width, height);
  auto at = frames.pixels.begin();
  for (int i = 0; i < count; ++i) {
    const auto frame = Texture(width, height, 0.9 * i, -0.5 * i);
    at = std::copy(frame.pixels.begin(), frame.pixels.end(), at);
  }
  return frames;
}

TEST(AFollowedPointGoesWhereTheTextureGoes) {
  constexpr int kSide = 96;
  constexpr int kCount = 16;
  const Frames<std::uint8_t> frames = Drift(kCount, kSide, kSide);
  const int grid = GridSide(kSide, 4);
  EXPECT(grid == 24);
  Frames<float> moved(kCount, 2 * grid, grid);
  Frames<float> trust(kCount, grid, grid);
  Follower follower;
  EXPECT(Follower::Create(kSide, kSide, {}, &follower) == Status::kOk);
  EXPECT(follower.Run(frames.View().At(0), frames.View(), moved.Mutable(), trust.Mutable()) ==
         Status::kOk);
  for (int i = 0; i < kCount; ++i) {
    double error = 0;
    for (int y = 5; y < grid - 5; ++y) {
      for (int x = 5; x < grid - 5; ++x) {
        const float* at = moved.View().At(i).Row(y) + 2 * x;
        error +=
            std::hypot(static_cast<double>(at[0]) - 0.9 * i, static_cast<double>(at[1]) + 0.5 * i);
      }
    }
    EXPECT(error / ((grid - 10) * (grid - 10)) < 0.12);
  }
}

TEST(FollowingFrameByFrameIsTheSameAsAllAtOnce) {
  const Frames<std::uint8_t> frames = Drift(4, 37, 50);
  FollowParams params;
  params.step_px = 5;
  const int columns = GridSide(37, 5);
  const int rows = GridSide(50, 5);
  Frames<float> moved(4, 2 * columns, rows);
  Frames<float> trust(4, columns, rows);
  Follower all;
  Follower each;
  EXPECT(Follower::Create(37, 50, params, &all) == Status::kOk);
  EXPECT(Follower::Create(37, 50, params, &each) == Status::kOk);
  const GrayView key = frames.View().At(0);
  // What was followed before leaves no trace.
  EXPECT(all.Run(frames.View().At(3), frames.View(), moved.Mutable(), trust.Mutable()) ==
         Status::kOk);
  EXPECT(all.Run(key, frames.View(), moved.Mutable(), trust.Mutable()) == Status::kOk);
  Frames<float> moved_each(4, 2 * columns, rows);
  Frames<float> trust_each(4, columns, rows);
  EXPECT(each.Start(key) == Status::kOk);
  for (int i = 0; i < 4; ++i) {
    EXPECT(each.Follow(frames.View().At(i), moved_each.Mutable().At(i),
                       trust_each.Mutable().At(i)) == Status::kOk);
  }
  EXPECT(moved.pixels == moved_each.pixels);
  EXPECT(trust.pixels == trust_each.pixels);
}

TEST(AFollowerThatIsNotHeldSumsTheStepsUp) {
  const Frames<std::uint8_t> frames = Drift(3, 64, 64);
  FollowParams params;
  params.is_held = false;
  Follower follower;
  EXPECT(Follower::Create(64, 64, params, &follower) == Status::kOk);
  Frames<float> moved(3, 32, 16);
  Frames<float> trust(3, 16, 16);
  EXPECT(follower.Run(frames.View().At(2), frames.View(), moved.Mutable(), trust.Mutable()) ==
         Status::kOk);
  for (int i = 0; i < 32 * 16; ++i) EXPECT(moved.pixels[static_cast<std::size_t>(i)] == 0.0F);
  EXPECT_NEAR(moved.View().At(2).Row(8)[16], 1.8, 0.2);
}

// Everything a follower needs, 16 x 20 pixels, a grid of 4 x 5 points.
struct FollowCase {
  Frames<std::uint8_t> frames = Drift(3, 16, 20);
  Frames<float> moved{3, 8, 5, 7};
  Frames<float> trust{3, 4, 5, 7};
  Follower follower;

  Status Create() { return Follower::Create(16, 20, {}, &follower); }
  Status Run(const GrayView& key, const GrayStack& grays, const FloatStack& moved_px) {
    return follower.Run(key, grays, moved_px, trust.Mutable());
  }
  bool IsUntouched() const {
    for (float value : moved.pixels) {
      if (value != 7.0F) return false;
    }
    return trust.pixels[0] == 7.0F;
  }
};

TEST(FollowRefusesBadSettings) {
  FollowCase c;
  const auto create = [&](const FollowParams& params) {
    return Follower::Create(16, 20, params, &c.follower);
  };
  EXPECT(Follower::Create(16, 20, {}, nullptr) == Status::kNull);
  EXPECT(Follower::Create(15, 20, {}, &c.follower) == Status::kBadFlowSize);
  EXPECT(create({{0, 10, 1, 14}}) == Status::kBadFlowParams);
  EXPECT(create({{}, 1}) == Status::kBadFollowParams);
  EXPECT(create({{}, 17}) == Status::kBadFollowParams);
  EXPECT(create({{}, 4, -0.1F}) == Status::kBadFollowParams);
  EXPECT(create({{}, 4, std::nanf("")}) == Status::kBadFollowParams);
  EXPECT(c.follower.Start(c.frames.View().At(0)) == Status::kNotReady);
  EXPECT(create({{}, 16, 1.0F}) == Status::kOk);
}

TEST(FollowRefusesBadStacksUntouched) {
  FollowCase c;
  const GrayStack frames = c.frames.View();
  const GrayView key = frames.At(0);
  const FloatStack moved = c.moved.Mutable();
  EXPECT(c.Run(key, frames, moved) == Status::kNotReady);
  EXPECT(c.Create() == Status::kOk);
  EXPECT(c.follower.Follow(key, moved.At(0), c.trust.Mutable().At(0)) == Status::kNotReady);
  EXPECT(c.Run({}, frames, moved) == Status::kBadImage);
  EXPECT(c.Run(key, {}, moved) == Status::kBadImage);
  EXPECT(c.Run(key, frames, {}) == Status::kBadImage);
  EXPECT(c.Run({key.data, 15, 20, 16}, frames, moved) == Status::kBadShape);
  EXPECT(c.Run(key, {frames.data, 3, 20, 16}, moved) == Status::kBadShape);
  EXPECT(c.Run(key, {frames.data, 2, 16, 20}, moved) == Status::kBadShape);
  EXPECT(c.Run(key, frames, {moved.data, 3, 5, 8}) == Status::kBadShape);
  EXPECT(c.Run(key, frames, {c.trust.pixels.data(), 3, 8, 5}) == Status::kOverlap);
  EXPECT(c.Run(key, frames, {reinterpret_cast<float*>(c.frames.pixels.data()), 3, 8, 5}) ==
         Status::kOverlap);
  EXPECT(c.IsUntouched());
  EXPECT(c.Run(key, frames, moved) == Status::kOk);
  EXPECT(!c.IsUntouched());
}

TEST(FollowRefusesBadViewsUntouched) {
  FollowCase c;
  const GrayView frame = c.frames.View().At(1);
  const FloatImage moved = c.moved.Mutable().At(0);
  const FloatImage trust = c.trust.Mutable().At(0);
  EXPECT(c.Create() == Status::kOk);
  EXPECT(c.follower.Start({frame.data, 16, 19, 16}) == Status::kBadShape);
  EXPECT(c.follower.Start(frame) == Status::kOk);
  EXPECT(c.follower.Follow({}, moved, trust) == Status::kBadImage);
  EXPECT(c.follower.Follow(frame, {}, trust) == Status::kBadImage);
  EXPECT(c.follower.Follow(frame, moved, {}) == Status::kBadImage);
  EXPECT(c.follower.Follow({frame.data, 15, 20, 16}, moved, trust) == Status::kBadShape);
  // NOLINTNEXTLINE(readability-suspicious-call-argument): swapped on purpose
  EXPECT(c.follower.Follow(frame, trust, moved) == Status::kBadShape);
  EXPECT(c.follower.Follow(frame, {trust.data, 8, 5, 8}, trust) == Status::kOverlap);
  EXPECT(c.IsUntouched());
}

TEST(TheMedianImageIsTheMiddleOfEachPixel) {
  Frames<std::uint8_t> images(4, 70, 3);
  for (std::size_t i = 0; i < 210; ++i) {
    images.pixels[i] = 9;
    images.pixels[210 + i] = static_cast<std::uint8_t>(i);
    images.pixels[420 + i] = 100;
    images.pixels[630 + i] = 255;
  }
  Image<float> median(70, 3);
  EXPECT(MedianImage(images.View(), median.Mutable()) == Status::kOk);
  for (int i = 0; i < 210; ++i) {
    const double wanted =
        i <= 9 ? 54.5 : (std::fmin(i, 100) + std::fmax(std::fmin(i, 255), 100)) / 2;
    EXPECT_NEAR(median.pixels[static_cast<std::size_t>(i)], wanted, 0);
  }
  images.count = 3;
  EXPECT(MedianImage(images.View(), median.Mutable()) == Status::kOk);
  EXPECT(median.At(50, 0) == 50.0F && median.At(5, 0) == 9.0F && median.At(69, 2) == 100.0F);
}

TEST(TheMedianImageRefusesBadStacks) {
  const Frames<std::uint8_t> images(32768, 1, 1);
  Image<float> median(1, 1, 7);
  EXPECT(MedianImage(images.View(), median.Mutable()) == Status::kBadCount);
  EXPECT(MedianImage({}, median.Mutable()) == Status::kBadImage);
  EXPECT(MedianImage({images.pixels.data(), 2, 1, 1}, {}) == Status::kBadImage);
  EXPECT(MedianImage({images.pixels.data(), 2, 2, 1}, median.Mutable()) == Status::kBadShape);
  auto* inside = reinterpret_cast<std::uint8_t*>(median.pixels.data());
  EXPECT(MedianImage({inside, 2, 1, 1}, median.Mutable()) == Status::kOverlap);
  EXPECT(median.pixels[0] == 7.0F);
}

}  // namespace
}  // namespace mien::test

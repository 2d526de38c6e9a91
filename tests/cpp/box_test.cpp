#include <algorithm>

#include "core/box_stats.h"
#include "core/box_sum.h"
#include "harness.h"
#include "images.h"

namespace mien::test {
namespace {

TEST(SumsAlongARowEqualTheirDefinition) {
  for (int window : {5, 7, 13, 31}) {
    for (int count : {1, 3, 7, 8, 9, 15, 17, 63}) {
      Random random(static_cast<std::uint32_t>(count * window));
      std::vector<float> row(static_cast<std::size_t>(count + window - 1));
      // Whole numbers: every order of addition gives the same.
      for (float& value : row) value = static_cast<float>(random.Below(1000) - 500);
      const std::vector<float> kept = row;
      std::vector<float> out(static_cast<std::size_t>(count) + 1, -7.0F);
      SumAlong(row.data(), count, window, out.data());
      for (int x = 0; x < count; ++x) {
        float sum = 0;
        for (int k = 0; k < window; ++k) sum += kept[static_cast<std::size_t>(x + k)];
        EXPECT(out[static_cast<std::size_t>(x)] == sum);
      }
      EXPECT(out.back() == -7.0F);
    }
  }
}

TEST(ABoxMeanEqualsItsDefinition) {
  for (int window : {1, 3, 5, 15}) {
    for (int width : {1, 2, 9, 33}) {
      const int height = 11;
      Image<float> image(width, height);
      Random random(static_cast<std::uint32_t>(width + window));
      for (float& value : image.pixels) value = static_cast<float>(random.Below(200) - 100);
      const Image<float> kept = image;
      BoxMean mean;
      EXPECT(mean.Allocate(width, height, window));
      mean.Run({image.pixels.data(), width, height});
      for (int y = 0; y < height; ++y) {
        for (int x = 0; x < width; ++x) {
          double sum = 0;
          for (int dy = -window / 2; dy <= window / 2; ++dy) {
            for (int dx = -window / 2; dx <= window / 2; ++dx) {
              sum += static_cast<double>(
                  kept.At(std::clamp(x + dx, 0, width - 1), std::clamp(y + dy, 0, height - 1)));
            }
          }
          EXPECT_NEAR(image.At(x, y), sum / (window * window), 1e-4);
        }
      }
    }
  }
}

void ExpectStats(const Image<std::uint8_t>& image, int window) {
  BoxStats stats;
  EXPECT(stats.Allocate(image.width, window));
  stats.Start(image.View());
  for (int y = 0; y < image.height; ++y) {
    stats.Next();
    for (int x = 0; x < image.width; ++x) {
      int sum = 0;
      int square = 0;
      for (int dy = -window / 2; dy <= window / 2; ++dy) {
        for (int dx = -window / 2; dx <= window / 2; ++dx) {
          const int gray = image.At(std::clamp(x + dx, 0, image.width - 1),
                                    std::clamp(y + dy, 0, image.height - 1));
          sum += gray;
          square += gray * gray;
        }
      }
      EXPECT(stats.sum()[x] == sum);
      EXPECT(stats.square()[x] == square);
    }
  }
}

TEST(BoxStatsEqualTheirDefinition) {
  for (int window : {9, 33}) {
    for (int width : {1, 8, 40}) ExpectStats(Noise(width, 23, 3), window);
  }
}

TEST(BoxStatsOfTheLargestWindowDoNotOverflow) {
  ExpectStats(Image<std::uint8_t>(16, 4, 255), 127);
}

}  // namespace
}  // namespace mien::test

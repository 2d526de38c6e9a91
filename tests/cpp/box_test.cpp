#include <algorithm>

#include "core/box_stats.h"
#include "harness.h"
#include "images.h"

namespace mien::test {
namespace {

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

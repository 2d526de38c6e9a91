// The kernels that follow skin: every table against scalar bit for bit, and against their formulas.

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "kernel_rows.h"

namespace mien::test {
namespace {

template <typename T, typename RunKernel>
void ExpectAsScalar(const KernelTable& table, int size, int offset, const RunKernel& run) {
  ExpectPartAsScalar<T>(table, &KernelTable::follow, size, offset, run);
}

TEST(EveryTableLaysGraysBesideThoseBelow) {
  ForEachRow([](const KernelTable& table, int count, int offset) {
    const int size = Whole(count, 16);
    const auto upper = RandomNumbers<std::uint8_t>(size, 1, 0, 255);
    const auto lower = RandomNumbers<std::uint8_t>(size, 2, 0, 255);
    Row<std::int16_t> wanted(2 * size, offset);
    for (int i = 0; i < size; ++i) {
      wanted.data()[2 * i] = upper[static_cast<std::size_t>(i)];
      wanted.data()[2 * i + 1] = lower[static_cast<std::size_t>(i)];
    }
    Row<std::int16_t> got(2 * size, offset);
    table.follow.gray_quads_row(upper.data(), lower.data(), count, got.data());
    ExpectSame(got, wanted);
  });
}

// A frame as the kernel reads it, and a row's displacements: some of them far outside.
struct PullCase {
  int width;
  int height = 9;
  Image<std::uint8_t> gray;
  std::vector<std::int16_t> quads;
  std::vector<float> upper, lower;

  explicit PullCase(int at_least)
      : width(std::max(at_least, 2)),
        gray(Noise(width, height, static_cast<std::uint32_t>(width))) {
    for (int y = 0; y + 1 < height; ++y) {
      for (int x = 0; x < width; ++x) {
        quads.push_back(gray.At(x, y));
        quads.push_back(gray.At(x, y + 1));
      }
    }
    Random random(static_cast<std::uint32_t>(width) + 7);
    for (int i = 0; i < 2 * Whole(width, 8); ++i) {
      const double reach = random.Below(8) == 0 ? 4096 : 6;
      upper.push_back(static_cast<float>((2 * random.Unit() - 1) * reach));
      lower.push_back(static_cast<float>((2 * random.Unit() - 1) * reach));
    }
  }

  void Run(const FollowKernels& kernels, int y, float share, std::uint8_t* dst) const {
    kernels.pull_row(quads.data(), {upper.data(), lower.data(), share},
                     {width, height, 2 * width, y}, dst);
  }

  // In double, of a place that is rounded as the kernel rounds it.
  double At(double x, double y) const {
    const double held_x = std::clamp(x, 0.0, width - 1.0);
    const double held_y = std::clamp(y, 0.0, height - 1.0);
    const int column = std::min(static_cast<int>(held_x), width - 2);
    const int row = std::min(static_cast<int>(held_y), height - 2);
    const double u = held_x - column;
    const double v = held_y - row;
    const double top = gray.At(column, row) * (1 - u) + gray.At(column + 1, row) * u;
    const double bottom = gray.At(column, row + 1) * (1 - u) + gray.At(column + 1, row + 1) * u;
    return top * (1 - v) + bottom * v;
  }
};

TEST(EveryTablePullsAsScalarDoes) {
  ForEachRow([](const KernelTable& table, int count, int offset) {
    const PullCase c(count);
    for (int y : {0, 4, 8}) {
      ExpectAsScalar<std::uint8_t>(
          table, Whole(c.width, 8), offset,
          [&](const FollowKernels& kernels, std::uint8_t* dst) { c.Run(kernels, y, 0.375F, dst); });
    }
  });
}

TEST(APulledPixelIsTheGrayWhereItWent) {
  const PullCase c(64);
  std::vector<std::uint8_t> got(64);
  for (int y = 0; y < c.height; ++y) {
    c.Run(scalar::kTable.follow, y, 0.25F, got.data());
    for (std::size_t x = 0; x < 64; ++x) {
      double place[2] = {static_cast<double>(x), static_cast<double>(y)};
      for (std::size_t k = 0; k < 2; ++k) {
        const float upper = c.upper[2 * x + k];
        const float moved = (c.lower[2 * x + k] - upper) * 0.25F + upper;
        place[k] += std::nearbyint(static_cast<double>(moved * kFlowOne)) / kFlowOne;
      }
      EXPECT_NEAR(got[x], c.At(place[0], place[1]), 0.52);
    }
  }
}

TEST(EveryTableFindsTheMiddleOfSortedPixels) {
  for (int i = 0; i < KernelTableCount(); ++i) {
    const KernelTable& table = KernelTableAt(i);
    for (int count : {1, 2, 3, 4, 15, 16, 301}) {
      for (int top : {1, 3, 255}) {
        const auto strip = RandomNumbers<std::uint8_t>(
            count * kMedianStrip, static_cast<std::uint32_t>(count + top), 0, top);
        Row<std::uint8_t> low(kMedianStrip, i);
        Row<std::uint8_t> high(kMedianStrip, i);
        table.follow.middle_strip(strip.data(), count, low.data(), high.data());
        EXPECT(low.IsIntact() && high.IsIntact());
        for (int x = 0; x < kMedianStrip; ++x) {
          std::vector<std::uint8_t> pixel;
          for (int k = 0; k < count; ++k) {
            pixel.push_back(strip[static_cast<std::size_t>(k * kMedianStrip + x)]);
          }
          std::sort(pixel.begin(), pixel.end());
          EXPECT(low.data()[x] == pixel[static_cast<std::size_t>((count - 1) / 2)]);
          EXPECT(high.data()[x] == pixel[static_cast<std::size_t>(count / 2)]);
        }
      }
    }
  }
}

}  // namespace
}  // namespace mien::test

// The kernels of the preprocess: every table against scalar bit for bit, and scalar against its
// formula.

#include <algorithm>
#include <cmath>

#include "kernel_rows.h"

namespace mien::test {
namespace {

std::vector<std::uint8_t> Bytes(int count, std::uint32_t seed) {
  return RandomNumbers<std::uint8_t>(count, seed, 0, 255);
}

// Calls `run(kernels, output)` for scalar and `table` and compares the `size` numbers, and that
// nothing else was written.
template <typename T, typename RunKernel>
void ExpectAsScalar(const KernelTable& table, int size, int offset, const RunKernel& run) {
  ExpectPartAsScalar<T>(table, &KernelTable::preprocess, size, offset, run);
}

TEST(EveryTableTakesTheYOfYuyv) {
  ForEachRow([](const KernelTable& table, int count, int offset) {
    const auto src = Bytes(2 * count + offset, 1);
    ExpectAsScalar<std::uint8_t>(table, count, offset, [&](const auto& kernels, auto* dst) {
      kernels.gray_of_yuyv_row(src.data() + offset, count, dst);
      for (int i = 0; i < count; ++i)
        EXPECT(dst[i] == src[static_cast<std::size_t>(offset + 2 * i)]);
    });
  });
}

TEST(EveryTableWeighsBgrByTheFormula) {
  ForEachRow([](const KernelTable& table, int count, int offset) {
    const auto src = Bytes(3 * count + offset, 2);
    ExpectAsScalar<std::uint8_t>(table, count, offset, [&](const auto& kernels, auto* dst) {
      kernels.gray_of_bgr_row(src.data() + offset, count, dst);
      for (int i = 0; i < count; ++i) {
        const std::uint8_t* bgr = src.data() + offset + 3 * i;
        EXPECT(dst[i] == (3735 * bgr[0] + 19235 * bgr[1] + 9798 * bgr[2] + 16384) >> 15);
      }
    });
  });
}

constexpr struct {
  int pitch, span;
} kBlocks[] = {{1, 1}, {1, 2}, {2, 2}, {2, 3}, {2, 4}};

// The rows end with the last column that a block needs: the address sanitizer sees one more.
void ExpectBlockSums(const KernelTable& table, int kind, int count, int offset) {
  const auto& block = kBlocks[kind];
  const int width = (count - 1) * block.pitch + block.span;
  std::vector<std::uint8_t> rows[16];
  BlockRows in;
  for (std::uint32_t k = 0; k < 16; ++k) {
    rows[k] = Bytes(width + offset, k);
    in.rows[k] = rows[k].data() + offset;
  }
  for (int row_count : {1, 2, 3, 16}) {
    in.count = row_count;
    ExpectAsScalar<std::int16_t>(table, count, offset, [&](const auto& kernels, auto* dst) {
      kernels.sum_blocks[kind](in, count, dst);
      for (int i = 0; i < count; ++i) {
        int sum = 0;
        for (int k = 0; k < row_count; ++k) {
          for (int j = 0; j < block.span; ++j) sum += in.rows[k][i * block.pitch + j];
        }
        EXPECT(dst[i] == sum);
      }
    });
  }
}

TEST(EveryTableSumsBlocks) {
  ForEachRow([](const KernelTable& table, int count, int offset) {
    for (int kind = 0; kind < 5; ++kind) ExpectBlockSums(table, kind, count, offset);
  });
}

// Sums in place, as unsigned numbers: `terms` from `step * i` on.
template <typename Kernel>
void ExpectJoined(const KernelTable& table, int count, int offset, int step, int terms,
                  Kernel kernel) {
  const int whole = Whole(count, 16);
  const auto src = RandomNumbers<std::int16_t>(2 * whole + 2, 4, -32768, 32767);
  ExpectAsScalar<std::int16_t>(table, 2 * whole + 2, offset, [&](const auto& kernels, auto* row) {
    std::copy(src.begin(), src.end(), row);
    (kernels.*kernel)(row, count);
    for (int i = 0; i < whole; ++i) {
      int sum = 0;
      for (int k = 0; k < terms; ++k) sum += src[static_cast<std::size_t>(step * i + k)];
      EXPECT(row[i] == static_cast<std::int16_t>(sum));
    }
    EXPECT(std::equal(row + whole, row + 2 * whole + 2, src.begin() + whole));
  });
}

TEST(EveryTableJoinsColumns) {
  ForEachRow([](const KernelTable& table, int count, int offset) {
    ExpectJoined(table, count, offset, 2, 2, &PreprocessKernels::sum_pairs);
    ExpectJoined(table, count, offset, 2, 3, &PreprocessKernels::sum_triples);
    ExpectJoined(table, count, offset, 1, 2, &PreprocessKernels::sum_next);
  });
}

TEST(EveryTableLaysQuads) {
  ForEachRow([](const KernelTable& table, int count, int offset) {
    const int whole = Whole(count, 16);
    const auto sums = RandomNumbers<std::int16_t>(whole, 5, 0, 9 * 255);
    const auto above = RandomNumbers<std::int16_t>(whole, 6, 0, 255 * 128);
    const BlockScale scale{4, 58255};
    ExpectAsScalar<std::int16_t>(table, 3 * whole, offset, [&](const auto& kernels, auto* dst) {
      kernels.quads_row(sums.data(), scale, count, {above.data(), dst, dst + whole});
      for (int i = 0; i < whole; ++i) {
        const auto at = static_cast<std::size_t>(i);
        EXPECT_NEAR(dst[i], sums[at] * 128 / 9.0, 1);
        EXPECT(dst[whole + 2 * i] == above[at] && dst[whole + 2 * i + 1] == dst[i]);
      }
    });
  });
}

TEST(EveryTableSlidesColumns) {
  ForEachRow([](const KernelTable& table, int count, int offset) {
    std::vector<std::uint8_t> pixels[8];
    SlidingRows rows{};
    for (std::uint32_t k = 0; k < 8; ++k) {
      pixels[k] = Bytes(count + offset, k);
      (k < 4 ? rows.entering[k] : rows.leaving[k - 4]) = pixels[k].data() + offset;
    }
    Row<std::int16_t> sum(count, offset);
    Row<std::int32_t> square(count, offset);
    Row<std::int16_t> wanted_sum(count, offset);
    Row<std::int32_t> wanted_square(count, offset);
    for (int i = 0; i < count; ++i) {
      sum.data()[i] = 2000;
      square.data()[i] = 1 << 20;
      wanted_sum.data()[i] = 2000;
      wanted_square.data()[i] = 1 << 20;
      for (int k = 0; k < 4; ++k) {
        const int in = rows.entering[k][i];
        const int out = rows.leaving[k][i];
        wanted_sum.data()[i] = static_cast<std::int16_t>(wanted_sum.data()[i] + in - out);
        wanted_square.data()[i] += in * in - out * out;
      }
    }
    table.preprocess.slide_columns(rows, count, sum.data(), square.data());
    ExpectSame(sum, wanted_sum);
    ExpectSame(square, wanted_square);
  });
}

// Sums of columns over `window` rows of random gray, with the room that the kernel asks for.
struct Columns {
  static constexpr int kRoom = 63 + 72;
  std::vector<std::int16_t> sum;
  std::vector<std::int32_t> square;

  Columns(int width, int window) {
    Random random(static_cast<std::uint32_t>(width + window));
    const auto size = static_cast<std::size_t>(width + 2 * kRoom);
    sum.resize(size);
    square.resize(size);
    for (std::size_t x = 0; x < size; ++x) {
      for (int k = 0; k < window; ++k) {
        const int gray = random.Below(256);
        sum[x] = static_cast<std::int16_t>(sum[x] + gray);
        square[x] += gray * gray;
      }
    }
  }
};

void ExpectBoxStats(const Columns& columns, const BoxGrid& grid, const BoxStatsRow& got) {
  const double area = grid.window * grid.window;
  for (int i = 0; i < grid.count; ++i) {
    double sum = 0;
    double square = 0;
    for (int k = -grid.window / 2; k <= grid.window / 2; ++k) {
      const int x = Columns::kRoom + std::clamp(4 * i + k, 0, grid.width - 1);
      sum += columns.sum[static_cast<std::size_t>(x)];
      square += columns.square[static_cast<std::size_t>(x)];
    }
    const double deviation = std::sqrt(square / area - sum / area * (sum / area));
    const double gain =
        static_cast<double>(grid.unit) / (deviation + static_cast<double>(grid.floor));
    EXPECT_NEAR(got.mean[i], 128 * sum / area, 0.51);
    EXPECT_NEAR(got.gain[i], std::fmin(gain, 32767), 0.51);
  }
}

TEST(EveryTableMeasuresBoxes) {
  ForEachRow([](const KernelTable& table, int count, int offset) {
    for (int window : {9, 11, 33, 127}) {
      // The larger unit brings some gains to their limit.
      const BoxGrid grid{count, BoxCount(count), window, 6, count % 2 == 0 ? 131072.F : 2e6F};
      const Columns columns(count, window);
      const int whole = Whole(grid.count, 16);
      ExpectAsScalar<std::int16_t>(table, 2 * whole, offset, [&](const auto& kernels, auto* dst) {
        Columns own = columns;
        std::vector<std::int32_t> cells(own.sum.size());
        kernels.box_grid_row(grid, own.sum.data() + Columns::kRoom,
                             own.square.data() + Columns::kRoom,
                             {cells.data(), cells.data() + cells.size() / 2}, {dst, dst + whole});
        ExpectBoxStats(columns, grid, {dst, dst + whole});
      });
    }
  });
}

// Gaps between the rows, and rows below the band: nothing may be written there either.
void ExpectUnwritten(const std::int8_t* codes, int stride, int width, int height) {
  for (int i = 0; i < 4 * stride; ++i) {
    const bool is_pixel = i % stride < width && i / stride < height;
    EXPECT(is_pixel || static_cast<std::uint8_t>(codes[i]) == 0xA5);
  }
}

TEST(EveryTableQuantisesBands) {
  ForEachRow([](const KernelTable& table, int count, int offset) {
    const auto gray = Bytes(4 * count, 9);
    const int cells = BoxCount(count);
    auto mean = RandomNumbers<std::int16_t>(2 * cells, 1, 0, 255 * 128);
    auto gain = RandomNumbers<std::int16_t>(2 * cells, 2, 0, 32767);
    for (int height : {1, 3, 4}) {
      for (const CodeScale& scale :
           {CodeScale{4, 8, 0}, CodeScale{0, 0, -128}, CodeScale{15, 1 << 14, 127}}) {
        const int stride = count + 3;
        ExpectAsScalar<std::int8_t>(table, 4 * stride, offset, [&](const auto& kernels, auto* dst) {
          kernels.quantise_band({gray.data(), count, count, height}, {mean.data(), gain.data()},
                                {mean.data() + cells, gain.data() + cells}, {dst, stride, scale});
          ExpectUnwritten(dst, stride, count, height);
        });
      }
    }
  });
}

}  // namespace
}  // namespace mien::test

// The kernels of the dense flow: every table against scalar, and scalar against its formula.

#include <algorithm>
#include <cmath>

#include "kernel_rows.h"

namespace mien::test {
namespace {

constexpr int kPad = 24;  // numbers before and after a row that kernels may read

// A row's numbers with `kPad` and a vector to either side.
template <typename T>
std::vector<T> Input(int count, std::uint32_t seed, int low, int high) {
  return RandomNumbers<T>(count + 2 * kPad + 32, seed, low, high);
}

std::vector<float> Floats(int count, std::uint32_t seed, double size) {
  std::vector<float> numbers;
  Random random(seed);
  for (int i = 0; i < count + 2 * kPad + 32; ++i) {
    numbers.push_back(static_cast<float>((random.Unit() - 0.5) * 2 * size));
  }
  return numbers;
}

// Calls `run(table, output)` for scalar and `table` and compares what it wrote, all of
// `size` numbers and nothing else.
template <typename T, typename RunKernel>
void ExpectAsScalar(const KernelTable& table, int size, int offset, const RunKernel& run) {
  ExpectPartAsScalar<T>(table, &KernelTable::flow, size, offset, run);
}

TEST(EveryTableSumsCells) {
  ForEachRow([](const KernelTable& table, int count, int offset) {
    const auto upper = Input<std::uint8_t>(count, 1, 0, 255);
    const auto lower = Input<std::uint8_t>(count, 2, 0, 255);
    const int cells = Whole(count, 16) / 2;
    ExpectAsScalar<std::int32_t>(table, 2 * cells, offset, [&](const auto& flow, auto* dst) {
      flow.cell_sums_row(upper.data() + 1, lower.data() + 5, count, dst, dst + cells);
      for (int i = 0; i < cells; ++i) {
        const std::uint8_t* a = upper.data() + 1 + 2 * i;
        const std::uint8_t* b = lower.data() + 5 + 2 * i;
        EXPECT(dst[i] == a[0] + a[1] + b[0] + b[1]);
        EXPECT(dst[cells + i] == a[0] * a[0] + a[1] * a[1] + b[0] * b[0] + b[1] * b[1]);
      }
    });
  });
}

TEST(EveryTableMeasuresContrast) {
  ForEachRow([](const KernelTable& table, int count, int offset) {
    const int area = 4 * kContrastCells;  // of a column of cells
    const auto sum = Input<std::int32_t>(count, 3, 0, 255 * area);
    std::vector<std::int32_t> square;
    for (std::int32_t s : sum) square.push_back(s * (s / area) + s % 77 * area);
    const int whole = Whole(count, 16);
    ExpectAsScalar<std::int16_t>(table, 2 * whole, offset, [&](const auto& flow, auto* dst) {
      flow.cell_stats_row(sum.data() + kPad, square.data() + kPad, count, dst, dst + whole);
      for (int i = 0; i < count; ++i) {
        double total = 0;
        double power = 0;
        for (int k = -kContrastCells / 2; k <= kContrastCells / 2; ++k) {
          total += sum[static_cast<std::size_t>(kPad + i + k)];
          power += square[static_cast<std::size_t>(kPad + i + k)];
        }
        const double mean = total / (area * kContrastCells);
        const double variance = power / (area * kContrastCells) - mean * mean;
        EXPECT_NEAR(dst[i], mean * 16, 0.51);
        EXPECT_NEAR(
            dst[whole + i],
            std::min(65536 / (std::sqrt(std::max(variance, 0.0)) + 2 + 0.02 * mean), 32767.0), 6);
      }
    });
  });
}

TEST(EveryTableNormalisesAndHalves) {
  ForEachRow([](const KernelTable& table, int count, int offset) {
    const auto gray = Input<std::uint8_t>(2 * count, 4, 0, 255);
    std::vector<std::int16_t> scratch(static_cast<std::size_t>(2 * count + 4 * kPad + 64));
    std::int16_t* second = scratch.data() + count + 2 * kPad + 16;
    // Equal rows and equal cells: nothing is blended, the formula stands alone.
    const std::vector<std::int16_t> mean(static_cast<std::size_t>(count) + 32, 1813);
    const std::vector<std::int16_t> inverse(static_cast<std::size_t>(count) + 32, 2345);
    const CellStatRows flat = {{mean.data(), mean.data()},
                               {inverse.data(), inverse.data()},
                               scratch.data() + kPad,
                               second};
    const int pixels = 2 * Whole(count, 16);
    ExpectAsScalar<std::int16_t>(table, pixels, offset, [&](const auto& flow, auto* dst) {
      flow.normalise_row(gray.data(), flat, count, dst);
      for (std::size_t i = 0; i < static_cast<std::size_t>(2 * count); ++i) {
        const double value = kImageOne * (gray[i] - 1813 / 16.0) * 2345 / 65536;
        EXPECT_NEAR(dst[i], std::clamp(value, -511.0, 511.0), 0.51);
      }
    });
    const auto near = Input<std::int16_t>(count, 5, 0, 255 * 16);
    const auto far = Input<std::int16_t>(count, 6, 500, 255 * 16);
    const CellStatRows mixed = {
        {near.data(), far.data()}, {far.data(), near.data()}, scratch.data() + kPad, second};
    ExpectAsScalar<std::int16_t>(table, pixels, offset, [&](const auto& flow, auto* dst) {
      flow.normalise_row(gray.data(), mixed, count, dst);
    });
    std::vector<std::int16_t> level[4];
    for (std::uint32_t k = 0; k < 4; ++k) level[k] = Input<std::int16_t>(count, 7 + k, -511, 511);
    const std::int16_t* rows[4] = {level[0].data(), level[1].data(), level[2].data(),
                                   level[3].data()};
    const int half = Whole((count + 1) / 2, 16);
    ExpectAsScalar<std::int16_t>(table, half, offset, [&](const auto& flow, auto* dst) {
      flow.halve_row(rows, count, scratch.data() + kPad, dst);
    });
  });
}

TEST(EveryTableInterleaves) {
  ForEachRow([](const KernelTable& table, int count, int offset) {
    const auto upper = Input<std::int16_t>(count, 8, -511, 511);
    const auto lower = Input<std::int16_t>(count, 9, -511, 511);
    const int whole = Whole(count, 16);
    ExpectAsScalar<std::int16_t>(table, 2 * whole, offset, [&](const auto& flow, auto* dst) {
      flow.interleave_row(upper.data() + 1, lower.data() + 5, count, dst);
      for (int i = 0; i < count; ++i) {
        EXPECT(dst[2 * i] == upper[static_cast<std::size_t>(i + 1)]);
        EXPECT(dst[2 * i + 1] == lower[static_cast<std::size_t>(i + 5)]);
      }
    });
  });
}

TEST(EveryTableEnlarges) {
  ForEachRow([](const KernelTable& table, int count, int offset) {
    const auto near = Input<std::int16_t>(2 * count, 11, -127 * 128, 127 * 128);
    const auto far = Input<std::int16_t>(2 * count, 12, -127 * 128, 127 * 128);
    std::vector<std::int16_t> scratch(static_cast<std::size_t>(2 * count + 2 * kPad + 64));
    ExpectAsScalar<std::int16_t>(
        table, 2 * Whole(2 * count, 16), offset, [&](const auto& flow, auto* dst) {
          flow.enlarge_pairs_row(near.data(), far.data(), 2 * count, scratch.data() + kPad, dst);
        });
    const auto near_px = Floats(2 * count, 13, 9);
    const auto far_px = Floats(2 * count, 14, 9);
    std::vector<float> row(static_cast<std::size_t>(2 * count + 2 * kPad + 64));
    ExpectAsScalar<float>(table, 2 * Whole(count, 8), offset, [&](const auto& flow, auto* dst) {
      flow.enlarge_float_row(near_px.data(), far_px.data(), count, row.data() + kPad, dst);
    });
    ExpectAsScalar<float>(table, 2 * Whole(2 * count, 8), offset, [&](const auto& flow, auto* dst) {
      flow.enlarge_flow_row(near_px.data(), far_px.data(), 2 * count, 2, row.data() + kPad, dst);
    });
  });
}

TEST(EveryTableWarps) {
  ForEachRow([](const KernelTable& table, int count, int offset) {
    const int width = std::max(count, 2);
    const int whole = Whole(width, 16);
    const auto flow_px = Input<std::int16_t>(2 * width, 15, -5 * kFlowOne, 5 * kFlowOne);
    const auto before = Input<std::int16_t>(width, 16, -511, 511);
    const auto after = RandomNumbers<std::int16_t>((2 * width + 3) * 8 + 4, 17, -511, 511);
    const WarpPlace place = {width, 9, 2 * width + 3, 4};
    ExpectAsScalar<std::int16_t>(table, 3 * whole, offset, [&](const auto& flow, auto* dst) {
      flow.warp_row(flow_px.data(), before.data(), after.data(), place, dst, dst + whole,
                    dst + 2 * whole);
    });
  });
}

TEST(AWarpReadsBilinearly) {
  const int width = 16;
  const auto after = RandomNumbers<std::int16_t>(19 * 9 + 16, 18, -511, 511);
  std::vector<std::int16_t> quads(48 * 8);
  for (std::size_t y = 0; y < 8; ++y) {
    scalar::kTable.flow.interleave_row(&after[19 * y], &after[19 * (y + 1)], width, &quads[48 * y]);
  }
  const auto flow_px = Input<std::int16_t>(2 * width, 19, -3 * kFlowOne, 3 * kFlowOne);
  const std::vector<std::int16_t> before(32, 0);
  std::int16_t out[48];
  scalar::kTable.flow.warp_row(flow_px.data(), before.data(), quads.data(), {width, 9, 48, 4}, out,
                               out + 16, out + 32);
  for (int x = 0; x < width; ++x) {
    const double to_x = x + flow_px[static_cast<std::size_t>(2 * x)] / 128.0;
    const double to_y = 4 + flow_px[static_cast<std::size_t>(2 * x + 1)] / 128.0;
    const bool is_inside = to_x >= 0 && to_x < width - 1 && to_y >= 0 && to_y < 8;
    EXPECT(out[32 + x] == (is_inside ? -1 : 0));
    if (!is_inside) continue;
    const int left = static_cast<int>(to_x);
    const int top = static_cast<int>(to_y);
    const auto at = [&](int dx, int dy) {
      return static_cast<double>(after[static_cast<std::size_t>((top + dy) * 19 + left + dx)]);
    };
    const double fx = to_x - left;
    const double fy = to_y - top;
    const double value = (at(0, 0) * (1 - fx) + at(1, 0) * fx) * (1 - fy) +
                         (at(0, 1) * (1 - fx) + at(1, 1) * fx) * fy;
    EXPECT_NEAR(out[x], value, 0.6);
  }
}

ProductRows RowsOf(const std::vector<std::int16_t> (&sum)[4],
                   const std::vector<std::int16_t> (&other)[4]) {
  ProductRows rows{};
  for (int k = 0; k < 4; ++k) rows.sum[k] = sum[k].data() + kPad;
  for (int k = 0; k < 2; ++k) rows.difference[k] = other[k].data();
  for (int k = 0; k < 2; ++k) rows.is_inside[k] = other[2 + k].data();
  return rows;
}

TEST(EveryTableMultipliesGradients) {
  ForEachRow([](const KernelTable& table, int count, int offset) {
    std::vector<std::int16_t> sum[4];
    std::vector<std::int16_t> other[4];
    for (std::uint32_t k = 0; k < 4; ++k) sum[k] = Input<std::int16_t>(count, 20 + k, -1022, 1022);
    for (std::uint32_t k = 0; k < 2; ++k) {
      other[k] = Input<std::int16_t>(count, 24 + k, -1022, 1022);
      other[2 + k] = Input<std::int16_t>(count, 26 + k, 0, 1);
      for (std::int16_t& set : other[2 + k]) set = static_cast<std::int16_t>(-set);
    }
    const std::vector<std::int16_t> counts(static_cast<std::size_t>(count) + 32, -1);
    const int cells = Whole(count, 16) / 2;
    for (const std::int16_t has_lower : {std::int16_t{0}, std::int16_t{-1}}) {
      ProductRows rows = RowsOf(sum, other);
      rows.counts = counts.data();
      rows.has_upper = -1;
      rows.has_lower = has_lower;
      const auto start = Input<std::int32_t>(2 * kProducts * cells, 28, -9000000, 9000000);
      ExpectAsScalar<std::int32_t>(
          table, 2 * kProducts * cells, offset, [&](const auto& flow, auto* dst) {
            std::copy(start.begin(), start.begin() + 2 * kProducts * cells, dst);
            flow.products_row(rows, count, cells, dst, dst + kProducts * cells);
          });
    }
  });
}

TEST(EveryTableAddsAndSubtractsRows) {
  ForEachRow([](const KernelTable& table, int count, int offset) {
    const auto row = Input<std::int32_t>(count, 30, -1000000, 1000000);
    const auto start = Input<std::int32_t>(count, 31, -1000000, 1000000);
    const int whole = Whole(count, 8);
    ExpectAsScalar<std::int32_t>(table, whole, offset, [&](const auto& flow, auto* dst) {
      std::copy(start.begin(), start.begin() + whole, dst);
      flow.add_row(row.data(), count, dst);
      flow.add_row(row.data(), count, dst);
      flow.subtract_row(row.data(), count, dst);
    });
    const auto enter = Floats(count, 32, 5);
    const auto leave = Floats(count, 33, 5);
    ExpectAsScalar<float>(table, 2 * whole, offset, [&](const auto& flow, auto* dst) {
      std::fill(dst, dst + whole, 1.0F);
      flow.add_float_row(leave.data(), count, dst);
      flow.smooth_down_row(enter.data(), leave.data(), count, 1.0F / 49, dst, dst + whole);
    });
    for (int window : {3, 5, 7, 9}) {
      ExpectAsScalar<float>(table, whole, offset, [&](const auto& flow, auto* dst) {
        flow.smooth_along_row(enter.data() + kPad, count, window, dst);
      });
    }
    const auto flow_px = Floats(count, 34, 400);
    ExpectAsScalar<std::int16_t>(table, Whole(count, 16), offset, [&](const auto& flow, auto* dst) {
      flow.quantise_flow_row(flow_px.data(), count, dst);
      for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i) {
        EXPECT_NEAR(dst[i], std::clamp(static_cast<double>(flow_px[i]), -127.0, 127.0) * 128, 0.51);
      }
    });
  });
}

// Sums of products as a window of real gradients gives them: xy^2 <= xx * yy.
std::vector<std::int32_t> RandomTotals(int stride, std::uint32_t seed) {
  std::vector<std::int32_t> totals(static_cast<std::size_t>(stride * kProducts));
  Random random(seed);
  for (int x = 0; x < stride; ++x) {
    const int gx = random.Below(900);
    const int gy = random.Below(900);
    const int gt = random.Below(2 * kDifferenceMax) - kDifferenceMax;
    const int values[kProducts] = {
        gx * gx + random.Below(5000), gx * gy, gy * gy, gx * gt, gy * gt, gt * gt};
    for (int k = 0; k < kProducts; ++k)
      totals[static_cast<std::size_t>(k * stride + x)] = values[k];
  }
  return totals;
}

TEST(EveryTableSolves) {
  ForEachRow([](const KernelTable& table, int count, int offset) {
    const int stride = Whole(count, 8) + 2 * kPad;
    const auto totals = RandomTotals(stride, static_cast<std::uint32_t>(count));
    const auto start = Floats(2 * count, 35, 3);
    const int whole = 2 * Whole(count, 8);
    for (int window : {3, 5, 7, 9}) {
      for (bool keeps : {false, true}) {
        ExpectAsScalar<float>(table, whole + kProducts * stride, offset,
                              [&](const auto& flow, auto* dst) {
                                std::copy(start.begin(), start.begin() + whole, dst);
                                std::fill(dst + whole, dst + whole + kProducts * stride, 0.0F);
                                flow.solve_row(totals.data() + kPad, stride, count, window, 1e4F,
                                               dst, keeps ? dst + whole : nullptr);
                              });
      }
    }
  });
}

TEST(EveryTableGrades) {
  ForEachRow([](const KernelTable& table, int count, int offset) {
    const int stride = Whole(count, 8);
    std::vector<float> sums;
    for (std::int32_t value : RandomTotals(stride, 36))
      sums.push_back(static_cast<float>(value) * 25);
    const auto before = Floats(2 * count, 37, 3);
    const auto after = Floats(2 * count, 38, 3);
    const auto edge = static_cast<float>(2 * count - 2);
    const GradeInput in = {sums.data(), stride, 5, before.data(), after.data(), 4.5F, edge, 7};
    ExpectAsScalar<float>(table, stride, offset, [&](const auto& flow, auto* dst) {
      flow.grade_row(in, count, dst);
      for (int i = 0; i < count; ++i) EXPECT(dst[i] >= 0.0F && dst[i] <= 1.0F);
    });
  });
}

}  // namespace
}  // namespace mien::test

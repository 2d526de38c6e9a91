// The kernels of slip and region motion: every table against scalar bit for bit, and scalar against
// its formula in double.

#include <algorithm>
#include <cmath>
#include <limits>

#include "kernel_rows.h"

namespace mien::test {
namespace {

constexpr int kLanes = 8;

// Samples of a motion, with as many numbers as whole vectors have.
struct Points {
  int count;
  std::vector<float> x, y, u, v, share, confidence, pairs;

  Points(int at_least, std::uint32_t seed) : count((at_least + kLanes - 1) / kLanes * kLanes) {
    Random random(seed);
    const auto number = [&](double size) {
      return static_cast<float>((random.Unit() - 0.5) * 2 * size);
    };
    for (int i = 0; i < count; ++i) {
      x.push_back(number(64));
      y.push_back(number(64));
      u.push_back(random.Below(5) == 0 ? kNoFlowPx : number(9));
      v.push_back(number(9));
      share.push_back(i < at_least ? static_cast<float>(random.Unit()) : 0.0F);
      confidence.push_back(number(1.2));
      pairs.push_back(number(9));
      pairs.push_back(number(9));
    }
  }

  // Every kind of number that is none.
  void Spoil() {
    constexpr float kInf = std::numeric_limits<float>::infinity();
    const float odd[] = {std::nanf(""), kInf, -kInf, 1e30F, -kMaxFlowPx, 2 * kMaxFlowPx, -0.0F};
    for (int i = 0; i < count; ++i) {
      const float number = odd[i % 7];
      if (i % 3 == 0) pairs[static_cast<std::size_t>(2 * i + i % 2)] = number;
      if (i % 3 == 1) confidence[static_cast<std::size_t>(i)] = number;
    }
  }

  RawSamples Raw() const {
    return {x.data(), y.data(), share.data(), pairs.data(), confidence.data(), count};
  }
  SampleRows Rows() const { return {x.data(), y.data(), u.data(), v.data(), share.data(), count}; }
};

// Calls `run(kernels, output)` for scalar and `table` and compares the `size` numbers, and that
// nothing else was written.
template <typename RunKernel>
void ExpectAsScalar(const KernelTable& table, int size, int offset, const RunKernel& run) {
  ExpectPartAsScalar<float>(table, &KernelTable::motion, size, offset, run);
}

// Calls `sum(index)` for all points and adds up.
template <typename Term>
double SumOver(int count, const Term& term) {
  double sum = 0;
  for (int i = 0; i < count; ++i) sum += term(static_cast<std::size_t>(i));
  return sum;
}

TEST(EveryTableTakesSamples) {
  ForEachRow([](const KernelTable& table, int count, int offset) {
    Points points(count, 1);
    points.Spoil();
    const RawSamples raw = points.Raw();
    ExpectAsScalar(table, 3 * raw.count, offset, [&](const auto& kernels, float* dst) {
      float* v = dst + raw.count;
      float* weight = v + raw.count;
      kernels.take_samples(raw, 0.1F, dst, v, weight);
      for (int i = 0; i < raw.count; ++i) {
        const float px[2] = {raw.pairs[2 * i], raw.pairs[2 * i + 1]};
        const bool is_flow = std::fabs(px[0]) <= kMaxFlowPx && std::fabs(px[1]) <= kMaxFlowPx;
        const bool counts = is_flow && raw.confidence[i] >= 0.1F && raw.share[i] > 0;
        EXPECT(dst[i] == (counts ? px[0] : kNoFlowPx));
        EXPECT(v[i] == (counts ? px[1] : kNoFlowPx));
        EXPECT(weight[i] == (counts ? raw.share[i] * std::fmin(raw.confidence[i], 1.0F) : 0.0F));
      }
    });
  });
}

TEST(EveryTableRanksFlow) {
  ForEachRow([](const KernelTable& table, int count, int offset) {
    const Points points(count, 2);
    const std::vector<float>& u = points.u;
    ExpectAsScalar(table, 3, offset, [&](const auto& kernels, float* dst) {
      kernels.find_range(u.data(), points.count, dst, dst + 1);
      float low = kNoFlowPx;
      float high = -kNoFlowPx;
      for (float value : u) {
        low = std::fmin(low, value);
        if (value < kNoFlowPx) high = std::fmax(high, value);
      }
      EXPECT(dst[0] == low && dst[1] == high);
      const std::int32_t below = kernels.count_below(u.data(), points.count, u[0]);
      EXPECT(below == std::count_if(u.begin(), u.end(), [&](float value) { return value < u[0]; }));
      dst[2] = static_cast<float>(below);
    });
  });
}

TEST(EveryTableDeviates) {
  ForEachRow([](const KernelTable& table, int count, int offset) {
    const Points p(count, 3);
    const SlipModel slip = {0.013F, -0.021F, 2.5F, -1.25F};
    ExpectAsScalar(table, p.count, offset, [&](const auto& kernels, float* dst) {
      kernels.deviate(p.Rows(), slip, dst);
      for (int k = 0; k < p.count; ++k) {
        const auto i = static_cast<std::size_t>(k);
        if (p.u[i] >= kNoFlowPx) continue;
        const auto x = static_cast<double>(p.x[i]);
        const auto y = static_cast<double>(p.y[i]);
        const double u = static_cast<double>(p.u[i]) - (2.5 + 0.013 * x + 0.021 * y);
        const double v = static_cast<double>(p.v[i]) - (-1.25 - 0.021 * x + 0.013 * y);
        EXPECT_NEAR(dst[k], u * u + v * v, 1e-3);
      }
    });
  });
}

TEST(EveryTableWeighsAndJudges) {
  ForEachRow([](const KernelTable& table, int count, int offset) {
    Points p(count, 4);
    std::vector<float> error_sq;
    for (float& u : p.u) {
      error_sq.push_back(u >= kNoFlowPx ? kNoFlowPx * kNoFlowPx : u * u);
      u = std::fmin(u, 5.0F);
    }
    ExpectAsScalar(table, 11, offset, [&](const auto& kernels, float* dst) {
      SlipSums sums{};
      kernels.weigh(p.Rows(), error_sq.data(), 0.25F, &sums);
      std::memcpy(dst, &sums, sizeof(sums));
      const auto wide = [](float value) { return static_cast<double>(value); };
      const auto weight = [&](std::size_t i) {
        const double off = 1 + 0.25 * wide(error_sq[i]);
        return wide(p.share[i]) / (off * off);
      };
      const double near = 1e-3 * p.count;
      EXPECT_NEAR(sums.one, SumOver(p.count, weight), near);
      EXPECT_NEAR(sums.across,
                  SumOver(p.count,
                          [&](std::size_t i) {
                            return weight(i) *
                                   (wide(p.x[i]) * wide(p.v[i]) - wide(p.y[i]) * wide(p.u[i]));
                          }),
                  near);
      EXPECT_NEAR(sums.spread,
                  SumOver(p.count,
                          [&](std::size_t i) {
                            return weight(i) *
                                   (wide(p.x[i]) * wide(p.x[i]) + wide(p.y[i]) * wide(p.y[i]));
                          }),
                  near);
      InlierSums inliers{};
      kernels.judge(p.share.data(), error_sq.data(), p.count, 9.0F, &inliers);
      std::memcpy(dst + 8, &inliers, sizeof(inliers));
      EXPECT_NEAR(
          inliers.inliers,
          SumOver(p.count, [&](std::size_t i) { return error_sq[i] <= 9 ? wide(p.share[i]) : 0; }),
          near);
      EXPECT(inliers.inliers <= inliers.all);
    });
  });
}

TEST(EveryTableAddsMoments) {
  ForEachRow([](const KernelTable& table, int count, int offset) {
    Points p(count, 5);
    p.Spoil();
    std::vector<float> u(p.share.size());
    std::vector<float> v(p.share.size());
    std::vector<float> w(p.share.size());
    scalar::kTable.motion.take_samples(p.Raw(), 0, u.data(), v.data(), w.data());
    ExpectAsScalar(table, 12, offset, [&](const auto& kernels, float* dst) {
      Moments moments{};
      kernels.add_moments(p.Raw(), &moments);
      std::memcpy(dst, &moments, sizeof(moments));
      const auto sum = [&](const std::vector<float>& a, const std::vector<float>& b) {
        return SumOver(p.count, [&](std::size_t i) {
          return static_cast<double>(w[i]) * static_cast<double>(a[i]) * static_cast<double>(b[i]);
        });
      };
      const std::vector<float> one(u.size(), 1.0F);
      const double near = 1e-3 * p.count;
      EXPECT_NEAR(moments.one, sum(one, one), near);
      EXPECT_NEAR(moments.x, sum(p.x, one), near);
      EXPECT_NEAR(moments.xy, sum(p.x, p.y), near);
      EXPECT_NEAR(moments.yy, sum(p.y, p.y), near);
      // Flow just below the limit is there, so that sums are large.
      EXPECT_NEAR(moments.v, sum(v, one), 1.0 * p.count);
      EXPECT_NEAR(moments.xu, sum(p.x, u), 10.0 * p.count);
    });
  });
}

}  // namespace
}  // namespace mien::test

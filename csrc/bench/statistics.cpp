#include "bench/statistics.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace mien::bench {

Summary Summarise(std::vector<std::int64_t>* times_ns) {
  Summary summary;
  if (times_ns->empty()) return summary;
  std::sort(times_ns->begin(), times_ns->end());
  const auto count = static_cast<double>(times_ns->size());
  const auto at_us = [&](double share) {
    const double rank = std::fmax(std::ceil(share * count), 1);
    return static_cast<double>((*times_ns)[static_cast<std::size_t>(rank) - 1]) * 1e-3;
  };
  const auto sum = std::accumulate(times_ns->begin(), times_ns->end(), std::int64_t{0});
  summary.mean = static_cast<double>(sum) * 1e-3 / count;
  summary.p50 = at_us(0.5);
  summary.p90 = at_us(0.9);
  summary.p99 = at_us(0.99);
  summary.max = at_us(1);
  return summary;
}

}  // namespace mien::bench

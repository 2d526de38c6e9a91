// What many times of one thing come to.

#ifndef MIEN_BENCH_STATISTICS_H_
#define MIEN_BENCH_STATISTICS_H_

#include <cstdint>
#include <vector>

namespace mien::bench {

// Microseconds.
struct Summary {
  double mean = 0;
  double p50 = 0;
  double p90 = 0;
  double p99 = 0;
  double max = 0;
};

// Nearest ranks; all 0 without times. The order of `times_ns` is lost.
Summary Summarise(std::vector<std::int64_t>* times_ns);

}  // namespace mien::bench

#endif  // MIEN_BENCH_STATISTICS_H_

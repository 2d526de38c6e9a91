// All that was found, and how it is written down; tools/bench/RESULTS.md describes the files.

#ifndef MIEN_BENCH_REPORT_H_
#define MIEN_BENCH_REPORT_H_

#include <string>
#include <vector>

#include "bench/deadlines.h"
#include "bench/load.h"
#include "bench/machine.h"
#include "bench/options.h"
#include "bench/pin.h"
#include "bench/stages.h"

namespace mien::bench {

struct Report {
  Options options;
  std::string date;
  Machine machine;
  Pinning pinning;
  Condition before;
  Condition after;
  Noise noise;
  Memory memory;
  double battery_watts = -1;  // of the whole device, mean over the rows; -1 if unknown
  std::vector<StageRow> stages;
  std::vector<DeadlineRow> deadlines;
};

std::string JsonOf(const Report& report);
std::string CsvOf(const Report& report);

// True if the core became slower while it was hot: figures of a longer use are worse than these.
bool IsThrottled(const Report& report);

}  // namespace mien::bench

#endif  // MIEN_BENCH_REPORT_H_

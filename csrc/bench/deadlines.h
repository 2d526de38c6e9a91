// Whether the step of a frame is done before the next frame comes, at the rates of headsets.

#ifndef MIEN_BENCH_DEADLINES_H_
#define MIEN_BENCH_DEADLINES_H_

#include <vector>

#include "bench/battery.h"
#include "bench/face_rig.h"
#include "bench/options.h"
#include "bench/progress.h"
#include "bench/statistics.h"

namespace mien::bench {

struct DeadlineRow {
  int cameras = 1;
  double rate_hz = 0;
  long frames = 0;               // that came
  long missed = 0;               // of them, those that were not done when the next one came
  Summary us;                    // from a frame's coming until it is done: with the time to wake up
  double late_start_p99_us = 0;  // from a frame's coming until work on it began
  double cpu_share = 0;          // seconds of one core for each second
  long involuntary_switches = 0;
};

// One row per number of cameras and rate. `battery` is read after each.
Status MeasureDeadlines(const Options& options, FaceRig* rig, Progress* progress,
                        BatteryMeter* battery, std::vector<DeadlineRow>* rows);

int DeadlineCount(const Options& options);

}  // namespace mien::bench

#endif  // MIEN_BENCH_DEADLINES_H_

// Times of the parts of a frame, called again and again without a pause.

#ifndef MIEN_BENCH_STAGES_H_
#define MIEN_BENCH_STAGES_H_

#include <string>
#include <vector>

#include "bench/battery.h"
#include "bench/face_rig.h"
#include "bench/options.h"
#include "bench/progress.h"
#include "bench/statistics.h"

namespace mien::bench {

struct StageRow {
  std::string stage;
  int cameras = 1;
  long calls = 0;
  Summary us;
  double cpu_share = 0;  // of the time that a core was busy with it
  long allocations = 0;  // in all calls together
};

// One row per kernel, then one per number of cameras for the whole step. `battery` is read after
// each.
Status MeasureStages(const Options& options, FaceRig* rig, Progress* progress,
                     BatteryMeter* battery, std::vector<StageRow>* rows);

// The step of one camera, which is always the same work, once more; nothing is told of it.
Status MeasureSteady(const Options& options, FaceRig* rig, Progress* progress, StageRow* row);

int StageCount(const Options& options);

}  // namespace mien::bench

#endif  // MIEN_BENCH_STAGES_H_

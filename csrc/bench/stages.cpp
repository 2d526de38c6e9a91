#include "bench/stages.h"

#include <array>
#include <cstdio>
#include <functional>

#include "bench/allocations.h"
#include "bench/clock.h"

namespace mien::bench {
namespace {

constexpr std::size_t kMostSamples = 200'000;
constexpr const char* kSteadyStage = "step without networks";

struct Stage {
  const char* name;
  int cameras;
  std::function<Status(FaceRig*)> run;
};

std::vector<Stage> Stages(int cameras) {
  std::vector<Stage> stages = {
      {"preprocess gray8 400x400 to 128", 1,
       [](FaceRig* rig) { return rig->camera(0).TakeFrame(rig->NextFrame()); }},
      {"preprocess yuyv 400x400 to 128", 1, [](FaceRig* rig) { return rig->camera(0).TakeYuyv(); }},
      {"flow 128x128", 1, [](FaceRig* rig) { return rig->camera(0).WholeFlow(); }},
      {"flow 128x128, one image ready", 1, [](FaceRig* rig) { return rig->camera(0).NextFlow(); }},
      {"motion 128x128, 5 regions and slip", 1,
       [](FaceRig* rig) { return rig->camera(0).Motion(); }},
      {"one euro, 49 values", 1, [](FaceRig* rig) { return rig->Smooth(); }},
  };
  for (int count = 1; count <= cameras; ++count) {
    stages.push_back({kSteadyStage, count, [count](FaceRig* rig) { return rig->Step(count); }});
  }
  return stages;
}

std::string Line(const StageRow& row) {
  std::array<char, 200> text{};
  std::snprintf(text.data(), text.size(), "%-36s %d  %8.1f %8.1f %8.1f %9.1f  %6.3f  %ld",
                row.stage.c_str(), row.cameras, row.us.p50, row.us.p90, row.us.p99, row.us.max,
                row.cpu_share, row.allocations);
  return text.data();
}

Status Measure(const Stage& stage, const Options& options, FaceRig* rig, StageRow* row) {
  Status status = Status::kOk;
  const auto run_for = [&](double seconds, std::vector<std::int64_t>* times_ns) {
    const std::int64_t end = MonotonicNs() + static_cast<std::int64_t>(seconds * 1e9);
    std::int64_t started = MonotonicNs();
    while (status == Status::kOk && started < end && times_ns->size() < kMostSamples) {
      status = stage.run(rig);
      const std::int64_t done = MonotonicNs();
      times_ns->push_back(done - started);
      started = done;
    }
  };
  std::vector<std::int64_t> times_ns;
  times_ns.reserve(kMostSamples);
  run_for(options.warm_up_s, &times_ns);
  times_ns.clear();
  const long allocations = AllocationCount();
  const std::int64_t cpu_ns = CpuNs();
  const std::int64_t wall_ns = MonotonicNs();
  run_for(options.seconds, &times_ns);
  row->cpu_share =
      static_cast<double>(CpuNs() - cpu_ns) / static_cast<double>(MonotonicNs() - wall_ns);
  row->allocations = AllocationCount() - allocations;
  row->stage = stage.name;
  row->cameras = stage.cameras;
  row->calls = static_cast<long>(times_ns.size());
  row->us = Summarise(&times_ns);
  return status;
}

}  // namespace

Status MeasureStages(const Options& options, FaceRig* rig, Progress* progress,
                     BatteryMeter* battery, std::vector<StageRow>* rows) {
  progress->Tell("microseconds for each call, one after the other without a pause");
  progress->Tell(
      "stage                         cameras       p50      p90      p99       max     CPU  new");
  for (const Stage& stage : Stages(options.cameras)) {
    progress->Start(stage.name);
    StageRow row;
    const Status status = Measure(stage, options, rig, &row);
    if (status != Status::kOk) return status;
    battery->Note();
    progress->Tell(Line(row));
    rows->push_back(row);
  }
  return Status::kOk;
}

Status MeasureSteady(const Options& options, FaceRig* rig, Progress* progress, StageRow* row) {
  progress->Start(kSteadyStage);
  const Stage stage = {kSteadyStage, 1, [](FaceRig* one) { return one->Step(1); }};
  return Measure(stage, options, rig, row);
}

int StageCount(const Options& options) {
  return static_cast<int>(Stages(options.cameras).size());
}

}  // namespace mien::bench

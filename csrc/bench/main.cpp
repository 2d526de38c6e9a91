// mien_bench; `mien_bench --help` says what it does.

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <string>
#include <vector>

#include "bench/report.h"
#include "mien/kernels.h"
#include "mien/version.h"

namespace mien::bench {
namespace {

constexpr int kFailed = 2;

bool Complain(const std::string& what) {
  std::fprintf(stderr, "mien_bench: %s\n", what.c_str());
  return false;
}

// Before a minute is spent on measuring what then cannot be written.
bool CanWrite(const std::string& path) {
  if (path.empty() || std::ofstream(path, std::ios::app)) return true;
  return Complain(path + ": expected a file that can be written, got: " + std::strerror(errno));
}

bool Write(const std::string& path, const std::string& text) {
  if (path.empty()) return true;
  std::ofstream file(path, std::ios::trunc);
  file << text;
  file.close();
  return file ? true : Complain(path + ": expected room to write, got an error");
}

// Of the step of one camera, which is always the same work.
Summary SteadyOf(const std::vector<StageRow>& stages) {
  for (const StageRow& row : stages) {
    if (row.stage == "step without networks") return row.us;
  }
  return {};
}

double WorstLateStart(const std::vector<DeadlineRow>& deadlines) {
  double worst_us = 0;
  for (const DeadlineRow& row : deadlines) worst_us = std::max(worst_us, row.late_start_p99_us);
  return worst_us;
}

void ShowHeader(const Report& report) {
  const Machine& machine = report.machine;
  std::printf("mien %s, kernels %s; %s, %d cores (%s)\n%s; %s; %s; governor %s\n", Version(),
              KernelsInUse(), machine.cpu.empty() ? "unknown CPU" : machine.cpu.c_str(),
              machine.cores, machine.cpu_features.c_str(), machine.system.c_str(),
              machine.libc.c_str(), machine.compiler.c_str(),
              machine.governor.empty() ? "unknown" : machine.governor.c_str());
  if (report.pinning.core >= 0) {
    std::printf("stays on core %d\n\n", report.pinning.core);
  } else if (report.pinning.problem.empty()) {
    std::printf("stays on no core\n\n");
  } else {
    std::printf("stays on no core: %s\n\n", report.pinning.problem.c_str());
  }
}

void ShowVerdict(const Report& report) {
  std::printf("\nmemory: %ld kB resident, %ld kB at most\n", report.memory.resident_kb,
              report.memory.peak_kb);
  if (report.noise.watts >= 0) std::printf("power: %.1f W (package)\n", report.noise.watts);
  if (report.battery_watts >= 0) {
    std::printf("power: %.2f W (from the battery, whole device)\n", report.battery_watts);
  }
  for (const auto& [zone, degrees] : report.after.celsius) {
    std::printf("temperature: %.1f C (%s)\n", degrees, zone.c_str());
  }
  if (IsThrottled(report)) std::printf("THROTTLED: the core runs slower than at the start\n");
  if (report.noise.reasons.empty()) {
    std::printf("the machine was quiet enough\n");
    return;
  }
  std::printf("NOISY: do not compare these figures with others.\n");
  for (const std::string& reason : report.noise.reasons) std::printf("  %s\n", reason.c_str());
}

Status MeasureRows(FaceRig* rig, Report* report) {
  const Options& options = report->options;
  BatteryMeter battery;
  Progress progress(StageCount(options) + DeadlineCount(options) + 1);
  const LoadCounters before = ReadLoad();
  Status status = MeasureStages(options, rig, &progress, &battery, &report->stages);
  if (status != Status::kOk) return status;
  const Summary steady = SteadyOf(report->stages);
  report->noise = Judge(before, ReadLoad(), steady.p90 / steady.p50);
  status = MeasureDeadlines(options, rig, &progress, &battery, &report->deadlines);
  if (status != Status::kOk) return status;
  JudgeWaking(WorstLateStart(report->deadlines), &report->noise);
  StageRow again;
  status = MeasureSteady(options, rig, &progress, &again);
  JudgeSlowdown(again.us.p50 / steady.p50, &report->noise);
  report->battery_watts = battery.MeanWatts();
  return status;
}

bool Measure(Report* report) {
  FaceRig rig;
  Status status = rig.Create(report->options.cameras);
  report->before = ReadCondition();
  if (status == Status::kOk) status = MeasureRows(&rig, report);
  if (status != Status::kOk) return Complain(Describe(status));
  report->after = ReadCondition();
  report->memory = ReadMemory();
  return true;
}

int Run(const std::vector<std::string>& words) {
  Report report;
  Options& options = report.options;
  if (const std::string problem = Parse(words, &options); !problem.empty()) {
    Complain(problem);
    return kFailed;
  }
  if (options.is_help || options.is_version) {
    std::printf("%s%s", options.is_help ? Usage() : Version(), options.is_help ? "" : "\n");
    return 0;
  }
  if (!options.kernels.empty() && UseKernels(options.kernels.c_str()) != Status::kOk) {
    Complain("--kernels: expected an instruction set of this CPU, got " + options.kernels);
    return kFailed;
  }
  if (!CanWrite(options.json_path) || !CanWrite(options.csv_path)) return kFailed;
  report.date = DateUtc();
  report.machine = DescribeMachine();  // before it is pinned: musl counts the cores it may use
  report.pinning = PinTo(options.core);
  ShowHeader(report);
  if (!Measure(&report)) return kFailed;
  ShowVerdict(report);
  const bool is_written =
      Write(options.json_path, JsonOf(report)) && Write(options.csv_path, CsvOf(report));
  return is_written ? 0 : kFailed;
}

}  // namespace
}  // namespace mien::bench

int main(int argc, char** argv) {
  return mien::bench::Run(std::vector<std::string>(argv + 1, argv + argc));
}

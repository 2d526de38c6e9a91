#include "bench/load.h"

#include <sys/resource.h>

#include <array>
#include <cstdio>
#include <fstream>

#include "bench/clock.h"

namespace mien::bench {
namespace {

// Above these a median is off by several percent, and a p99 tells of others' work. The same numbers
// stand in sdk/mien/bench/load.py.
constexpr double kMostSwitchesPerSecond = 20;
constexpr double kMostStolenShare = 0.01;
constexpr double kMostSpread = 1.25;
constexpr double kMostLateStartUs = 1000;
constexpr double kMostSlowdown = 1.1;

std::int64_t ReadNumber(const char* path, std::int64_t otherwise) {
  std::ifstream file(path);
  std::int64_t number = 0;
  return file >> number ? number : otherwise;
}

std::string Text(const char* format, double got, double most) {
  std::array<char, 160> text{};
  std::snprintf(text.data(), text.size(), format, got, most);
  return text.data();
}

}  // namespace

LoadCounters ReadLoad() {
  LoadCounters load;
  load.t_ns = MonotonicNs();
  load.cpu_ns = CpuNs();
  rusage usage{};
  getrusage(RUSAGE_THREAD, &usage);
  load.involuntary_switches = usage.ru_nivcsw;
  std::ifstream file("/proc/stat");
  std::string word;
  std::int64_t ticks = 0;
  load.stolen_ticks = -1;
  if (file >> word && word == "cpu") {
    // user nice system idle iowait irq softirq steal; guests' time is in user's already
    for (int i = 0; i < 8 && file >> ticks; ++i) {
      load.all_ticks += ticks;
      if (i == 7) load.stolen_ticks = ticks;
    }
  }
  load.energy_uj = ReadNumber("/sys/class/powercap/intel-rapl:0/energy_uj", -1);
  return load;
}

Noise Judge(const LoadCounters& before, const LoadCounters& after, double spread) {
  Noise noise;
  const double seconds = static_cast<double>(after.t_ns - before.t_ns) * 1e-9;
  noise.involuntary_switches_per_s =
      static_cast<double>(after.involuntary_switches - before.involuntary_switches) / seconds;
  const auto ticks = static_cast<double>(after.all_ticks - before.all_ticks);
  if (before.stolen_ticks >= 0 && after.stolen_ticks >= 0 && ticks > 0) {
    noise.stolen_share = static_cast<double>(after.stolen_ticks - before.stolen_ticks) / ticks;
  }
  if (before.energy_uj >= 0 && after.energy_uj > before.energy_uj) {
    noise.watts = static_cast<double>(after.energy_uj - before.energy_uj) * 1e-6 / seconds;
  }
  noise.spread = spread;
  if (noise.involuntary_switches_per_s > kMostSwitchesPerSecond) {
    noise.reasons.push_back(Text("other programs took the core %.0f times a second (most: %.0f)",
                                 noise.involuntary_switches_per_s, kMostSwitchesPerSecond));
  }
  if (noise.stolen_share > kMostStolenShare) {
    noise.reasons.push_back(Text("other virtual machines took %.1f %% of the cores (most: %.0f %%)",
                                 100 * noise.stolen_share, 100 * kMostStolenShare));
  }
  if (noise.spread > kMostSpread) {
    noise.reasons.push_back(
        Text("a tenth of the same steps took %.2f times the median or more (most: %.2f)",
             noise.spread, kMostSpread));
  }
  return noise;
}

void JudgeWaking(double late_start_us, Noise* noise) {
  noise->late_start_us = late_start_us;
  if (late_start_us <= kMostLateStartUs) return;
  noise->reasons.push_back(Text(
      "work on a frame in a hundred began %.0f us late (most: %.0f): others had the core, or it "
      "was slow to wake",
      late_start_us, kMostLateStartUs));
}

void JudgeSlowdown(double slowdown, Noise* noise) {
  noise->slowdown = slowdown;
  if (slowdown <= kMostSlowdown) return;
  noise->reasons.push_back(
      Text("the same steps took %.2f times as long at the end (most: %.2f): the core was slowed "
           "down, or others had it",
           slowdown, kMostSlowdown));
}

Memory ReadMemory() {
  Memory memory;
  std::ifstream file("/proc/self/status");
  for (std::string word; file >> word;) {
    if (word == "VmRSS:") file >> memory.resident_kb;
    if (word == "VmHWM:") file >> memory.peak_kb;
  }
  return memory;
}

}  // namespace mien::bench

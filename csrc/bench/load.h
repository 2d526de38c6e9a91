// What else went on while something was measured.

#ifndef MIEN_BENCH_LOAD_H_
#define MIEN_BENCH_LOAD_H_

#include <cstdint>
#include <string>
#include <vector>

namespace mien::bench {

// Counters that only grow; a difference of two tells what happened between.
struct LoadCounters {
  std::int64_t t_ns = 0;
  std::int64_t cpu_ns = 0;        // of this thread
  long involuntary_switches = 0;  // times that others got this thread's core
  std::int64_t stolen_ticks = 0;  // of all cores, given to other virtual machines; -1 unknown
  std::int64_t all_ticks = 0;     // of all cores
  std::int64_t energy_uj = -1;    // of the package (RAPL); -1 if it may not be read
};

LoadCounters ReadLoad();

struct Noise {
  double involuntary_switches_per_s = 0;
  double stolen_share = -1;          // of all cores' time, 0..1; -1 if unknown
  double spread = 0;                 // p90 / p50 of the whole step with one camera
  double late_start_us = 0;          // the largest p99 of all rows of deadlines
  double slowdown = 0;               // p50 of that step at the end, by its p50 at the start
  double watts = -1;                 // of the package over the whole run; -1 if unknown
  std::vector<std::string> reasons;  // why the figures are not to be trusted; empty if they are
};

Noise Judge(const LoadCounters& before, const LoadCounters& after, double spread);

// Adds what the thread's waking at a frame's coming tells.
void JudgeWaking(double late_start_us, Noise* noise);

// Adds what the same step takes at the end, in shares of what it took at the start.
void JudgeSlowdown(double slowdown, Noise* noise);

struct Memory {
  long resident_kb = 0;
  long peak_kb = 0;
};

Memory ReadMemory();

}  // namespace mien::bench

#endif  // MIEN_BENCH_LOAD_H_

// Which machine this is, and in what state.

#ifndef MIEN_BENCH_MACHINE_H_
#define MIEN_BENCH_MACHINE_H_

#include <string>
#include <utility>
#include <vector>

namespace mien::bench {

// Empty or 0 where the system does not tell.
struct Machine {
  std::string architecture;
  std::string cpu;
  std::string cpu_features;  // of those that matter to us, space between
  int cores = 0;
  std::string system;
  std::string libc;
  std::string compiler;
  std::string governor;
};

Machine DescribeMachine();

// How fast and hot it runs at the moment.
struct Condition {
  long frequency_khz = 0;                               // of the core this thread is on
  std::vector<std::pair<std::string, double>> celsius;  // zone, degrees
};

Condition ReadCondition();

// Now as YYYY-MM-DDTHH:MM:SSZ.
std::string DateUtc();

}  // namespace mien::bench

#endif  // MIEN_BENCH_MACHINE_H_

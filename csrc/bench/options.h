// What was asked for on the command line.

#ifndef MIEN_BENCH_OPTIONS_H_
#define MIEN_BENCH_OPTIONS_H_

#include <string>
#include <vector>

#include "bench/pin.h"

namespace mien::bench {

struct Options {
  double seconds = 1;      // for each row, 0.01..3600
  double warm_up_s = 0.3;  // before each row
  int cameras = 4;         // the most, 1..4
  std::vector<double> rates_hz = {60, 72, 90, 120};
  int core = kAnyCore;
  std::string kernels;    // empty: the CPU's best
  std::string json_path;  // empty: none is written
  std::string csv_path;
  bool is_help = false;
  bool is_version = false;
};

// Reads the words after the program's name. Returns what is wrong with them, or nothing.
std::string Parse(const std::vector<std::string>& words, Options* options);

const char* Usage();

}  // namespace mien::bench

#endif  // MIEN_BENCH_OPTIONS_H_

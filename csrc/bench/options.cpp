#include "bench/options.h"

#include <algorithm>
#include <cstdlib>

namespace mien::bench {
namespace {

// False unless all of `text` is a number within the range.
bool ReadNumber(const std::string& text, double least, double most, double* number) {
  char* end = nullptr;
  const double value = std::strtod(text.c_str(), &end);
  const bool is_in_range = value >= least && value <= most;
  if (text.empty() || *end != '\0' || !is_in_range) return false;
  *number = value;
  return true;
}

std::string ReadRates(const std::string& text, std::vector<double>* rates_hz) {
  rates_hz->clear();
  for (std::size_t start = 0; start <= text.size();) {
    const std::size_t comma = std::min(text.find(',', start), text.size());
    double rate = 0;
    if (!ReadNumber(text.substr(start, comma - start), 1, 1000, &rate)) {
      return "--rates: expected numbers of 1..1000 with commas between, got " + text;
    }
    rates_hz->push_back(rate);
    start = comma + 1;
  }
  return "";
}

std::string ReadCore(const std::string& text, int* core) {
  if (text == "none") {
    *core = kNoCore;
    return "";
  }
  double number = 0;
  if (!ReadNumber(text, 0, 4095, &number)) return "--core: expected a number or none, got " + text;
  *core = static_cast<int>(number);
  return "";
}

// Of an option that takes a value.
std::string ReadOption(const std::string& name, const std::string& value, Options* options) {
  double number = 0;
  if (name == "--json") {
    options->json_path = value;
  } else if (name == "--csv") {
    options->csv_path = value;
  } else if (name == "--kernels") {
    options->kernels = value;
  } else if (name == "--rates") {
    return ReadRates(value, &options->rates_hz);
  } else if (name == "--core") {
    return ReadCore(value, &options->core);
  } else if (name == "--seconds") {
    if (!ReadNumber(value, 0.01, 3600, &options->seconds)) {
      return "--seconds: expected 0.01..3600, got " + value;
    }
  } else if (name == "--cameras") {
    if (!ReadNumber(value, 1, 4, &number)) return "--cameras: expected 1..4, got " + value;
    options->cameras = static_cast<int>(number);
  } else {
    return name + ": expected an option that --help lists";
  }
  return "";
}

}  // namespace

std::string Parse(const std::vector<std::string>& words, Options* options) {
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (words[i] == "--help" || words[i] == "-h") {
      options->is_help = true;
    } else if (words[i] == "--version") {
      options->is_version = true;
    } else if (words[i] == "--quick") {
      options->seconds = 0.2;
      options->warm_up_s = 0.05;
    } else if (i + 1 == words.size()) {
      return words[i] + ": expected an option that --help lists, with its value";
    } else {
      if (std::string problem = ReadOption(words[i], words[i + 1], options); !problem.empty()) {
        return problem;
      }
      ++i;
    }
  }
  return "";
}

const char* Usage() {
  return R"(mien_bench: what mien's core costs on this machine, without networks and without Python.

  --quick          a fifth of a second for each row instead of one: 6 s in all, rough
  --seconds S      for each row, 0.01..3600; default 1
  --cameras N      the most cameras, 1..4; default 4
  --rates A,B,..   frames per second to keep up with; default 60,72,90,120
  --core N|none    the core to stay on; default: the last one allowed
  --kernels NAME   scalar, avx2 or neon; default: this CPU's best
  --json FILE      write all that was found, as tools/bench/RESULTS.md describes it
  --csv FILE       write the rows
  --version        say which mien this is

Exit status: 0 done, 2 it could not be done.
)";
}

}  // namespace mien::bench

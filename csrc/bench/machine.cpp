#include "bench/machine.h"

#include <sched.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <fstream>

#if defined(__GLIBC__)
#include <gnu/libc-version.h>
#endif

namespace mien::bench {
namespace {

constexpr int kMostZones = 32;

std::string FirstLine(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line;
}

long FirstNumber(const std::string& path) {
  std::ifstream file(path);
  long number = 0;
  return file >> number ? number : 0;
}

// The value of a line of /proc/cpuinfo.
std::string CpuInfo(const char* name) {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    const std::size_t colon = line.find(':');
    if (colon == std::string::npos || line.compare(0, std::strlen(name), name) != 0) continue;
    return colon + 2 < line.size() ? line.substr(colon + 2) : "";
  }
  return "";
}

// ARM's /proc/cpuinfo tells numbers, not names.
std::string CpuName() {
  for (const char* name : {"model name", "Hardware", "Model"}) {
    if (std::string found = CpuInfo(name); !found.empty()) return found;
  }
  const std::string implementer = CpuInfo("CPU implementer");
  return implementer.empty() ? "" : "implementer " + implementer + " part " + CpuInfo("CPU part");
}

std::string CpuFeatures() {
  const std::string all = " " + CpuInfo("flags") + CpuInfo("Features") + " ";
  std::string shown;
  for (const char* name : {"sse4_1", "avx", "avx2", "fma", "avx512f", "avx512vl", "neon", "asimd",
                           "asimdhp", "asimddp", "i8mm", "sve", "sve2"}) {
    if (all.find(" " + std::string(name) + " ") == std::string::npos) continue;
    shown += (shown.empty() ? "" : " ") + std::string(name);
  }
  return shown;
}

std::string LibraryVersion() {
#if defined(__BIONIC__)
  return "bionic";
#elif defined(__GLIBC__)
  return std::string("glibc ") + gnu_get_libc_version();
#else
  return "musl";
#endif
}

const char* CompilerVersion() {
#if defined(__clang__)
  return "clang " __clang_version__;
#else
  return "gcc " __VERSION__;
#endif
}

std::string CoreFolder() {
  const int core = sched_getcpu();
  return "/sys/devices/system/cpu/cpu" + std::to_string(core < 0 ? 0 : core) + "/cpufreq/";
}

}  // namespace

Machine DescribeMachine() {
  utsname names{};
  uname(&names);
  Machine machine;
  machine.architecture = names.machine;
  machine.cpu = CpuName();
  machine.cpu_features = CpuFeatures();
  machine.cores = static_cast<int>(sysconf(_SC_NPROCESSORS_ONLN));
  machine.system = std::string(names.sysname) + " " + names.release;
  machine.libc = LibraryVersion();
  machine.compiler = CompilerVersion();
  machine.governor = FirstLine(CoreFolder() + "scaling_governor");
  return machine;
}

Condition ReadCondition() {
  Condition condition;
  condition.frequency_khz = FirstNumber(CoreFolder() + "scaling_cur_freq");
  for (int zone = 0; zone < kMostZones; ++zone) {
    const std::string folder = "/sys/class/thermal/thermal_zone" + std::to_string(zone) + "/";
    const std::string kind = FirstLine(folder + "type");
    if (kind.empty()) break;
    condition.celsius.emplace_back(kind, static_cast<double>(FirstNumber(folder + "temp")) * 1e-3);
  }
  return condition;
}

std::string DateUtc() {
  const time_t now = time(nullptr);
  tm parts{};
  gmtime_r(&now, &parts);
  std::array<char, 32> text{};
  (void)strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &parts);
  return text.data();
}

}  // namespace mien::bench

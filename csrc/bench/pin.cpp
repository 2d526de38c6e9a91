#include "bench/pin.h"

#include <sched.h>

#include <cerrno>
#include <cstring>

namespace mien::bench {
namespace {

std::string Allowed(const cpu_set_t& cores) {
  std::string text;
  for (int core = 0; core < CPU_SETSIZE; ++core) {
    if (CPU_ISSET(core, &cores)) text += (text.empty() ? "" : " ") + std::to_string(core);
  }
  return text;
}

}  // namespace

Pinning PinTo(int core) {
  Pinning pinning;
  if (core == kNoCore) return pinning;
  cpu_set_t allowed;
  CPU_ZERO(&allowed);
  if (sched_getaffinity(0, sizeof(allowed), &allowed) != 0) {
    pinning.problem = std::string("expected to learn the allowed cores, got: ") + strerror(errno);
    return pinning;
  }
  int wanted = core;
  for (int i = 0; core == kAnyCore && i < CPU_SETSIZE; ++i) {
    if (CPU_ISSET(i, &allowed)) wanted = i;
  }
  if (wanted < 0 || wanted >= CPU_SETSIZE || !CPU_ISSET(wanted, &allowed)) {
    pinning.problem = "expected one of the cores that this process may use (" + Allowed(allowed) +
                      "), got " + std::to_string(wanted);
    return pinning;
  }
  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET(wanted, &one);
  if (sched_setaffinity(0, sizeof(one), &one) == 0) {
    pinning.core = wanted;
  } else {
    pinning.problem = "expected the right to stay on core " + std::to_string(wanted) +
                      ", got: " + strerror(errno);
  }
  return pinning;
}

}  // namespace mien::bench

// Keeps the measuring thread on one core.

#ifndef MIEN_BENCH_PIN_H_
#define MIEN_BENCH_PIN_H_

#include <string>

namespace mien::bench {

constexpr int kNoCore = -1;
constexpr int kAnyCore = -2;

struct Pinning {
  int core = kNoCore;   // that the thread is on from now on
  std::string problem;  // why it is on none, where it should be
};

// Asks for a core; `kAnyCore` is the last one that this process may use, `kNoCore` asks for none.
Pinning PinTo(int core);

}  // namespace mien::bench

#endif  // MIEN_BENCH_PIN_H_

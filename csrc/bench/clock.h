// Times, nanoseconds.

#ifndef MIEN_BENCH_CLOCK_H_
#define MIEN_BENCH_CLOCK_H_

#include <cstdint>
#include <ctime>

namespace mien::bench {

inline std::int64_t ReadClockNs(clockid_t clock) {
  timespec now{};
  clock_gettime(clock, &now);
  return static_cast<std::int64_t>(now.tv_sec) * 1'000'000'000 + now.tv_nsec;
}

// Since some moment in the past.
inline std::int64_t MonotonicNs() {
  return ReadClockNs(CLOCK_MONOTONIC);
}

// That this thread has kept a core busy.
inline std::int64_t CpuNs() {
  return ReadClockNs(CLOCK_THREAD_CPUTIME_ID);
}

// Returns at `t_ns` on the clock of `MonotonicNs`, or at once if that is past.
inline void SleepUntilNs(std::int64_t t_ns) {
  timespec until{};
  until.tv_sec = static_cast<time_t>(t_ns / 1'000'000'000);
  until.tv_nsec = static_cast<long>(t_ns % 1'000'000'000);
  while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, nullptr) != 0) {
  }
}

}  // namespace mien::bench

#endif  // MIEN_BENCH_CLOCK_H_

#include "bench/deadlines.h"

#include <array>
#include <cstdio>

#include "bench/clock.h"
#include "bench/load.h"

namespace mien::bench {
namespace {

std::string Line(const DeadlineRow& row) {
  std::array<char, 200> text{};
  std::snprintf(text.data(), text.size(), "%7d  %6.0f %7ld %7ld  %8.1f %8.1f %9.1f  %10.1f  %6.3f",
                row.cameras, row.rate_hz, row.frames, row.missed, row.us.p50, row.us.p99,
                row.us.max, row.late_start_p99_us, row.cpu_share);
  return text.data();
}

Status Measure(const Options& options, FaceRig* rig, DeadlineRow* row) {
  const auto period_ns = static_cast<std::int64_t>(1e9 / row->rate_hz);
  const auto due = static_cast<long>(options.seconds * row->rate_hz) + 1;
  std::vector<std::int64_t> times_ns;
  std::vector<std::int64_t> late_ns;
  times_ns.reserve(static_cast<std::size_t>(due));
  late_ns.reserve(static_cast<std::size_t>(due));
  const LoadCounters before = ReadLoad();
  std::int64_t frame_ns = MonotonicNs() + period_ns;
  while (row->frames < due) {
    SleepUntilNs(frame_ns);
    const std::int64_t started = MonotonicNs();
    const Status status = rig->Step(row->cameras);
    if (status != Status::kOk) return status;
    const std::int64_t done = MonotonicNs();
    late_ns.push_back(started - frame_ns);
    times_ns.push_back(done - frame_ns);
    ++row->frames;
    if (done > frame_ns + period_ns) ++row->missed;
    // Frames that came and went meanwhile were never looked at.
    for (frame_ns += period_ns; frame_ns + period_ns < done; frame_ns += period_ns) {
      ++row->frames;
      ++row->missed;
    }
  }
  const LoadCounters after = ReadLoad();
  row->us = Summarise(&times_ns);
  row->late_start_p99_us = Summarise(&late_ns).p99;
  row->cpu_share = static_cast<double>(after.cpu_ns - before.cpu_ns) /
                   static_cast<double>(after.t_ns - before.t_ns);
  row->involuntary_switches = after.involuntary_switches - before.involuntary_switches;
  return Status::kOk;
}

}  // namespace

Status MeasureDeadlines(const Options& options, FaceRig* rig, Progress* progress,
                        BatteryMeter* battery, std::vector<DeadlineRow>* rows) {
  progress->Tell("");
  progress->Tell("steps without networks at a frame rate; microseconds from a frame's coming");
  progress->Tell("cameras   rate  frames  missed       p50      p99       max  late start     CPU");
  for (int cameras = 1; cameras <= options.cameras; ++cameras) {
    for (const double rate_hz : options.rates_hz) {
      DeadlineRow row;
      row.cameras = cameras;
      row.rate_hz = rate_hz;
      progress->Start(std::to_string(cameras) + " cameras at " +
                      std::to_string(static_cast<int>(rate_hz)) + " Hz");
      const Status status = Measure(options, rig, &row);
      if (status != Status::kOk) return status;
      battery->Note();
      progress->Tell(Line(row));
      rows->push_back(row);
    }
  }
  return Status::kOk;
}

int DeadlineCount(const Options& options) {
  return options.cameras * static_cast<int>(options.rates_hz.size());
}

}  // namespace mien::bench

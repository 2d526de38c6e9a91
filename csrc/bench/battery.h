// What the device takes from its battery.

#ifndef MIEN_BENCH_BATTERY_H_
#define MIEN_BENCH_BATTERY_H_

#include <string>

namespace mien::bench {

// What the discharging batteries below `folder` give now, together, watts; -1 if none does, or none
// tells. Batteries of mice and controllers do not count.
double BatteryWatts(const std::string& folder = "/sys/class/power_supply");

// The mean over moments of work.
class BatteryMeter {
 public:
  // Call it right after some work.
  void Note();

  // -1 if the device never ran on a battery.
  double MeanWatts() const;

 private:
  double sum_watts_ = 0;
  int count_ = 0;
};

}  // namespace mien::bench

#endif  // MIEN_BENCH_BATTERY_H_

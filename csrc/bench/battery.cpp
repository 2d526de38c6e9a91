#include "bench/battery.h"

#include <dirent.h>

#include <cmath>
#include <fstream>

namespace mien::bench {
namespace {

std::string FirstLine(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line;
}

bool ReadNumber(const std::string& path, double* number) {
  std::ifstream file(path);
  return static_cast<bool>(file >> *number);
}

// Some drivers tell power, others current and voltage; the sign is a matter of taste.
double SupplyWatts(const std::string& folder) {
  double power_uw = 0;
  double current_ua = 0;
  double voltage_uv = 0;
  if (ReadNumber(folder + "power_now", &power_uw)) return std::fabs(power_uw) * 1e-6;
  const bool is_known = ReadNumber(folder + "current_now", &current_ua) &&
                        ReadNumber(folder + "voltage_now", &voltage_uv);
  return is_known ? std::fabs(current_ua * voltage_uv) * 1e-12 : -1;
}

bool IsOurs(const std::string& folder) {
  return FirstLine(folder + "type") == "Battery" && FirstLine(folder + "status") == "Discharging" &&
         FirstLine(folder + "scope") != "Device";
}

}  // namespace

double BatteryWatts(const std::string& folder) {
  DIR* supplies = opendir(folder.c_str());
  if (supplies == nullptr) return -1;
  double total = -1;
  while (const dirent* supply = readdir(supplies)) {
    const std::string name = supply->d_name;
    const std::string path = folder + "/" + name + "/";
    const double watts = name[0] != '.' && IsOurs(path) ? SupplyWatts(path) : -1;
    if (watts >= 0) total = std::fmax(total, 0) + watts;
  }
  closedir(supplies);
  return total;
}

void BatteryMeter::Note() {
  const double watts = BatteryWatts();
  if (watts < 0) return;
  sum_watts_ += watts;
  ++count_;
}

double BatteryMeter::MeanWatts() const {
  return count_ > 0 ? sum_watts_ / count_ : -1;
}

}  // namespace mien::bench

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

// The number that a file holds; NaN where there is no such file, or no number in it.
double Number(const std::string& path) {
  std::ifstream file(path);
  double number = std::nan("");
  file >> number;
  return file ? number : std::nan("");
}

// Some drivers tell power, others current and voltage; the sign is a matter of taste.
double SupplyWatts(const std::string& folder) {
  const double power_uw = Number(folder + "power_now");
  if (!std::isnan(power_uw)) return std::fabs(power_uw) * 1e-6;
  const double product = Number(folder + "current_now") * Number(folder + "voltage_now");
  return std::isnan(product) ? -1 : std::fabs(product) * 1e-12;
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
    std::string path = folder;
    path.append("/").append(name).append("/");
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

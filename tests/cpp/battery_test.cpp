// What mien_bench reads of batteries, from files made up for it.

#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <initializer_list>
#include <string>
#include <utility>

#include "bench/battery.h"
#include "harness.h"

namespace {

using mien::bench::BatteryWatts;
using Files = std::initializer_list<std::pair<const char*, const char*>>;

// As /sys/class/power_supply; gone at the end of the test.
class Supplies {
 public:
  Supplies() {
    std::array<char, 40> name{"/tmp/mien-battery-XXXXXX"};
    const char* made = mkdtemp(name.data());
    folder_ = made == nullptr ? "" : made;
  }
  ~Supplies() { std::filesystem::remove_all(folder_); }
  Supplies(const Supplies&) = delete;
  Supplies& operator=(const Supplies&) = delete;

  void Put(const char* supply, Files files) const {
    const std::filesystem::path path = std::filesystem::path(folder_) / supply;
    std::filesystem::create_directories(path);
    for (const auto& [name, text] : files) std::ofstream(path / name) << text << '\n';
  }

  double Watts() const { return BatteryWatts(folder_); }

 private:
  std::string folder_;
};

TEST(WithoutBatteriesNothingIsKnown) {
  EXPECT(BatteryWatts("/no/such/folder") == -1);
  EXPECT(Supplies().Watts() == -1);
}

TEST(PowerOrCurrentTimesVoltageIsSummedUp) {
  const Supplies supplies;
  supplies.Put("BAT0", {{"type", "Battery"}, {"status", "Discharging"}, {"power_now", "3500000"}});
  EXPECT_NEAR(supplies.Watts(), 3.5, 1e-9);
  supplies.Put("BAT1", {{"type", "Battery"},
                        {"status", "Discharging"},
                        {"current_now", "-500000"},
                        {"voltage_now", "4000000"}});
  EXPECT_NEAR(supplies.Watts(), 5.5, 1e-9);
}

TEST(WhatIsNotThisDevicesUseIsNotCounted) {
  const Supplies supplies;
  supplies.Put("AC", {{"type", "Mains"}, {"status", "Discharging"}, {"power_now", "9000000"}});
  supplies.Put("BAT0", {{"type", "Battery"}, {"status", "Charging"}, {"power_now", "9000000"}});
  supplies.Put("mouse", {{"type", "Battery"},
                         {"status", "Discharging"},
                         {"scope", "Device"},
                         {"power_now", "9000000"}});
  supplies.Put("BAT1", {{"type", "Battery"}, {"status", "Discharging"}, {"current_now", "500000"}});
  EXPECT(supplies.Watts() == -1);
}

}  // namespace

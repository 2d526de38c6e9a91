#include "bench/report.h"

#include <array>
#include <cstdio>

#include "bench/json.h"
#include "mien/kernels.h"
#include "mien/version.h"

namespace mien::bench {
namespace {

constexpr long kSchemaVersion = 1;

void AddUs(const Summary& us, Json* json) {
  json->Name("us");
  json->Open('{');
  json->Field("mean", us.mean);
  json->Field("p50", us.p50);
  json->Field("p90", us.p90);
  json->Field("p99", us.p99);
  json->Field("max", us.max);
  json->Close();
}

void AddHeader(const Report& report, Json* json) {
  const Machine& machine = report.machine;
  json->Name("header");
  json->Open('{');
  json->Field("tool", std::string("mien_bench"));
  json->Field("mien", std::string(Version()));
  json->Field("date", report.date);
  json->Field("machine", machine.architecture);
  json->TextOrNull("cpu", machine.cpu);
  json->Field("cpu_features", machine.cpu_features);
  json->Field("cores", static_cast<long>(machine.cores));
  json->Field("system", machine.system);
  json->Field("libc", machine.libc);
  json->Field("compiler", machine.compiler);
  json->TextOrNull("governor", machine.governor);
  json->Field("kernels", std::string(KernelsInUse()));
  json->NumberOrNull("pinned_core", report.pinning.core);
  json->TextOrNull("pin_problem", report.pinning.problem);
  json->Field("seconds_per_row", report.options.seconds);
  json->Field("warm_up_s", report.options.warm_up_s);
  // For what only the Python tool knows.
  for (const char* name : {"python", "numpy", "litert", "model"}) json->TextOrNull(name, "");
  json->Close();
}

void AddCondition(const char* name, const Condition& condition, Json* json) {
  json->Name(name);
  json->Open('{');
  json->NumberOrNull("frequency_mhz", condition.frequency_khz > 0
                                          ? static_cast<double>(condition.frequency_khz) * 1e-3
                                          : -1);
  json->Name("celsius");
  json->Open('{');
  // Zones may share a kind; a name may not come twice.
  for (std::size_t i = 0; i < condition.celsius.size(); ++i) {
    const std::string zone = std::to_string(i) + " " + condition.celsius[i].first;
    json->Field(zone.c_str(), condition.celsius[i].second);
  }
  json->Close();
  json->Close();
}

void AddNoise(const Report& report, Json* json) {
  json->Name("noise");
  json->Open('{');
  json->Name("is_noisy");
  json->AddBool(!report.noise.reasons.empty());
  json->Name("reasons");
  json->Open('[');
  for (const std::string& reason : report.noise.reasons) json->Add(reason);
  json->Close();
  json->Field("involuntary_switches_per_s", report.noise.involuntary_switches_per_s);
  json->NumberOrNull("stolen_share", report.noise.stolen_share);
  json->Field("spread", report.noise.spread);
  json->Field("late_start_us", report.noise.late_start_us);
  json->Field("slowdown", report.noise.slowdown);
  json->Close();
}

void AddState(const Report& report, Json* json) {
  json->Name("state");
  json->Open('{');
  AddCondition("before", report.before, json);
  AddCondition("after", report.after, json);
  json->Name("is_throttled");
  if (report.before.frequency_khz > 0) {
    json->AddBool(IsThrottled(report));
  } else {
    json->AddNull();
  }
  json->NumberOrNull("watts", report.noise.watts);
  json->NumberOrNull("battery_watts", report.battery_watts);
  json->Field("rss_kb", report.memory.resident_kb);
  json->Field("peak_rss_kb", report.memory.peak_kb);
  json->Close();
}

void AddStages(const Report& report, Json* json) {
  json->Name("stages");
  json->Open('[');
  for (const StageRow& row : report.stages) {
    json->Open('{');
    json->Field("stage", row.stage);
    json->Field("cameras", static_cast<long>(row.cameras));
    json->Field("calls", row.calls);
    AddUs(row.us, json);
    json->Field("cpu_share", row.cpu_share);
    json->Field("allocations", row.allocations);
    json->Close();
  }
  json->Close();
}

void AddDeadlines(const Report& report, Json* json) {
  json->Name("deadlines");
  json->Open('[');
  for (const DeadlineRow& row : report.deadlines) {
    json->Open('{');
    json->Field("step", std::string("step without networks"));
    json->Field("cameras", static_cast<long>(row.cameras));
    json->Field("rate_hz", row.rate_hz);
    json->Field("frames", row.frames);
    json->Field("missed", row.missed);
    AddUs(row.us, json);
    json->Field("late_start_p99_us", row.late_start_p99_us);
    json->Field("cpu_share", row.cpu_share);
    json->Field("involuntary_switches", row.involuntary_switches);
    json->Close();
  }
  json->Close();
}

std::string CsvUs(const Summary& us) {
  std::array<char, 120> text{};
  std::snprintf(text.data(), text.size(), "%.3f,%.3f,%.3f,%.3f,%.3f", us.mean, us.p50, us.p90,
                us.p99, us.max);
  return text.data();
}

}  // namespace

bool IsThrottled(const Report& report) {
  const auto before = static_cast<double>(report.before.frequency_khz);
  return before > 0 && static_cast<double>(report.after.frequency_khz) < 0.9 * before;
}

std::string JsonOf(const Report& report) {
  Json json;
  json.Open('{');
  json.Field("format", std::string("mien-bench"));
  json.Field("version", kSchemaVersion);
  AddHeader(report, &json);
  AddNoise(report, &json);
  AddState(report, &json);
  AddStages(report, &json);
  AddDeadlines(report, &json);
  json.Close();
  return json.text();
}

std::string CsvOf(const Report& report) {
  std::string text =
      "kind,stage,cameras,rate_hz,calls,missed,mean_us,p50_us,p90_us,p99_us,max_us,cpu_share,"
      "allocations\n";
  for (const StageRow& row : report.stages) {
    text += "stage,\"" + row.stage + "\"," + std::to_string(row.cameras) + ",," +
            std::to_string(row.calls) + ",," + CsvUs(row.us) + "," + std::to_string(row.cpu_share) +
            "," + std::to_string(row.allocations) + "\n";
  }
  for (const DeadlineRow& row : report.deadlines) {
    text += "deadline,step without networks," + std::to_string(row.cameras) + "," +
            std::to_string(row.rate_hz) + "," + std::to_string(row.frames) + "," +
            std::to_string(row.missed) + "," + CsvUs(row.us) + "," + std::to_string(row.cpu_share) +
            ",\n";
  }
  return text;
}

}  // namespace mien::bench

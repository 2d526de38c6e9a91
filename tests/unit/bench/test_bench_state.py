"""What `mien bench` reads of a machine, from files made up for it."""

from __future__ import annotations

from pathlib import Path

import pytest

from mien.bench.load import Load, judge, read_load
from mien.bench.machine import describe
from mien.bench.pin import Pinning
from mien.bench.plan import BenchPlan
from mien.bench.power import (
    Condition,
    PowerMeter,
    battery_watts,
    is_throttled,
    memory_kb,
    read_condition,
)

QUIET = {"spread": 1.1, "late_start_us": 500.0, "slowdown": 1.0}


def put(root: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{text}\n", encoding="ascii")
    return root


def battery(name: str = "BAT0", **files: str) -> dict[str, str]:
    folder = f"sys/class/power_supply/{name}"
    common = {"type": "Battery", "status": "Discharging"}
    return {f"{folder}/{file}": text for file, text in (common | files).items()}


def test_power_of_a_battery_as_power_or_as_current_and_voltage(tmp_path: Path):
    put(tmp_path, battery(power_now="3500000"))
    assert battery_watts(tmp_path) == pytest.approx(3.5)
    put(tmp_path, battery("BAT1", current_now="-500000", voltage_now="4000000"))
    assert battery_watts(tmp_path) == pytest.approx(5.5)


@pytest.mark.parametrize(
    "files",
    [
        {},
        battery(status="Charging", power_now="9000000"),
        battery(type="Mains", power_now="9000000"),
        battery(scope="Device", power_now="9000000"),
        battery(current_now="500000"),
        battery(power_now="unknown"),
    ],
)
def test_what_is_not_this_devices_use_is_not_counted(tmp_path: Path, files: dict[str, str]):
    assert battery_watts(put(tmp_path, files)) is None


def test_the_battery_is_read_at_each_note(tmp_path: Path):
    meter = PowerMeter(put(tmp_path, battery(power_now="2000000")))
    meter.note()
    put(tmp_path, battery(power_now="4000000"))
    meter.note()
    assert meter.mean_battery_watts() == pytest.approx(3.0)
    assert PowerMeter(tmp_path).mean_battery_watts() is None


def test_power_of_the_package_is_energy_by_time(tmp_path: Path):
    file = "sys/class/powercap/intel-rapl:0/energy_uj"
    meter = PowerMeter(put(tmp_path, {file: "1000"}))
    assert meter.watts() is None  # nothing used yet
    put(tmp_path, {file: "2001000"})
    watts = meter.watts()
    assert watts is not None
    assert watts > 0
    put(tmp_path, {file: "5"})  # the counter began anew
    assert meter.watts() is None
    assert PowerMeter(tmp_path / "none").watts() is None


def test_heat_and_frequency_are_read(tmp_path: Path):
    zone = "sys/class/thermal/thermal_zone"
    frequency = "sys/devices/system/cpu/cpu2/cpufreq/scaling_cur_freq"
    files = {f"{zone}0/type": "cpu", f"{zone}0/temp": "41500", f"{zone}1/type": "cpu"}
    put(tmp_path, {**files, frequency: "1800000"})
    assert read_condition(tmp_path, core=2) == Condition(1800.0, {"0 cpu": 41.5})
    assert read_condition(tmp_path, core=0).frequency_mhz is None


def test_a_core_that_ends_slower_was_throttled():
    fast, slow = Condition(2000.0, {}), Condition(1700.0, {})
    assert is_throttled(fast, slow) is True
    assert is_throttled(fast, fast) is False
    assert is_throttled(Condition(None, {}), slow) is None


def test_memory_is_read(tmp_path: Path):
    put(tmp_path, {"proc/self/status": "VmHWM:\t  900 kB\nVmRSS:\t  800 kB"})
    assert memory_kb(tmp_path) == (800, 900)
    assert memory_kb(tmp_path / "none") == (None, None)


def test_stolen_time_is_read(tmp_path: Path):
    put(tmp_path, {"proc/stat": "cpu  1 2 3 4 5 6 7 8 9 10"})
    load = read_load(tmp_path)
    assert (load.stolen_ticks, load.all_ticks) == (8, 36)
    assert read_load(tmp_path / "none").stolen_ticks is None


def load(seconds: float, *, switches: int = 0, stolen: int = 0) -> Load:
    return Load(round(seconds * 1e9), switches, stolen, round(200 * seconds))


def test_a_quiet_machine_is_not_called_noisy():
    noise = judge(load(0), load(10, switches=100, stolen=2), **QUIET)
    assert (noise.is_noisy, noise.reasons) == (False, ())
    assert noise.involuntary_switches_per_s == 10
    assert noise.stolen_share == 0.001


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"switches": 500}, "other programs took the core 50 times a second (most: 20)"),
        ({"stolen": 100}, "other virtual machines took 5.0% of the cores (most: 1%)"),
        ({"spread": 1.5}, "a tenth of the same steps took 1.50 times the median"),
        ({"late_start_us": 2000.0}, "began 2000 us late (most: 1000)"),
        ({"slowdown": 1.3}, "the same steps took 1.30 times as long at the end (most: 1.10)"),
    ],
)
def test_a_noisy_machine_is_told_why(changes, told):
    counters = {name: changes[name] for name in ("switches", "stolen") if name in changes}
    named = QUIET | {name: value for name, value in changes.items() if name not in counters}
    noise = judge(load(0), load(10, **counters), **named)
    assert noise.is_noisy
    assert len(noise.reasons) == 1
    assert told in noise.reasons[0]


def test_where_the_system_does_not_tell_nothing_is_made_up():
    silent = Load(0, None, None, 0)
    noise = judge(silent, silent, **QUIET)
    assert (noise.involuntary_switches_per_s, noise.stolen_share) == (None, None)


def test_an_arm_cpu_is_named_by_its_numbers(tmp_path: Path):
    cpu = "Features\t: fp asimd sve bogus\nCPU implementer\t: 0x41\nCPU part\t: 0xd08"
    put(tmp_path, {"proc/cpuinfo": cpu})
    model = tmp_path / "model"
    model.write_bytes(b"a")
    header = describe(BenchPlan(), Pinning(None, "why"), model=model, root=tmp_path)
    assert header.cpu == "implementer 0x41 part 0xd08"
    assert header.cpu_features == "asimd sve"
    assert header.governor is None
    assert header.pin_problem == "why"

"""Energy, heat and memory, where the system tells of them."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from mien.bench.load import ROOT
from mien.bench.sysfs import line, number

SLOWED: Final = 0.9
"""A core that ends below this share of its first frequency was throttled."""
_RAPL: Final = "sys/class/powercap/intel-rapl:0/energy_uj"


@dataclass(frozen=True, slots=True)
class Condition:
    """How fast and hot the machine runs at a moment."""

    frequency_mhz: float | None
    """Of the core this thread was on."""
    celsius: dict[str, float]
    """Thermal zone -> degrees."""


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """What the machine and this process were like."""

    before: Condition
    after: Condition
    is_throttled: bool | None
    watts: float | None
    battery_watts: float | None
    rss_kb: int | None
    peak_rss_kb: int | None


class PowerMeter:
    """Mean power from its making on.

    Args:
        root: Where /sys lies.
    """

    def __init__(self, root: Path = ROOT) -> None:
        self._root = root
        self._started_uj, self._started_ns = self._energy_uj(), time.monotonic_ns()
        self._battery_watts: list[float] = []

    def note(self) -> None:
        """Read what the battery gives at this moment; call it right after some work."""
        watts = battery_watts(self._root)
        if watts is not None:
            self._battery_watts.append(watts)

    def watts(self) -> float | None:
        """Of the CPU package (RAPL); None if it may not be read, or its counter began anew."""
        energy_uj = self._energy_uj()
        if energy_uj is None or self._started_uj is None or energy_uj <= self._started_uj:
            return None
        return (energy_uj - self._started_uj) * 1e3 / (time.monotonic_ns() - self._started_ns)

    def mean_battery_watts(self) -> float | None:
        """Of the whole device, mean over the notes; None if it never ran on a battery."""
        noted = self._battery_watts
        return sum(noted) / len(noted) if noted else None

    def _energy_uj(self) -> int | None:
        return number(self._root / _RAPL)


def battery_watts(root: Path = ROOT) -> float | None:
    """What discharging batteries give now, together; None if none does, or none tells."""
    total, is_known = 0.0, False
    for folder in sorted((root / "sys/class/power_supply").glob("*")):
        if line(folder / "type") != "Battery" or line(folder / "status") != "Discharging":
            continue
        if line(folder / "scope") == "Device":  # of a mouse or controller
            continue
        watts = _supply_watts(folder)
        if watts is not None:
            total, is_known = total + watts, True
    return total if is_known else None


def _supply_watts(folder: Path) -> float | None:
    """Some drivers tell power, others current and voltage; the sign is a matter of taste."""
    power_uw = number(folder / "power_now")
    if power_uw is not None:
        return abs(power_uw) * 1e-6
    current_ua, voltage_uv = (number(folder / f"{what}_now") for what in ("current", "voltage"))
    if current_ua is None or voltage_uv is None:
        return None
    return abs(current_ua * voltage_uv) * 1e-12


def read_condition(root: Path = ROOT, *, core: int = 0) -> Condition:
    """Frequency of a core, and temperatures."""
    khz = number(root / f"sys/devices/system/cpu/cpu{core}/cpufreq/scaling_cur_freq")
    celsius = {}
    for index in range(32):
        folder = root / f"sys/class/thermal/thermal_zone{index}"
        kind, millidegrees = line(folder / "type"), number(folder / "temp")
        if kind and millidegrees is not None:
            celsius[f"{index} {kind}"] = millidegrees * 1e-3
    return Condition(None if not khz else khz * 1e-3, celsius)


def is_throttled(before: Condition, after: Condition) -> bool | None:
    """Whether the core became slower; None if the system does not tell."""
    if before.frequency_mhz is None or after.frequency_mhz is None:
        return None
    return after.frequency_mhz < SLOWED * before.frequency_mhz


def memory_kb(root: Path = ROOT) -> tuple[int | None, int | None]:
    """This process's resident memory now and at most, kB."""
    try:
        text = (root / "proc" / "self" / "status").read_text(encoding="utf-8")
    except OSError:
        return None, None
    facts = dict(line.split(":", 1) for line in text.splitlines() if ":" in line)
    now, most = (facts.get(name, "").split() for name in ("VmRSS", "VmHWM"))
    return (int(now[0]) if now else None), (int(most[0]) if most else None)


def current_core() -> int:
    """The core to ask about: the only one allowed, or the first one."""
    if hasattr(os, "sched_getaffinity"):
        return min(os.sched_getaffinity(0))
    return 0

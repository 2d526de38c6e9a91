"""What else went on while something was measured."""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

# Above these a median is off by several percent, and a p99 tells of others' work. The same numbers
# stand in csrc/bench/load.cpp.
MOST_SWITCHES_PER_S: Final = 20.0
MOST_STOLEN_SHARE: Final = 0.01
MOST_SPREAD: Final = 1.25
MOST_LATE_START_US: Final = 1000.0
MOST_SLOWDOWN: Final = 1.1
ROOT: Final = Path("/")
_SWITCHES: Final = "other programs took the core {got:.0f} times a second (most: {most:.0f})"
_STOLEN: Final = "other virtual machines took {got:.1%} of the cores (most: {most:.0%})"
_SPREAD: Final = (
    "a tenth of the same steps took {got:.2f} times the median or more (most: {most:.2f})"
)
_LATE: Final = (
    "work on a frame in a hundred began {got:.0f} us late (most: {most:.0f}): others had the "
    "core, or it was slow to wake"
)
_SLOWDOWN: Final = (
    "the same steps took {got:.2f} times as long at the end (most: {most:.2f}): the core was "
    "slowed down, or others had it"
)


@dataclass(frozen=True, slots=True)
class Load:
    """Counters that only grow; a difference of two tells what happened between."""

    t_ns: int
    switches: int | None
    """Times that others got this thread's core."""
    stolen_ticks: int | None
    """Of all cores, given to other virtual machines."""
    all_ticks: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Noise:
    """How far the figures are to be trusted; None where the system does not tell."""

    is_noisy: bool
    reasons: tuple[str, ...]
    involuntary_switches_per_s: float | None
    stolen_share: float | None
    spread: float
    late_start_us: float
    slowdown: float


def involuntary_switches() -> int | None:
    """How often others got this thread's core so far; None if the system does not tell."""
    if sys.platform != "linux":
        return None
    import resource  # noqa: PLC0415 - Windows has none

    return resource.getrusage(resource.RUSAGE_THREAD).ru_nivcsw


def read_load(root: Path = ROOT) -> Load:
    """The counters now; `root` is where /proc lies."""
    ticks: list[int] = []
    try:
        words = (root / "proc" / "stat").read_text(encoding="ascii").split("\n", 1)[0].split()
        # user nice system idle iowait irq softirq steal; guests' time is in user's already
        ticks = [int(word) for word in words[1:9]]
    except (OSError, ValueError):
        pass
    stolen = ticks[7] if len(ticks) == 8 else None
    return Load(time.monotonic_ns(), involuntary_switches(), stolen, sum(ticks))


def judge(
    before: Load, after: Load, *, spread: float, late_start_us: float, slowdown: float
) -> Noise:
    """Whether the machine was quiet enough between two readings.

    Args:
        before: Before the stages.
        after: After them.
        spread: p90 / p50 of a step that is always the same work.
        late_start_us: The largest p99, of all rows, of how late work on a frame began.
        slowdown: p50 of that work at the end of the run, in shares of that at its start.
    """
    switches_per_s = stolen_share = None
    if before.switches is not None and after.switches is not None:
        seconds = (after.t_ns - before.t_ns) * 1e-9
        switches_per_s = (after.switches - before.switches) / seconds
    ticks = after.all_ticks - before.all_ticks
    if before.stolen_ticks is not None and after.stolen_ticks is not None and ticks > 0:
        stolen_share = (after.stolen_ticks - before.stolen_ticks) / ticks
    rules = (
        (switches_per_s or 0.0, MOST_SWITCHES_PER_S, _SWITCHES),
        (stolen_share or 0.0, MOST_STOLEN_SHARE, _STOLEN),
        (spread, MOST_SPREAD, _SPREAD),
        (late_start_us, MOST_LATE_START_US, _LATE),
        (slowdown, MOST_SLOWDOWN, _SLOWDOWN),
    )
    reasons = tuple(text.format(got=got, most=most) for got, most, text in rules if got > most)
    return Noise(
        is_noisy=bool(reasons),
        reasons=reasons,
        involuntary_switches_per_s=switches_per_s,
        stolen_share=stolen_share,
        spread=spread,
        late_start_us=late_start_us,
        slowdown=slowdown,
    )

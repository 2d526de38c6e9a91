"""Whether the step of a frame is done before the next frame comes, at the rates of headsets."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from mien.bench.load import involuntary_switches
from mien.bench.plan import BenchPlan
from mien.bench.timing import Timing, summarise


@dataclass(frozen=True, slots=True)
class DeadlineRow:
    """One number of cameras at one rate."""

    step: str
    cameras: int
    rate_hz: float
    frames: int
    """That came."""
    missed: int
    """Of them, those that were not done when the next one came."""
    us: Timing
    """From a frame's coming until it is done: with the time to wake up."""
    late_start_p99_us: float
    """From a frame's coming until work on it began."""
    cpu_share: float
    """Seconds of one core for each second."""
    involuntary_switches: int | None


def measure_deadlines(
    step: Callable[[int], object], plan: BenchPlan, *, on_start: Callable[[str], object]
) -> Iterator[DeadlineRow]:
    """Measure and yield a row per number of cameras and rate."""
    for cameras in range(1, plan.cameras + 1):
        for rate_hz in plan.rates_hz:
            on_start(f"{cameras} cameras at {rate_hz:g} Hz")
            yield _measure(step, cameras, rate_hz=rate_hz, seconds=plan.seconds)


def _measure(
    step: Callable[[int], object], cameras: int, *, rate_hz: float, seconds: float
) -> DeadlineRow:
    period_ns, due = int(1e9 / rate_hz), int(seconds * rate_hz) + 1
    times_ns: list[int] = []
    late_ns: list[int] = []
    frames = missed = 0
    clock = time.monotonic_ns
    cpu_ns, wall_ns, switches = time.process_time_ns(), clock(), involuntary_switches()
    frame_ns = clock() + period_ns
    while frames < due:
        time.sleep(max(frame_ns - clock(), 0) * 1e-9)
        started = clock()
        step(cameras)
        done = clock()
        late_ns.append(started - frame_ns)
        times_ns.append(done - frame_ns)
        frames += 1
        missed += done > frame_ns + period_ns
        frame_ns += period_ns
        while frame_ns + period_ns < done:  # frames that came and went were never looked at
            frames, missed, frame_ns = frames + 1, missed + 1, frame_ns + period_ns
    cpu_ns, wall_ns = time.process_time_ns() - cpu_ns, clock() - wall_ns
    after = involuntary_switches()
    return DeadlineRow(
        step="whole step",
        cameras=cameras,
        rate_hz=rate_hz,
        frames=frames,
        missed=missed,
        us=summarise(times_ns),
        late_start_p99_us=summarise(late_ns).p99,
        cpu_share=cpu_ns / wall_ns,
        involuntary_switches=None if after is None or switches is None else after - switches,
    )

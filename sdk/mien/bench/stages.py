"""Times of the parts of a frame, called again and again without a pause."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from mien.bench.face_rig import FaceRig
from mien.bench.plan import BenchPlan
from mien.bench.timing import Timing, summarise
from mien.bench.whole_step import WholeStep

MOST_SAMPLES: Final = 200_000
STEADY_STAGE: Final = "step without networks"
"""With one camera it is always the same work: its spread tells of the machine."""
Run = Callable[[], object]


@dataclass(frozen=True, slots=True)
class StageRow:
    """One part."""

    stage: str
    cameras: int
    calls: int
    us: Timing
    cpu_share: float
    """Seconds of one core for each second, of the whole process."""
    allocations: int | None = None
    """Only the C++ tool counts them."""


def stages(rig: FaceRig, whole: WholeStep, *, cameras: int) -> list[tuple[str, int, Run]]:
    """Name, number of cameras and call of each row; names are those of csrc/bench/stages.cpp."""
    first = rig.cameras[0]
    rows: list[tuple[str, int, Run]] = [
        ("preprocess gray8 400x400 to 128", 1, lambda: first.take_frame(rig.next_frame())),
        ("preprocess yuyv 400x400 to 128", 1, first.take_yuyv),
        ("flow 128x128", 1, first.whole_flow),
        ("flow 128x128, one image ready", 1, first.next_flow),
        ("motion 128x128, 5 regions and slip", 1, first.motion),
        ("one euro, 49 values", 1, rig.smooth),
        ("eye network", 1, whole.eye_network),
        ("mouth network", 1, whole.mouth_network),
    ]
    for name, step in ((STEADY_STAGE, rig.step), ("whole step", whole.step)):
        rows += [(name, count, _with(step, count)) for count in range(1, cameras + 1)]
    return rows


def _with(step: Callable[[int], object], cameras: int) -> Run:
    return lambda: step(cameras)


def measure_stages(
    rows: list[tuple[str, int, Run]], plan: BenchPlan, *, on_start: Callable[[str], object]
) -> Iterator[StageRow]:
    """Measure and yield one row after the other."""
    for name, cameras, run in rows:
        on_start(name)
        _times_ns(run, plan.warm_up_s)
        cpu_ns, wall_ns = time.process_time_ns(), time.perf_counter_ns()
        times_ns = _times_ns(run, plan.seconds)
        cpu_ns, wall_ns = time.process_time_ns() - cpu_ns, time.perf_counter_ns() - wall_ns
        yield StageRow(name, cameras, len(times_ns), summarise(times_ns), cpu_ns / wall_ns)


def _times_ns(run: Run, seconds: float) -> list[int]:
    """At least one time."""
    times_ns: list[int] = []
    clock = time.perf_counter_ns
    started = clock()
    end = started + round(seconds * 1e9)
    while not times_ns or (started < end and len(times_ns) < MOST_SAMPLES):
        run()
        done = clock()
        times_ns.append(done - started)
        started = done
    return times_ns

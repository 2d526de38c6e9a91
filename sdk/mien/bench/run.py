"""One run of the benchmark, from pinning to the verdict."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from mien.bench.deadlines import DeadlineRow, measure_deadlines
from mien.bench.face_rig import FaceRig
from mien.bench.load import judge, read_load
from mien.bench.machine import Header, describe
from mien.bench.pin import pin_to
from mien.bench.plan import BenchPlan
from mien.bench.power import (
    Condition,
    PowerMeter,
    State,
    current_core,
    is_throttled,
    memory_kb,
    read_condition,
)
from mien.bench.report import Report
from mien.bench.stages import STEADY_STAGE, StageRow, measure_stages, stages
from mien.bench.whole_step import WholeStep
from mien.vision.kernels import use_kernels


def _nothing(_: object) -> None:
    pass


@dataclass(frozen=True, slots=True)
class Listener:
    """Who is told what happens; each part may be left out."""

    header: Callable[[Header], object] = _nothing
    start: Callable[[str], object] = _nothing
    """What is measured from now on."""
    row: Callable[[StageRow | DeadlineRow], object] = _nothing


def row_count(plan: BenchPlan) -> int:
    """How many rows a run measures; the last one is the steady stage again."""
    return 9 + plan.cameras * (2 + len(plan.rates_hz))


@dataclass(slots=True)
class _Meter:
    power: PowerMeter = field(default_factory=PowerMeter)
    before: Condition = field(default_factory=lambda: read_condition(core=current_core()))

    def state(self) -> State:
        after, (rss_kb, peak_rss_kb) = read_condition(core=current_core()), memory_kb()
        return State(
            before=self.before,
            after=after,
            is_throttled=is_throttled(self.before, after),
            watts=self.power.watts(),
            battery_watts=self.power.mean_battery_watts(),
            rss_kb=rss_kb,
            peak_rss_kb=peak_rss_kb,
        )


def run_bench(plan: BenchPlan, listener: Listener | None = None) -> Report:
    """Measure everything; this process stays on the plan's core from then on.

    Raises:
        ConfigError: If this CPU has not the kernels that were asked for.
        ModelError: If the model file cannot be used.
        MienError: If the tracker refused a made-up frame.
    """
    listener = listener or Listener()
    if plan.kernels:
        use_kernels(plan.kernels)
    rig, whole = FaceRig(plan.cameras), WholeStep(plan.model, plan.cameras)
    header = describe(plan, pin_to(plan.core), model=whole.model_path)
    listener.header(header)
    meter, before = _Meter(), read_load()
    rows = stages(rig, whole, cameras=plan.cameras)
    measured: list[StageRow] = []
    for row in measure_stages(rows, plan, on_start=listener.start):
        meter.power.note()
        measured.append(row)
        listener.row(row)
    after = read_load()
    deadlines: list[DeadlineRow] = []
    for deadline in measure_deadlines(whole.step, plan, on_start=listener.start):
        meter.power.note()
        deadlines.append(deadline)
        listener.row(deadline)
    whole.require_used()
    steady = next(row.us for row in measured if row.stage == STEADY_STAGE)
    steady_rows = [row for row in rows if row[:2] == (STEADY_STAGE, 1)]
    (again,) = measure_stages(steady_rows, plan, on_start=listener.start)
    noise = judge(
        before,
        after,
        spread=steady.p90 / steady.p50,
        late_start_us=max(row.late_start_p99_us for row in deadlines),
        slowdown=again.us.p50 / steady.p50,
    )
    return Report(header, noise, meter.state(), tuple(measured), tuple(deadlines))

"""The whole device path once, on a session with exact truth, with everything to look at."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from rich.console import Console

from mien import metrics
from mien.capture.session import Session, open_session
from mien.capture.sources import open_source
from mien.errors import SessionError
from mien.metrics import Scores
from mien.outputs.csv_sink import CsvSink
from mien.outputs.sink import MemorySink
from mien.runtime.health import Health
from mien.runtime.model import Model
from mien.runtime.tracker import Tracker
from mien.studio.evaluate import Curves, curves_of
from mien.studio.latency import StageLatency, summarise
from mien.studio.live import LiveTable
from mien.studio.snapshot import BestMoment, Snapshot, Tap
from mien.studio.tables import latency_table, number, scores_table

MEAN_R_FLOOR: Final = 0.65
"""A demo whose curves follow the truth less than this has failed. The shipped model reaches 0.70;
what is between leaves room for CPUs whose int8 kernels round otherwise."""
FILES: Final = ("values.csv", "views.png", "curves.png", "demo.json")


@dataclass(frozen=True, slots=True)
class Tracked:
    """What one run over the session gave."""

    curves: Curves
    health: Health
    stages: Sequence[StageLatency]
    moment: Snapshot | None
    states: int
    expected_states: int


def sample_path() -> Path:
    """The sample session of the repository; wheels are without it, being for headsets.

    Raises:
        SessionError: If the package was installed from a wheel.
    """
    samples = Path(__file__).resolve().parents[1] / "samples"
    found = sorted(found.parent for found in samples.glob("*/session.toml"))
    if not found:
        raise SessionError(
            f"{samples}: expected a sample session, got none: wheels have none; name a session, "
            "such as sdk/mien/samples/showcase of mien's repository"
        )
    return found[0]


def run_demo(
    session: Path | None,
    out: Path,
    *,
    model: Path | None = None,
    console: Console | None = None,
    floor: float = MEAN_R_FLOOR,
) -> bool:
    """Track a session, print what came of it, write files to look at, and judge.

    Args:
        session: A session with truth; None is the shipped sample.
        out: Folder for `values.csv`, `views.png`, `curves.png`, `demo.json`; it is made.
        model: Model file; None is the shipped one.
        console: Where to print.
        floor: The mean r below which the demo fails.

    Returns:
        True if everything was as it should be. The last line printed says the same.

    Raises:
        MienError: If the model or the session cannot be used.
    """
    console = console or Console()
    path = session or sample_path()
    loaded = Model.load(model)
    console.print(f"session [bold]{path.name}[/], model [bold]{loaded.info.path.name}[/]")
    for name in FILES:
        (out / name).unlink(missing_ok=True)
    tracked = _track(open_session(path), loaded, out / "values.csv", console=console)
    scores = _scores(tracked.curves)
    console.print(latency_table(tracked.stages))
    if scores is not None:
        console.print(scores_table(scores))
    with console.status("drawing the pictures"):
        _draw(tracked, out)
    _write_json(tracked, scores, out / "demo.json")
    problems = _problems(tracked, scores, out, floor=floor)
    for name in FILES:
        console.print(f"  {out / name}")
    _print_verdict(problems, scores, console, floor=floor)
    return not problems


def _track(session: Session, model: Model, csv: Path, *, console: Console) -> Tracked:
    memory = MemorySink()
    tracker = Tracker.load(model, clock_ns=time.perf_counter_ns)
    with tracker, open_source(session.path) as source, CsvSink(csv) as sink:
        tap = Tap(source)
        best = BestMoment(tap, tracker)
        with LiveTable(tracker.health, console=console) as table:
            for state in tracker.track(tap):
                table.watch(tracker.health)
                for taker in (memory, sink, best, table):
                    taker.add(state)
        stages = summarise(tracker.timings.per_step_ns)
    curves = curves_of(session.path.name, memory.table(), session.truth())
    states = len(memory.states)
    expected = sum(len(session.times_ns(camera)) for camera in session.cameras)
    return Tracked(curves, tracker.health, stages, best.snapshot, states, expected)


def _scores(curves: Curves) -> Scores | None:
    return None if curves.truth is None else metrics.score(curves.truth, curves.got)


def _draw(tracked: Tracked, out: Path) -> None:
    # matplotlib takes a second to load: the live table should not wait for it.
    from mien.studio.curves_picture import curves_picture
    from mien.studio.views_picture import views_picture

    if tracked.moment is not None:
        views_picture(tracked.moment, out / "views.png")
    if len(tracked.curves.t_ns) > 1:
        curves_picture(tracked.curves, out / "curves.png")


def _write_json(tracked: Tracked, scores: Scores | None, path: Path) -> None:
    report = {
        "states": tracked.states,
        "expected_states": tracked.expected_states,
        "bad_frames": tracked.health.bad_frames,
        "stages": [stage.as_json() for stage in tracked.stages],
        "scores": None if scores is None else scores.as_json(),
    }
    path.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")


def _problems(tracked: Tracked, scores: Scores | None, out: Path, *, floor: float) -> list[str]:
    count, mean_r = tracked.states, None if scores is None else scores.mean_r
    missing = [n for n in FILES if not (out / n).is_file() or (out / n).stat().st_size == 0]
    rules = (
        (count == tracked.expected_states, f"states {count} of {tracked.expected_states}"),
        (tracked.health.bad_frames == 0, f"frames skipped: {tracked.health.bad_frames}"),
        (not tracked.health.source_error, f"source: {tracked.health.source_error}"),
        (not missing, f"files missing: {', '.join(missing)}"),
        (mean_r is not None and mean_r >= floor, f"mean r {number(mean_r)} is below {floor:.2f}"),
    )
    return [problem for holds, problem in rules if not holds]


def _print_verdict(
    problems: Sequence[str], scores: Scores | None, console: Console, *, floor: float
) -> None:
    if problems:
        console.print(f"demo: FAIL {'; '.join(problems)}", style="bold red", highlight=False)
        return
    mean_r, mean_mae = (scores.mean_r, scores.mean_mae) if scores else (None, None)
    console.print(
        f"demo: PASS no state lost, mean r {number(mean_r)} (floor {floor:.2f}), "
        f"mean MAE {number(mean_mae)}",
        style="bold green",
        highlight=False,
    )

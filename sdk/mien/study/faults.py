"""Every fault of a camera, many times at random, into one session: what the tracker makes of it.

Each fault spoils two thirds of a second of one camera, then good frames follow. The same stretches
run through a second tracker without faults. What the other cameras say must be as near to the exact
truth as there (not the same to the bit: the verdict that the headset has slipped is common to all),
and what the spoilt one says must come back to it. Absences last ten seconds; every other
time the camera returns with a clock that began anew.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from mien import schema
from mien.capture.session import open_session
from mien.capture.sources import open_source
from mien.errors import SessionError
from mien.jobs import Step, finished
from mien.runtime.fusion import route
from mien.runtime.model import Model
from mien.runtime.tracker import Tracker
from mien.studio.evaluate import truth_at
from mien.study.fault_kinds import SPOILS, Arrival, Rng
from mien.types import FaceState, Frame, Progress, Rig, Values, silent

AWAY, NEVER = "away 10 s, returns", "never comes"
FAULTS: Final = (*SPOILS, AWAY, NEVER)
STRETCH_NS: Final = 640_000_000
AWAY_STRETCHES: Final = 16
"""Ten seconds."""


@dataclass(slots=True)
class FaultRow:
    """What came of one fault."""

    fault: str
    injected: int = 0
    spoilt: int = 0
    """Frames that were of no use."""
    told: int = 0
    """... that `health` counts under a kind that names the fault."""
    misnamed: int = 0
    """... under another kind."""
    states: int = 0
    """... that gave a face state; those whose time is not believed give none."""
    cleared: int = 0
    """... in which `tracked` was off for all that only this camera sees."""
    lost: int = 0
    """Good frames that were not used."""
    crashed: int = 0
    others_error: list[tuple[float, float]] = field(default_factory=list)
    """Mean distance to the truth of what only other cameras see: without faults, and with."""
    left_over: list[float] = field(default_factory=list)
    """Mean difference in what the camera sees, once as many good frames have followed."""

    def as_json(self) -> dict[str, Any]:
        """Counts, and what the lists come to."""
        counts = {name: getattr(self, name) for name in _COUNTS}
        return counts | {
            "others_mae": np.mean(self.others_error or [(0.0, 0.0)], axis=0).tolist(),
            "left_over": float(np.mean(self.left_over)) if self.left_over else 0.0,
        }


_COUNTS: Final = (
    *("fault", "injected", "spoilt", "told", "misnamed", "states", "cleared", "lost", "crashed"),
)


class Stream:
    """A session over and over, in stretches; the frames keep coming in order of time."""

    def __init__(self, session: Path, model: Model) -> None:
        with open_source(session) as source:
            self.rig: Rig = source.rig
            self._frames = list(source)
        first_ns, last_ns = self._frames[0].t_ns, self._frames[-1].t_ns
        self._lap_ns = last_ns - first_ns + 40_000_000
        truth = open_session(session).truth()
        if truth is None:
            raise SessionError(f"{session}: expected a session with truth.csv, got none")
        self._truth = truth_at(truth, np.array([frame.t_ns for frame in self._frames]))
        self._tracker = Tracker(model)
        self._tracker.start(self.rig)
        self._clean: list[Values] = []

    def stretches(self, length_ns: int) -> Iterator[list[Frame]]:
        """Frames of one stretch after the other, without end."""
        stretch: list[Frame] = []
        start_ns, lap = self._frames[0].t_ns, 0
        while True:
            for one in self._frames:
                frame = replace(one, t_ns=one.t_ns + lap * self._lap_ns)
                if frame.t_ns - start_ns >= length_ns:
                    yield stretch
                    stretch, start_ns = [], frame.t_ns
                stretch.append(frame)
            lap += 1

    def truth(self, place: int) -> Values:
        """What is true at a frame, NaN where unknown; `place` counts from the start."""
        row: Values = self._truth[place % len(self._frames)]
        return row

    def clean(self, place: int, frame: Frame) -> Values:
        """What a tracker that sees no fault says at a frame; `place` counts from the start.

        Every fault is injected into the same stream, so this is worked out only once.
        """
        if place == len(self._clean):
            state = self._tracker.step(frame)
            last = self._clean[-1] if self._clean else np.zeros(schema.VALUE_COUNT, np.float32)
            self._clean.append(last if state is None else state.values)
        return self._clean[place]


class _Pair:
    """The tracker under test beside what one says that sees no fault."""

    def __init__(self, model: Model, stream: Stream, row: FaultRow) -> None:
        self.tracker, self._stream = Tracker(model), stream
        self.tracker.start(stream.rig)
        self._is_trained = np.isin(schema.VALUE_NAMES, model.info.trained)
        self._place = 0
        self._clean = np.zeros(schema.VALUE_COUNT, np.float32)
        self.row = row

    def run(self, frames: list[Frame], places: dict[int, list[Arrival]], camera: str) -> None:
        """Run a stretch; `places` has what comes instead of a frame, by its position."""
        others = _others(camera) & self._is_trained
        for at, frame in enumerate(frames):
            self._clean = self._stream.clean(self._place, frame)
            truth = self._stream.truth(self._place)[others]
            self._place += 1
            state = None
            for arrival in places.get(at, [Arrival(frame, is_good=True)]):
                state = self._take(arrival, camera)
            if state is not None and frame.camera != camera and np.isfinite(truth).all():
                faces = (self._clean, state.values)
                clean, got = (float(np.abs(one[others] - truth).mean()) for one in faces)
                self.row.others_error.append((clean, got))

    def compare(self, camera: str) -> None:
        """Note how far what the camera sees is from the clean run by now."""
        own = route(camera).column
        off = np.abs(self.tracker.face_at(0).values - self._clean)[own]
        self.row.left_over.append(float(off.mean()))

    def note_absence(self, camera: str) -> None:
        """Note what is told of a camera that gives nothing."""
        self.row.spoilt += 1
        self.row.told += self.tracker.health.cameras[camera].is_silent
        self.row.states += 1
        self.row.cleared += not self.tracker.face_at(0).tracked[_only(camera)].any()

    def _take(self, arrival: Arrival, camera: str) -> FaceState | None:
        row, health = self.row, self.tracker.health.cameras[arrival.frame.camera]
        used, told = health.frames, dict(health.faults)
        try:
            state = self.tracker.step(arrival.frame)
        except Exception:  # noqa: BLE001 - what is counted here
            row.crashed += 1
            return None
        if arrival.is_good:
            row.lost += health.frames == used
            return state
        named = [kind for kind, count in health.faults.items() if count > told.get(kind, 0)]
        is_right = bool(named) and named[0] in SPOILS[row.fault][1]
        row.spoilt += 1
        row.told += is_right
        row.misnamed += bool(named) and not is_right
        if state is not None:
            row.states += 1
            row.cleared += not state.tracked[_only(camera)].any()
        return state


def _others(camera: str) -> NDArray[np.bool_]:
    is_other: NDArray[np.bool_] = np.ones(schema.VALUE_COUNT, np.bool_)
    is_other[route(camera).column] = False
    return is_other


def _only(camera: str) -> NDArray[np.bool_]:
    """What no other camera sees."""
    shared = [len(schema.UNIT_OF_VALUE[name].cameras) > 1 for name in schema.VALUE_NAMES]
    is_only: NDArray[np.bool_] = ~_others(camera) & ~np.array(shared)
    return is_only


def inject(fault: str, stream: Stream, model: Model, *, times: int, seed: int) -> FaultRow:
    """Inject one fault many times at random, cameras in turn at random.

    Raises:
        KeyError: If the fault is none of `FAULTS`.
    """
    row, rng = FaultRow(fault), np.random.default_rng([seed, FAULTS.index(fault)])
    run = {AWAY: _run_away, NEVER: _run_never}.get(fault, _run_spoilt)
    run(row, stream, model, rng=rng, times=times)
    row.injected = times
    return row


def _run_spoilt(row: FaultRow, stream: Stream, model: Model, *, rng: Rng, times: int) -> None:
    pair, names = _Pair(model, stream, row), sorted(stream.rig)
    stretches = stream.stretches(STRETCH_NS)
    spoil, _ = SPOILS[row.fault]
    for _ in range(times):
        camera, frames = str(rng.choice(names)), next(stretches)
        own = [at for at, frame in enumerate(frames) if frame.camera == camera]
        places = spoil(rng, [frames[at] for at in own])
        pair.run(frames, dict(zip(own, places, strict=True)), camera)
        pair.run(next(stretches), {}, camera)
        pair.compare(camera)


def _run_away(row: FaultRow, stream: Stream, model: Model, *, rng: Rng, times: int) -> None:
    pair, names = _Pair(model, stream, row), sorted(stream.rig)
    stretches, offset_ns = stream.stretches(STRETCH_NS), dict.fromkeys(names, 0)
    for time in range(times):
        camera = str(rng.choice(names))
        for _ in range(AWAY_STRETCHES):
            frames = next(stretches)
            away: dict[int, list[Arrival]] = {
                at: [] for at, frame in enumerate(frames) if frame.camera == camera
            }
            pair.run(frames, away | _shifted(frames, offset_ns, but=camera), camera)
        pair.note_absence(camera)
        back = next(stretches)
        if time % 2:
            offset_ns[camera] = int(rng.integers(0, STRETCH_NS)) - back[0].t_ns
        pair.run(back, _shifted(back, offset_ns), camera)
        pair.compare(camera)


def _shifted(
    frames: list[Frame], offset_ns: dict[str, int], *, but: str = ""
) -> dict[int, list[Arrival]]:
    return {
        at: [Arrival(replace(frame, t_ns=frame.t_ns + offset_ns[frame.camera]), is_good=True)]
        for at, frame in enumerate(frames)
        if frame.camera != but
    }


def _run_never(row: FaultRow, stream: Stream, model: Model, *, rng: Rng, times: int) -> None:
    names = sorted(stream.rig)
    frames = next(stream.stretches(STRETCH_NS))
    for _ in range(times):
        camera, pair = str(rng.choice(names)), _Pair(model, stream, row)
        own: dict[int, list[Arrival]] = {
            at: [] for at, frame in enumerate(frames) if frame.camera == camera
        }
        pair.run(frames, own, camera)
        pair.note_absence(camera)


class _Job(NamedTuple):
    """One fault for a worker."""

    fault: str
    session: Path
    model: Path | None
    times: int
    seed: int


@lru_cache(maxsize=1)
def _loaded(session: Path, model: Path | None) -> tuple[Stream, Model]:
    """What all faults of a process share."""
    loaded = Model.load(model)
    return Stream(session, loaded), loaded


def _inject(job: _Job, step: Step) -> dict[str, Any]:
    stream, model = _loaded(job.session, job.model)
    row = inject(job.fault, stream, model, times=job.times, seed=job.seed).as_json()
    step(job.fault)
    return row


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultStudy:
    """What is run."""

    session: Path
    model: Path | None = None
    times: int = 1000
    """How often each fault is injected."""
    seed: int = 0
    workers: int = 1
    """Processes; the numbers do not depend on them."""


def run_fault_study(study: FaultStudy, *, progress: Progress = silent) -> list[dict[str, Any]]:
    """A row per fault, as plain data.

    Raises:
        ModelError: If the model cannot be used.
        SessionError: If the session cannot be read.
    """
    jobs = [_Job(one, study.session, study.model, study.times, study.seed) for one in FAULTS]
    # The absence takes eight times as long as any other fault: it must not be the last to begin.
    jobs.sort(key=lambda job: job.fault != AWAY)
    rows = progress(finished(_inject, jobs, workers=study.workers), what="faults", total=len(jobs))
    return sorted(rows, key=lambda row: FAULTS.index(row["fault"]))

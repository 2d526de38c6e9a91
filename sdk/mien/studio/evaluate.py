"""The real tracker against the exact truth of sessions it has never seen."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from mien import metrics
from mien.capture.session import open_session
from mien.capture.sources import open_source
from mien.capture.values import ValueTable
from mien.config import TrackerConfig
from mien.errors import SessionError, SourceError
from mien.metrics import Scores
from mien.outputs.sink import MemorySink
from mien.runtime.model import Model
from mien.runtime.tracker import Tracker
from mien.types import Progress, silent

INSTANT_NS: Final = 5_000_000
"""States closer than this show one instant, seen by cameras that are not quite in step."""
ABOUT: Final[tuple[str, ...]] = ("wearer", "source", "split", "head", "rig")
"""What a score is told with: entries of `session.toml`, those that it has."""
GROUPS: Final[tuple[str, ...]] = ("head", "rig")
"""Those that sessions are scored together by."""


@dataclass(frozen=True, slots=True)
class Curves:
    """What was tracked in one session, beside its truth at the same times."""

    name: str
    """Name of the session's folder."""
    t_ns: NDArray[np.int64]
    """Shape (N,), nanoseconds."""
    truth: NDArray[np.float32] | None
    """Shape (N, VALUE_COUNT); None if the session has none."""
    got: NDArray[np.float32]
    """Shape (N, VALUE_COUNT); NaN where not valid."""
    about: Mapping[str, str] = field(default_factory=dict)
    """What `ABOUT` names of the session."""


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Scores over all sessions together, and how the same curves score on shuffled truth."""

    scores: Scores
    control: Scores
    """Against truth rows in random order: near zero, or the measure itself is broken."""
    curves: tuple[Curves, ...]
    bad_frames: int

    def as_json(self) -> dict[str, Any]:
        """The pooled scores, those of each session, and those of each head and each rig."""
        known = [one for one in self.curves if one.truth is not None]
        groups = {
            key: {
                name: metrics.score(*pooled(of)).as_json()
                for name in sorted({one.about[key] for one in known if key in one.about})
                for of in ([one for one in known if one.about.get(key) == name],)
            }
            for key in GROUPS
        }
        return {
            **self.scores.as_json(),
            "control": {"mean_r": self.control.mean_r},
            "bad_frames": self.bad_frames,
            "sessions": [
                {"name": one.name, **one.about, "instants": len(one.t_ns)}
                | metrics.score(*pooled([one])).as_json()
                for one in known
            ],
            "groups": groups,
        }


def truth_at(truth: ValueTable, t_ns: NDArray[np.int64]) -> NDArray[np.float32]:
    """Truth at other times, linear between its rows; NaN outside them.

    Returns:
        Shape (len(t_ns), VALUE_COUNT), float32.
    """
    if len(truth) == 0:
        return np.full((len(t_ns), truth.values.shape[1]), np.nan, np.float32)
    # Seconds since the first row: float64 holds nanoseconds since boot only just.
    start_ns = truth.t_ns[0]
    known_s, wanted_s = ((times - start_ns) * 1e-9 for times in (truth.t_ns, t_ns))
    columns = [
        np.interp(wanted_s, known_s, column, left=np.nan, right=np.nan) for column in truth.values.T
    ]
    return np.stack(columns, axis=1).astype(np.float32)


def track_session(path: Path, tracker: Tracker) -> Curves:
    """Track one session to its end.

    Raises:
        SessionError: If the session cannot be opened.
        SourceError: If it could not be read to its end: part of a session is no measurement.
    """
    sink = MemorySink()
    with open_source(path) as source:
        for state in tracker.track(source):
            sink.add(state)
    if tracker.health.source_error:
        raise SourceError(f"{path}: expected to read it whole, got {tracker.health.source_error}")
    session = open_session(path)
    curves = curves_of(path.name, sink.table(), session.truth())
    about = {key: str(session.meta[key]) for key in ABOUT if key in session.meta}
    return replace(curves, about=about)


def curves_of(name: str, tracked: ValueTable, truth: ValueTable | None) -> Curves:
    """One row per instant of the face, the last state of it: by then all cameras have spoken."""
    is_last = np.diff(tracked.t_ns, append=np.iinfo(np.int64).max) > INSTANT_NS
    t_ns = tracked.t_ns[is_last]
    at_states = None if truth is None else truth_at(truth, t_ns)
    return Curves(name, t_ns, at_states, tracked.values[is_last])


def evaluate_sessions(
    sessions: Sequence[Path],
    model: Model | Path | None = None,
    *,
    config: TrackerConfig | None = None,
    progress: Progress = silent,
    seed: int = 0,
) -> Evaluation:
    """Track sessions that have truth and score the result, all sessions pooled.

    Args:
        sessions: Session folders.
        model: The model, or its file; None is the one that ships with the package.
        config: Settings of the tracker.
        progress: Told after each session.
        seed: Of the shuffled control.

    Raises:
        SessionError: If there is no session, or one without truth.
        ModelError: If the model cannot be used.
    """
    if not sessions:
        raise SessionError("sessions: expected at least one session with truth, got none")
    curves, bad_frames = [], 0
    with Tracker.load(model, config=config) as tracker:
        for path in progress(sessions, what="evaluate", total=len(sessions)):
            if not (path / "truth.csv").exists():
                raise SessionError(f"{path}: expected a session with truth.csv, got none")
            curves.append(track_session(path, tracker))
            bad_frames += tracker.health.bad_frames
    truth, got = pooled(curves)
    control = metrics.score(metrics.shuffled(truth, seed=seed), got)
    return Evaluation(metrics.score(truth, got), control, tuple(curves), bad_frames)


def pooled(curves: Sequence[Curves]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Truth and tracked values of all sessions that have truth, one below the other."""
    known = [(one.truth, one.got) for one in curves if one.truth is not None]
    truths, tracked = zip(*known, strict=True)
    return np.concatenate(truths), np.concatenate(tracked)


def find_sessions(paths: Sequence[Path]) -> list[Path]:
    """The sessions that are meant: a path is a session, or a folder of sessions.

    Raises:
        SessionError: If a path is neither.
    """
    return [session for path in paths for session in _sessions_in(path)]


def _sessions_in(path: Path) -> Iterator[Path]:
    if (path / "session.toml").exists():
        yield path
        return
    inside = sorted(found.parent for found in path.glob("*/session.toml"))
    if not inside:
        raise SessionError(f"{path}: expected a session or a folder of sessions, got neither")
    yield from inside

"""What the resting network saves and costs: the same sessions with and without it (A15).

Saved inferences and errors are counted on spontaneous stretches; errors are against exact truth.
An onset is a value that leaves its rest: it has kept within `REST_RANGE` and then rises by
`ONSET_RISE` within `ONSET_FRAMES` frames. It is seen at the first frame at which a curve has gone
`SEEN_SHARE` of the way.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mien import metrics, schema
from mien.capture.session import open_session
from mien.capture.sources import open_source
from mien.config import TrackerConfig
from mien.outputs.sink import MemorySink
from mien.runtime.model import Model
from mien.runtime.tracker import Tracker
from mien.studio.evaluate import Curves, curves_of
from mien.types import Progress, silent

REST_FRAMES, REST_RANGE = 6, 0.02
ONSET_FRAMES, ONSET_RISE = 10, 0.2
SEEN_SHARE, SEEN_RISE = 0.4, 0.08
"""Curves that rise less than the second are too far from the truth to time an onset."""


@dataclass(frozen=True, slots=True)
class Run:
    """One session through one tracker."""

    curves: Curves
    is_free: NDArray[np.bool_]
    """Shape (N,): the instants of spontaneous stretches."""
    frames: int
    """Frames of spontaneous stretches."""
    inferences: int
    """... that the network looked at."""


def run_session(path: Path, tracker: Tracker) -> Run:
    """Track a session, and count the inferences of its spontaneous stretches.

    Raises:
        SessionError: If it cannot be read.
    """
    session, sink, frames, inferences = open_session(path), MemorySink(), 0, 0
    spans = [(c.start_ns, c.end_ns) for c in session.cues() if c.kind == "spontaneous"]
    with open_source(path) as source:
        before = 0
        for state in tracker.track(source):
            sink.add(state)
            now = sum(camera.inferences for camera in tracker.health.cameras.values())
            if _is_within(np.array([state.t_ns]), spans)[0]:
                frames += 1
                inferences += now - before
            before = now
    curves = curves_of(path.name, sink.table(), session.truth())
    return Run(curves, _is_within(curves.t_ns, spans), frames, inferences)


def _is_within(t_ns: NDArray[np.int64], spans: Sequence[tuple[int, int]]) -> NDArray[np.bool_]:
    inside = np.zeros(len(t_ns), np.bool_)
    for start_ns, end_ns in spans:
        inside |= (t_ns >= start_ns) & (t_ns < end_ns)
    return inside


def onset_delays(whole: Run, gated: Run) -> list[int]:
    """Frames by which the gated curves show each onset later than the others."""
    truth = whole.curves.truth
    if truth is None:
        return []
    delays = []
    for column in range(schema.VALUE_COUNT):
        for at in _onsets(truth[:, column], whole.is_free):
            seen = [_seen_at(run.curves.got[:, column], at) for run in (whole, gated)]
            if seen[0] is not None and seen[1] is not None:
                delays.append(seen[1] - seen[0])
    return delays


def _onsets(truth: NDArray[np.float32], is_free: NDArray[np.bool_]) -> list[int]:
    found, at = [], REST_FRAMES
    while at < len(truth) - ONSET_FRAMES - 4:
        rise = np.abs(truth[at : at + ONSET_FRAMES] - truth[at]).max()
        is_calm = np.ptp(truth[at - REST_FRAMES : at + 1]) < REST_RANGE
        if is_free[at] and is_calm and rise > ONSET_RISE and truth[at + 1] - truth[at] > 0.01:
            found.append(at)
            at += ONSET_FRAMES
        at += 1
    return found


def _seen_at(curve: NDArray[np.float32], at: int) -> int | None:
    way = np.abs(curve[at : at + ONSET_FRAMES + 4] - curve[at - 3 : at + 1].mean())
    if not np.isfinite(way).all() or way.max() < SEEN_RISE:
        return None
    return int(np.argmax(way > SEEN_SHARE * way.max()))


def run_gating_study(
    sessions: Sequence[Path], model: Path | None, *, progress: Progress = silent
) -> dict[str, Any]:
    """Saved inferences, errors with and without rest, and how much later onsets are seen.

    Raises:
        ModelError: If the model cannot be used.
        SessionError: If a session cannot be read.
    """
    loaded = Model.load(model)
    trackers = [Tracker(loaded, config=TrackerConfig(is_gated=on)) for on in (False, True)]
    pairs = [
        tuple(run_session(path, tracker) for tracker in trackers)
        for path in progress(sessions, what="gating", total=len(sessions))
    ]
    delays = np.array([one for whole, gated in pairs for one in onset_delays(whole, gated)])
    whole, gated = (_scores([pair[side] for pair in pairs]) for side in (0, 1))
    frames = sum(pair[1].frames for pair in pairs)
    return {
        "sessions": [path.name for path in sessions],
        "frames": frames,
        "saved": 1 - sum(pair[1].inferences for pair in pairs) / max(frames, 1),
        "mae": {"always": whole.mean_mae, "gated": gated.mean_mae},
        "r": {"always": whole.mean_r, "gated": gated.mean_r},
        "onsets": len(delays),
        "delay_frames": float(delays.mean()) if len(delays) else None,
        "later": float((delays > 0).mean()) if len(delays) else None,
        "earlier": float((delays < 0).mean()) if len(delays) else None,
    }


def _scores(runs: Sequence[Run]) -> metrics.Scores:
    known = [
        (run.curves.truth[run.is_free], run.curves.got[run.is_free])
        for run in runs
        if run.curves.truth is not None
    ]
    truths, got = zip(*known, strict=True)
    return metrics.score(np.concatenate(truths), np.concatenate(got))

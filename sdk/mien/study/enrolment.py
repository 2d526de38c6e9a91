"""What an enrolment is worth: sessions enrolled with their own cues, then judged on what follows.

The script of a session is its cues before the first spontaneous stretch, at most a minute; what is
judged are the spontaneous stretches, with and without the profile, against exact truth. Unevenness
is the mean difference between left and right of a unit where the truth has both the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from mien import metrics, schema
from mien.capture.session import open_session
from mien.capture.sources import open_source
from mien.errors import SessionError
from mien.runtime.enrolment import EnrolmentReport
from mien.runtime.model import Model
from mien.runtime.opening import script_of
from mien.runtime.tracker import Tracker
from mien.study.gating import Run, run_session
from mien.types import Progress, silent

EVEN_TRUTH: Final = 0.02
"""Sides that differ by less in the truth should not differ in the curves."""
ACTIVE_TRUTH: Final = 0.1
"""... while the unit is at least so strong."""


@dataclass(frozen=True, slots=True)
class EnrolmentRow:
    """One session."""

    session: str
    seconds: float
    report: EnrolmentReport
    before: metrics.Scores
    after: metrics.Scores
    uneven_before: float
    uneven_after: float

    def as_json(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "session": self.session,
            "seconds": self.seconds,
            "accepted": self.report.profile is not None,
            "cameras": sorted(self.report.profile.cameras) if self.report.profile else [],
            "reason": self.report.reason,
            "cue_error": [self.report.error_before, self.report.error_after],
            "mae": [self.before.mean_mae, self.after.mean_mae],
            "r": [self.before.mean_r, self.after.mean_r],
            "uneven": [self.uneven_before, self.uneven_after],
        }


def enrol_session(path: Path, model: Model) -> EnrolmentRow:
    """Enrol with a session's cues, and judge on its spontaneous stretches.

    Raises:
        SessionError: If it has no cues, or cannot be read.
    """
    tracker, script = Tracker(model), script_of(open_session(path))
    before = run_session(path, tracker)
    with open_source(path) as source:
        for _ in tracker.enrol(source, script):
            pass
    report = tracker.enrolment
    if report is None:
        raise SessionError(f"{path}: expected frames, got none")
    after = run_session(path, tracker) if report.profile else before
    return EnrolmentRow(
        session=path.name,
        seconds=script[-1].end_ns * 1e-9,
        report=report,
        before=_scores(before),
        after=_scores(after),
        uneven_before=unevenness(before),
        uneven_after=unevenness(after),
    )


def unevenness(run: Run) -> float:
    """Mean difference between left and right where the truth has them the same; 0 if nowhere."""
    truth, differences = run.curves.truth, []
    if truth is None:
        return 0.0
    for unit in schema.UNITS:
        if not unit.sided or unit.is_gaze:
            continue
        left, right = (schema.VALUE_INDEX[name] for name in schema.value_names(unit))
        is_even = np.abs(truth[:, left] - truth[:, right]) < EVEN_TRUTH
        rows = run.is_free & is_even & (truth[:, left] > ACTIVE_TRUTH)
        got = run.curves.got[rows]
        differences.append(np.abs(got[:, left] - got[:, right]))
    every = np.concatenate(differences)
    every = every[np.isfinite(every)]
    return float(every.mean()) if every.size else 0.0


def _scores(run: Run) -> metrics.Scores:
    if run.curves.truth is None:
        raise SessionError(f"{run.curves.name}: expected a session with truth.csv, got none")
    return metrics.score(run.curves.truth[run.is_free], run.curves.got[run.is_free])


def run_enrolment_study(
    sessions: Sequence[Path], model: Path | None, *, progress: Progress = silent
) -> list[dict[str, Any]]:
    """A row per session, as plain data; errors as `enrol_session`."""
    loaded = Model.load(model)
    paths = progress(sessions, what="enrol", total=len(sessions))
    return [enrol_session(path, loaded).as_json() for path in paths]

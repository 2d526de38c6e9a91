"""Slips of the headset: which ones the tracker notices, and what it takes for one (A15, A16).

Exact poses come from `truth_scene.csv`. A slip is a lasting move: the median position of the half
second after an instant is at least `SLIP_MM` from that of the half second before. A tight fit moves
the headset with the face and back again: a re-read that no lasting move explains is a false one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from mien.capture.sources import open_source
from mien.errors import SessionError
from mien.runtime.model import Model
from mien.runtime.tracker import Tracker
from mien.types import Progress, silent

SCENE_FILE: Final = "truth_scene.csv"
COLUMNS: Final = ("t_ns", "slip_x_mm", "slip_y_mm", "slip_z_mm")
SLIP_MM, LASTING_MM = 0.8, 0.5
SIDE_NS: Final = 500_000_000
GUARD_NS: Final = 200_000_000
"""A slip takes so long on either side of its middle."""
NEAR_NS: Final = 800_000_000
"""A re-read belongs to a slip if it comes within this time of it."""


@dataclass(frozen=True, slots=True)
class SlipRow:
    """One session."""

    session: str
    seconds: float
    slips: int
    """Lasting moves of at least `SLIP_MM`."""
    found: int
    """... near which the neutral was read again."""
    rereads: int
    false: int
    """Re-reads where the headset has not moved for good by `LASTING_MM`."""


def read_poses(path: Path) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Times, shape (N,), and positions of the headset on the head, shape (N, 3), mm.

    Raises:
        SessionError: If the session has no truth of its scene.
    """
    file = path / SCENE_FILE
    if not file.exists():
        raise SessionError(f"{file}: expected the exact scene of a rendered session, got none")
    lines = file.read_text(encoding="utf-8").splitlines()
    heading = lines[0].split(",")
    places = [heading.index(name) for name in COLUMNS]
    rows = [[cells[place] for place in places] for cells in (line.split(",") for line in lines[1:])]
    times = np.array([int(row[0]) for row in rows], np.int64)
    return times, np.array([row[1:] for row in rows], np.float64)


def moves_mm(t_ns: NDArray[np.int64], position_mm: NDArray[np.float64]) -> NDArray[np.float64]:
    """How far the headset has moved for good at each instant, shape (N,); 0 near the ends."""
    moved = np.zeros(len(t_ns))
    for at, now_ns in enumerate(t_ns):
        before = (t_ns >= now_ns - GUARD_NS - SIDE_NS) & (t_ns < now_ns - GUARD_NS)
        after = (t_ns > now_ns + GUARD_NS) & (t_ns <= now_ns + GUARD_NS + SIDE_NS)
        if before.any() and after.any():
            step = np.median(position_mm[after], axis=0) - np.median(position_mm[before], axis=0)
            moved[at] = float(np.linalg.norm(step))
    return moved


def slip_times(t_ns: NDArray[np.int64], moved_mm: NDArray[np.float64]) -> list[int]:
    """Capture times of the slips: where the moves are largest; one move is seen for a while."""
    left, found = moved_mm.copy(), []
    while left.max(initial=0.0) >= SLIP_MM:
        first_ns = t_ns[int(left.argmax())]
        is_largest = (left > 0.99 * left.max()) & (np.abs(t_ns - first_ns) < 2 * SIDE_NS)
        at_ns = int(np.median(t_ns[is_largest]))
        found.append(at_ns)
        left[np.abs(t_ns - at_ns) < SIDE_NS + GUARD_NS + NEAR_NS] = 0.0
    return sorted(found)


def slip_row(path: Path, model: Model) -> SlipRow:
    """Track a session, and compare its re-reads with the exact slips.

    Raises:
        SessionError: If it cannot be read, or has no truth of its scene.
    """
    t_ns, position_mm = read_poses(path)
    moved_mm = moves_mm(t_ns, position_mm)
    slips, tracker = slip_times(t_ns, moved_mm), Tracker(model)
    rereads: list[int] = []
    with open_source(path) as source:
        for state in tracker.track(source):
            if tracker.health.slips > len(rereads):
                rereads.append(state.t_ns)
    near = [np.abs(t_ns - at_ns) < NEAR_NS for at_ns in rereads]
    return SlipRow(
        session=path.name,
        seconds=float(t_ns[-1] - t_ns[0]) * 1e-9,
        slips=len(slips),
        found=sum(any(abs(one - at) < NEAR_NS for at in rereads) for one in slips),
        rereads=len(rereads),
        false=sum(float(moved_mm[rows].max(initial=0.0)) < LASTING_MM for rows in near),
    )


def run_slip_study(
    sessions: Sequence[Path], model: Path | None, *, progress: Progress = silent
) -> list[dict[str, Any]]:
    """A row per session, as plain data; errors as `slip_row`."""
    loaded = Model.load(model)
    paths = progress(sessions, what="slips", total=len(sessions))
    return [asdict(slip_row(path, loaded)) for path in paths]

"""Cues cut the frames of one camera into segments: what lies between two neutral stretches.

A segment reaches back into the neutral stretch before it, where its key frame comes from, and
forward into the one after it; both anchor its drift line (A8).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from mien.capture.cues import Cue

NO_TAKE: Final = -1
MAX_POST_NEUTRAL_S: Final = 2.0
"""A wearer who was told to stop is back at rest after so long; more frames add no knowledge."""


@dataclass(frozen=True, slots=True)
class Segment:
    """Frames `first <= i < last` of one camera, around the cues of one movement."""

    cues: tuple[Cue, ...]
    """What was asked for between the two neutral stretches, in time order."""
    number: int
    """Counts all segments of the session, the same for each camera."""
    first: int
    last: int
    rests: tuple[NDArray[np.intp], ...]
    """Neutral frames that the key frame may be made of: those before the cues, then those after
    them, each shape (K,), K >= 1; one or two of them."""
    neutral: NDArray[np.bool_]
    """Which frames of the segment are cued neutral, shape (last - first,)."""

    @property
    def take(self) -> Cue | None:
        """The cue of the movement, when it is one single take."""
        only = self.cues[0]
        return only if len(self.cues) == 1 and only.kind in ("take", "blink") else None


def segments_of(t_ns: NDArray[np.int64], cues: Sequence[Cue], *, anchor_s: float) -> list[Segment]:
    """Segments of one camera.

    Args:
        t_ns: Capture times of its frames, shape (N,), int64, increasing.
        cues: Cues of the session in time order.
        anchor_s: Longest part of the neutral stretch before, seconds.

    Returns:
        One segment per run of cues that are not neutral; runs without any neutral frame beside
        them are left out, because nothing says what rest looks like there.
    """
    found: list[Segment] = []
    for number, (before, run, after) in enumerate(_runs(cues)):
        first_ns, last_ns = _reach(before, run, after, anchor_s=anchor_s)
        first, last = np.searchsorted(t_ns, (first_ns, last_ns))
        neutral = ~_inside(t_ns[first:last], run[0].start_ns, run[-1].end_ns)
        still = np.flatnonzero(neutral) + first
        is_before = t_ns[still] < run[0].start_ns
        rests = tuple(part for part in (still[is_before], still[~is_before]) if len(part))
        if rests and not neutral.all():
            found.append(Segment(tuple(run), number, int(first), int(last), rests, neutral))
    return found


def _runs(cues: Sequence[Cue]) -> Iterator[tuple[Cue | None, list[Cue], Cue | None]]:
    """(neutral before, cues of the run, neutral after), in time order."""
    before: Cue | None = None
    run: list[Cue] = []
    for cue in cues:
        if cue.kind != "neutral":
            run.append(cue)
            continue
        if run:
            yield before, run, cue
        before, run = cue, []
    if run:
        yield before, run, None


def _reach(
    before: Cue | None, run: Sequence[Cue], after: Cue | None, *, anchor_s: float
) -> tuple[int, int]:
    first_ns, last_ns = run[0].start_ns, run[-1].end_ns
    if before is not None:
        first_ns = max(before.start_ns, first_ns - round(anchor_s * 1e9))
    if after is not None:
        last_ns = min(after.end_ns, last_ns + round(MAX_POST_NEUTRAL_S * 1e9))
    return first_ns, last_ns


def _inside(t_ns: NDArray[np.int64], start_ns: int, end_ns: int) -> NDArray[np.bool_]:
    return (t_ns >= start_ns) & (t_ns < end_ns)

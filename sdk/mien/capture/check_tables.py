"""Whether cues and truth fit the frames they are about; pure arithmetic, no files."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from mien.capture.cues import Cue
from mien.capture.values import ValueTable

CUE_MARGIN_NS: Final = 1_000_000_000
"""How far a cue may reach over the first and the last frame."""
TRUTH_GAP_NS: Final = 50_000_000
"""Largest gap between rows of truth: in between it is interpolated."""
TRUTH_REACH_NS: Final = 20_000_000
"""How far frames may lie outside the rows of truth: there the end row holds."""

Fault = tuple[int, str]
"""Row (the header is row 1) and broken rule."""


def outside_faults(cues: Sequence[Cue], times_ns: NDArray[np.int64]) -> Iterator[Fault]:
    """Cues that reach far over the frames, or hold none.

    Args:
        cues: In file order.
        times_ns: Times of the frames of all cameras, sorted, at least one.
    """
    first, last = int(times_ns[0]), int(times_ns[-1])
    for row, cue in enumerate(cues, start=2):
        got = f"{cue.start_ns}..{cue.end_ns}"
        if cue.start_ns < first - CUE_MARGIN_NS or cue.end_ns > last + CUE_MARGIN_NS:
            yield row, f"expected a cue within the frames {first}..{last} +- 1 s, got {got}"
        elif np.searchsorted(times_ns, cue.start_ns) == np.searchsorted(times_ns, cue.end_ns):
            yield row, f"expected at least one frame within the cue, got none in {got}"


def neighbour_faults(cues: Sequence[Cue]) -> Iterator[Fault]:
    """Takes without rest on both sides: a take is measured from neutral to neutral (A9, A10)."""
    kinds = ["nothing", *(cue.kind for cue in cues), "nothing"]
    for row, ((before, kind), (_, after)) in enumerate(pairwise(pairwise(kinds)), start=2):
        if kind == "take" and not before == after == "neutral":
            yield row, f"expected neutral before and after a take, got {before} and {after}"


def cover_faults(table: ValueTable, times_ns: NDArray[np.int64]) -> Iterator[Fault]:
    """Frames outside the rows of truth, and gaps too wide to interpolate over.

    Args:
        table: The truth.
        times_ns: Times of the frames of all cameras, sorted, at least one.
    """
    first, last = int(times_ns[0]), int(times_ns[-1])
    if not len(table):
        yield 1, f"expected rows for the frames {first}..{last}, got none"
        return
    if table.t_ns[0] > first + TRUTH_REACH_NS:
        got = int(table.t_ns[0])
        yield 2, f"expected the first row at most 20 ms after the first frame ({first}), got {got}"
    for at in np.flatnonzero(np.diff(table.t_ns) > TRUTH_GAP_NS).tolist():
        gap_ns = int(table.t_ns[at + 1] - table.t_ns[at])
        yield at + 3, f"expected at most {TRUTH_GAP_NS} ns after the row before, got {gap_ns}"
    if table.t_ns[-1] < last - TRUTH_REACH_NS:
        rule = f"expected the last row at most 20 ms before the last frame ({last})"
        yield len(table) + 1, f"{rule}, got {int(table.t_ns[-1])}"

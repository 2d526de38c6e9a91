"""The micro-expressions that a rendered session really holds, and where a spotter is judged."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from mien.capture.cues import Cue
from mien.train.spot_curves import uncued
from mien.train.spotting import MICRO_S

SCENE_FILE: Final = "truth_scene.csv"
VISIBLE_SHARE: Final = 0.05
"""Of its peak: a frame belongs to a micro-expression from here on."""
MARGIN_NS: Final = 300_000_000
"""Around longer expressions, whose ends may pass for short ones."""

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class MicroTruth:
    """One micro-expression that was rendered."""

    onset_ns: int
    """First and last frame in which it shows."""
    apex_ns: int
    offset_ns: int
    intensity: float
    """Of the emotion at its peak, 0.1..0.3; its units have a share of that each."""


def micro_truths(session: Path, cues: Sequence[Cue]) -> list[MicroTruth] | None:
    """The micro-expressions of a session, in time order; None where the truth does not say."""
    path = session / SCENE_FILE
    if not path.is_file():
        return None
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    if not rows or "emotion_intensity" not in rows[0]:
        return None
    t_ns = np.array([int(row["t_ns"]) for row in rows], np.int64)
    intensity = np.array([float(row["emotion_intensity"]) for row in rows])
    judged = judged_spans(cues)
    found = [_micro(t_ns, intensity, run) for run in _runs(intensity > 0)]
    return [one for one in found if any(a <= one.apex_ns < b for a, b in judged)]


def judged_spans(cues: Sequence[Cue]) -> list[Span]:
    """Where the spotter is judged: uncued stretches less speech, posed emotions and the like.

    Those last longer than a micro-expression, and their parts may well be as short as one.
    """
    longest_ns = round(MICRO_S[1] * 1e9 * 1.5)
    spans = uncued(cues)
    for cue in cues:
        if cue.kind == "spontaneous" and cue.end_ns - cue.start_ns > longest_ns:
            cut = (cue.start_ns - MARGIN_NS, cue.end_ns + MARGIN_NS)
            spans = [part for span in spans for part in _without(span, cut)]
    return spans


def _without(span: Span, cut: Span) -> list[Span]:
    parts = ((span[0], min(span[1], cut[0])), (max(span[0], cut[1]), span[1]))
    return [part for part in parts if part[1] > part[0]]


def _runs(chosen: NDArray[np.bool_]) -> list[Span]:
    edges = np.flatnonzero(np.diff(np.concatenate([[False], chosen, [False]])))
    return [(int(a), int(b)) for a, b in zip(edges[::2], edges[1::2], strict=True)]


def _micro(t_ns: NDArray[np.int64], intensity: NDArray[np.float64], run: Span) -> MicroTruth:
    first, last = run
    shown = intensity[first:last]
    seen = np.flatnonzero(shown >= VISIBLE_SHARE * shown.max()) + first
    return MicroTruth(
        int(t_ns[seen[0]]),
        int(t_ns[first + int(np.argmax(shown))]),
        int(t_ns[seen[-1]]),
        float(shown.max()),
    )

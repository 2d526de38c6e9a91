"""How well rectangles are found: F1 of what shows, average precision, overlap. NumPy only.

Average precision as PASCAL VOC counts it from 2010 on (all points, precision made to fall): a find
is right when its overlap with the exact rectangle is at least 0.5. A crop shows a class once at
most, so each crop gives one find per class.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from mien.runtime.unit_boxes import Detections
from mien.train.boxes import BoxRows, overlap
from mien.train.targets import Rows

MIN_IOU: Final = 0.5
Column: TypeAlias = NDArray[np.floating]
"""Shape (N,)."""


@dataclass(frozen=True, slots=True)
class BoxFinds:
    """What a model found in one camera of one session, beside what is exactly there."""

    session: Path
    camera: str
    t_ns: NDArray[np.int64]
    """Shape (N,)."""
    found: Detections
    """Scores (N, C) and boxes (N, C, 4)."""
    exact: BoxRows
    """Shape (N, C, 5)."""
    values: Rows
    """Exact truth, shape (N, VALUE_COUNT)."""


@dataclass(frozen=True, slots=True)
class ClassScore:
    """How one class did."""

    shown: int
    """Crops that show it."""
    of: int
    """Crops that count."""
    f1: float | None
    """Of telling whether it shows, 0..1; None where it never does."""
    ap: float | None
    """Average precision at an overlap of `MIN_IOU`, 0..1."""
    iou: float | None
    """Mean overlap where it shows, 0..1, whatever the score."""


def score_class(scores: Column, ious: Column, is_shown: NDArray[np.bool_], *, least: float
) -> ClassScore:  # fmt: skip
    """Score one class over some crops.

    Args:
        scores: Of the finds, shape (N,).
        ious: Overlap of each find with the exact rectangle, shape (N,); any where none is shown.
        is_shown: Which crops show the class, shape (N,).
        least: Score from which on the class is told to show; see `best_threshold`.
    """
    shown = int(is_shown.sum())
    if not shown:
        return ClassScore(0, len(scores), None, None, None)
    return ClassScore(
        shown,
        len(scores),
        f1(scores >= least, is_shown),
        average_precision(scores, is_shown & (ious >= MIN_IOU), positives=shown),
        float(ious[is_shown].mean()),
    )


def f1(is_told: NDArray[np.bool_], is_shown: NDArray[np.bool_]) -> float:
    """Harmonic mean of precision and recall, 0..1; 0 where there is nothing to find."""
    total = int(is_told.sum()) + int(is_shown.sum())
    return 2 * int((is_told & is_shown).sum()) / total if total else 0.0


def best_threshold(scores: Column, is_shown: NDArray[np.bool_]) -> float:
    """The score from which on a class is told to show for the highest F1; 0.5 if it never shows."""
    if not is_shown.any():
        return 0.5
    order = np.argsort(-scores, kind="stable")
    hits = np.cumsum(is_shown[order])
    told = np.arange(1, len(scores) + 1)
    # Crops of one score are told alike: only the last of them is a threshold.
    is_last = np.append(np.diff(scores[order]) < 0, True)
    value = np.where(is_last, 2 * hits / (told + is_shown.sum()), -1.0)
    best = int(np.argmax(value))
    lower = scores[order][best + 1] if best + 1 < len(scores) else 0.0
    return float((scores[order][best] + lower) / 2)


def average_precision(scores: Column, is_right: NDArray[np.bool_], *, positives: int) -> float:
    """Area under precision over recall.

    Args:
        scores: Of the finds, shape (N,).
        is_right: Which of them are right, shape (N,).
        positives: How many there are to find, at least 1.
    """
    order = np.argsort(-scores, kind="stable")
    hits = np.cumsum(is_right[order])
    is_last = np.append(np.diff(scores[order]) < 0, True)
    recall = hits[is_last] / positives
    precision = (hits / np.arange(1, len(scores) + 1))[is_last]
    falling = np.maximum.accumulate(precision[::-1])[::-1]
    return float(np.sum(np.diff(recall, prepend=0.0) * falling))


def class_columns(
    found: Detections, exact: BoxRows, at: int
) -> tuple[Column, Column, NDArray[np.bool_]]:
    """Scores, overlaps and what is shown of one class, over the crops that count.

    A crop does not count where it is not known whether the class shows, or where it does and its
    region lies outside the crop.

    Args:
        found: Scores (N, C) and boxes (N, C, 4).
        exact: Shape (N, C, 5).
        at: Number of the class.
    """
    is_shown = exact[:, at, 4] >= 0.5
    is_placed = np.logical_and.reduce(np.isfinite(exact[:, at, :4]), axis=1)
    counts = np.isfinite(exact[:, at, 4]) & (is_placed | ~is_shown)
    edges = np.where(is_placed[:, None], exact[:, at, :4], 0.0)
    ious = overlap(found.boxes[:, at], edges)
    return found.scores[counts, at], ious[counts], is_shown[counts]

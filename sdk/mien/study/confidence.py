"""Does the confidence of a label tell its error? In bins, as one number, and as a picture."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from mien import schema
from mien.metrics import score_value
from mien.studio.theme import FAINT, INK, LEFT, PANEL, RIGHT, paper, save
from mien.study.label_measure import Measured
from mien.study.variants import LABELS, settings_of

EDGES: Final = (0.0, 0.3, 0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95, 1.0)
"""Of the bins of confidence; the last takes 1 in."""


def measured_errors(sessions: Sequence[Measured]) -> tuple[NDArray[Any], NDArray[Any]]:
    """(confidence, absolute error) of every measured label; gaze left out.

    Among them what is masked because its confidence is low: that is where it must be right.
    What a refused take says has no confidence and is left out.
    """
    gaze = [schema.VALUE_INDEX[name] for name in schema.GAZE_NAMES]
    least = settings_of(LABELS).min_confidence
    parts = []
    for pairs in (one.pairs[LABELS] for one in sessions):
        is_doubted = (pairs.confidence > 0) & (pairs.confidence < least)
        chosen = pairs.is_measured & (pairs.mask | is_doubted) & ~np.isin(pairs.name, gaze)
        parts.append(pairs.where(chosen))
    trust = np.concatenate([part.confidence for part in parts]).astype(np.float64)
    error = np.concatenate([np.abs(part.label - part.scaled) for part in parts])
    return trust, error


def confidence_table(sessions: Sequence[Measured]) -> dict[str, Any]:
    """Error in bins of confidence, and Spearman's rank correlation of the two."""
    trust, error = measured_errors(sessions)
    bins = []
    for low, high in pairwise(EDGES):
        within = error[(trust >= low) & ((trust < high) | (high == EDGES[-1]))]
        if len(within):
            bins.append(
                {
                    "from": low,
                    "to": high,
                    "n": len(within),
                    "mae": float(within.mean()),
                    "median": float(np.median(within)),
                    "p90": float(np.quantile(within, 0.9)),
                    "masked": high <= settings_of(LABELS).min_confidence,
                }
            )
    rank = score_value(_ranks(trust), _ranks(error)).r if len(trust) else None
    return {"bins": bins, "rank_correlation": rank}


def _ranks(numbers: NDArray[Any]) -> NDArray[np.float64]:
    """Ranks, ties at their mean, shape (N,)."""
    _, inverse, counts = np.unique(numbers, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    return np.asarray((last - (counts - 1) / 2)[inverse], np.float64)


def confidence_picture(table: dict[str, Any], path: Path) -> Path:
    """Mean, and what nine of ten labels stay below, over the confidence; a PNG."""
    bins = table["bins"]
    figure = paper(9.0, 4.2)
    axes = figure.add_subplot(figure.add_gridspec(1, 1, left=0.08, right=0.985, bottom=0.14)[0])
    axes.set_facecolor(PANEL)
    axes.tick_params(colors=FAINT)
    middle = [(one["from"] + one["to"]) / 2 for one in bins]
    width = [one["to"] - one["from"] for one in bins]
    axes.bar(middle, [one["p90"] for one in bins], width, color=RIGHT, alpha=0.35, label="90 %")
    axes.bar(middle, [one["mae"] for one in bins], width, color=LEFT, label="mean")
    for at, one in zip(middle, bins, strict=True):
        axes.annotate(f"{one['n']}", (at, one["p90"]), color=FAINT, fontsize=7, ha="center")
    axes.set(xlim=(0, 1), ylim=(0, None))
    axes.set_xlabel("confidence of the label", color=FAINT)
    axes.set_ylabel("absolute error", color=FAINT)
    axes.set_title("true error by confidence; figures: labels", loc="left", color=INK, fontsize=11)
    axes.legend(facecolor=PANEL, labelcolor=INK, edgecolor=FAINT)
    return save(figure, path)

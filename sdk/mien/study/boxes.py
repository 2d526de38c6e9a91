"""How well units are found with their regions, per unit and in micro-expressions (C)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from mien import schema
from mien.capture.session import open_session
from mien.runtime.unit_boxes import BOX_CLASSES, FACE, Detections
from mien.study.micro_truth import MicroTruth, judged_spans, micro_truths
from mien.study.spot_table import INTENSITIES
from mien.train.detection_scores import (
    MIN_IOU,
    BoxFinds,
    best_threshold,
    class_columns,
    score_class,
)
from mien.train.exact_boxes import class_names
from mien.train.targets import KINDS, kind_of

MICRO_FROM: Final = 0.1
"""A unit takes part in a micro-expression from this value on (C5)."""
REST_BELOW: Final = 0.02
"""... and is at rest below this one; between the two it does not count."""


class Column(NamedTuple):
    """One class, or several, over some crops."""

    scores: NDArray[np.floating]
    ious: NDArray[np.floating]
    is_shown: NDArray[np.bool_]
    intensity: NDArray[np.floating]
    """Of the micro-expression around each crop; 0 where there is none."""


def box_tables(validation: Sequence[BoxFinds], test: Sequence[BoxFinds]) -> dict[str, Any]:
    """All numbers of the study.

    Args:
        validation: Finds that choose the thresholds.
        test: Finds that are judged, of other wearers.

    Returns:
        `units`: per class its kind of camera, threshold, counts, `f1`, `ap`, `iou`; `means` of
        them without the face, by kind and over all; `micro`: the same over micro-expressions.
    """
    rows = [row for kind in KINDS for row in _rows(kind, validation, test)]
    units = [row for row in rows if row["name"] != FACE and row["f1"] is not None]
    means = {
        group: _means([row for row in units if group in ("all", row["camera"])])
        for group in (*KINDS, "all")
    }
    return {
        "sessions": len({one.session for one in test}),
        "crops": sum(len(one.t_ns) for one in test),
        "units": rows,
        "means": means,
        "micro": _micro(validation, test),
    }


def _rows(
    kind: schema.CameraKind, validation: Sequence[BoxFinds], test: Sequence[BoxFinds]
) -> Iterable[dict[str, Any]]:
    for at, name in enumerate(BOX_CLASSES[kind]):
        chosen, judged = (_column(finds, kind, at) for finds in (validation, test))
        least = best_threshold(chosen.scores, chosen.is_shown)
        score = score_class(judged.scores, judged.ious, judged.is_shown, least=least)
        yield {"camera": kind, "name": name, "threshold": least, **asdict(score)}


def _column(finds: Iterable[BoxFinds], kind: schema.CameraKind, at: int) -> Column:
    parts = [
        class_columns(one.found, one.exact, at) for one in finds if kind_of(one.camera) == kind
    ]
    scores, ious, is_shown = (np.concatenate(column) for column in zip(*parts, strict=True))
    return Column(scores, ious, is_shown, np.zeros_like(scores))


def _means(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    if not rows:
        return {"units": 0}
    means = {key: float(np.mean([row[key] for row in rows])) for key in ("f1", "ap", "iou")}
    return {"units": len(rows), **means}


def _micro(validation: Sequence[BoxFinds], test: Sequence[BoxFinds]) -> dict[str, Any]:
    """All units together: each alone has too few micro-expressions."""
    chosen, judged = _micro_column(validation), _micro_column(test)
    if not judged.is_shown.any():
        return {}
    least = best_threshold(chosen.scores, chosen.is_shown)
    is_right = (judged.scores >= least) & (judged.ious >= MIN_IOU)
    bins = {}
    for name, (low, high) in INTENSITIES.items():
        within = judged.is_shown & (judged.intensity >= low) & (judged.intensity < high)
        told = judged.scores[within] >= least
        bins[name] = {
            "shown": int(within.sum()),
            "told": float(told.mean()) if len(told) else None,
            "placed": float(is_right[within].mean()) if len(told) else None,
        }
    score = score_class(judged.scores, judged.ious, judged.is_shown, least=least)
    return {"threshold": least, **asdict(score), "by_intensity": bins}


def _micro_column(finds: Iterable[BoxFinds]) -> Column:
    """Units in uncued stretches: those of micro-expressions, and those at rest."""
    parts = [part for one in finds for part in _micro_parts(one)]
    if not parts:
        nothing = np.empty(0)
        return Column(nothing, nothing, np.empty(0, np.bool_), nothing)
    return Column(*(np.concatenate(column) for column in zip(*parts, strict=True)))


def _micro_parts(one: BoxFinds) -> Iterable[Column]:
    cues = open_session(one.session).cues()
    intensity = _intensity(one.t_ns, micro_truths(one.session, cues) or [])
    is_judged = np.zeros(len(one.t_ns), np.bool_)
    for first, last in judged_spans(cues):
        is_judged |= (one.t_ns >= first) & (one.t_ns < last)
    for at, name in enumerate(class_names(one.camera)):
        if name == FACE:
            continue
        value = one.values[:, schema.VALUE_INDEX[name]]
        is_micro = (value > MICRO_FROM) & (intensity > 0)
        exact = one.exact[:, [at]].copy()
        exact[:, 0, 4] = np.where(is_micro, 1.0, np.where(value < REST_BELOW, 0.0, np.nan))
        exact[~is_judged, 0, 4] = np.nan
        found = Detections(one.found.scores[:, [at]], one.found.boxes[:, [at]])
        counts = np.isfinite(exact[:, 0, 4]) & ~(is_micro & np.isnan(exact[:, 0, 0]))
        yield Column(*class_columns(found, exact, 0), intensity[counts])


def _intensity(t_ns: NDArray[np.int64], truths: Sequence[MicroTruth]) -> NDArray[np.float64]:
    found = np.zeros(len(t_ns))
    for truth in truths:
        found[(t_ns >= truth.onset_ns) & (t_ns <= truth.offset_ns)] = truth.intensity
    return found

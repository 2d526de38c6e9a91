"""From measured sessions to scores: by unit, head and rig, and by what was taken away."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from mien import schema
from mien.study.label_measure import Measured, measured_rows
from mien.study.variants import LABELS
from mien.train.label_accuracy import LabelScore, score_pairs
from mien.train.label_pairs import LabelPairs
from mien.train.label_rules import FLOW_BLIND
from mien.train.labels import SOURCES

CONTROL: Final = "shuffled truth (control)"
GOAL_R, GOAL_LEAST_R, GOAL_MAE = 0.97, 0.90, 0.03


CUED, SPONTANEOUS = "cued", "spontaneous"
KINDS: Final = (CUED, SPONTANEOUS)
"""Takes and blinks, where one thing moves, and stretches without a cue, where all moves at once."""


def of_kind(pairs: LabelPairs, kind: str) -> LabelPairs:
    """The rows of takes with what is at rest beside them, or those of spontaneous stretches."""
    is_spontaneous = pairs.source == SOURCES.index("spontaneous")
    return pairs.where(is_spontaneous == (kind == SPONTANEOUS))


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a table of scores."""

    name: str
    score: LabelScore

    def as_json(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "name": self.name,
            "n": self.score.n,
            "r": self.score.r,
            "mae": self.score.mae_scaled,
            "mae_of_truth_as_it_is": self.score.mae,
            "rest_wrong": self.score.wrong_rest,
        }


def is_seen(name: str) -> bool:
    """True for values that flow can see; gaze is not told by flow."""
    return name not in schema.GAZE_NAMES and schema.UNIT_OF_VALUE[name].name not in FLOW_BLIND


def unit_rows(sessions: Sequence[Measured], variant: str = LABELS, *, kind: str) -> list[Row]:
    """A row per value that has measured labels of a kind, in canonical order."""
    return _rows([of_kind(measured_rows(one, variant), kind) for one in sessions])


def _rows(pairs: Sequence[LabelPairs]) -> list[Row]:
    rows = []
    for index, name in enumerate(schema.VALUE_NAMES):
        score = score_pairs([part.where(part.name == index) for part in pairs])
        if score.n:
            rows.append(Row(name, score))
    return rows


def summary(rows: Sequence[Row]) -> dict[str, Any]:
    """Means over values that flow can see and that move, and the worst of them."""
    moving = [row for row in rows if is_seen(row.name) and row.score.r is not None]
    if not moving:
        return {"values": 0, "n": 0, "r": None, "mae": None, "worst": None, "worst_r": None}
    worst = min(moving, key=_r_of)
    return {
        "values": len(moving),
        "n": sum(row.score.n for row in moving),
        "r": float(np.mean([_r_of(row) for row in moving])),
        "mae": float(np.mean([_mae_of(row) for row in moving])),
        "worst": worst.name,
        "worst_r": _r_of(worst),
        "below": [row.name for row in moving if _r_of(row) < GOAL_LEAST_R],
    }


def _r_of(row: Row) -> float:
    return row.score.r if row.score.r is not None else 0.0


def _mae_of(row: Row) -> float:
    return row.score.mae_scaled if row.score.mae_scaled is not None else 0.0


def unit_table(sessions: Sequence[Measured]) -> dict[str, Any]:
    """Every value, the means, and the same by head and by rig."""
    table: dict[str, Any] = {}
    for kind in KINDS:
        rows = unit_rows(sessions, kind=kind)
        table[kind] = {
            "values": [row.as_json() | {"seen": is_seen(row.name)} for row in rows],
            "mean": summary(rows),
            "by_head": _split(sessions, lambda one: one.head, kind=kind),
            "by_rig": _split(sessions, lambda one: one.rig, kind=kind),
            "by_session": _split(sessions, lambda one: one.session, kind=kind),
        }
    return table


def _split(
    sessions: Sequence[Measured], key: Callable[[Measured], str], *, kind: str
) -> dict[str, dict[str, Any]]:
    return {
        name: summary(unit_rows([one for one in sessions if key(one) == name], kind=kind))
        for name in sorted({key(one) for one in sessions})
    }


def variant_table(sessions: Sequence[Measured], variants: Sequence[str]) -> list[dict[str, Any]]:
    """A row per variant and kind: over its own labels, and over those of the labeller.

    A variant that refuses its worst takes would look good on its own; on the labeller's rows it
    is judged by what it measured there, refused or not. The last row of a kind is the control.
    """
    return [
        row
        for kind in KINDS
        for row in (
            *(_variant_row(sessions, variant, kind) for variant in variants),
            _shuffled_row(sessions, kind),
        )
    ]


def _variant_row(sessions: Sequence[Measured], variant: str, kind: str) -> dict[str, Any]:
    same = [_same_rows(one.pairs[variant], of_kind(one.pairs[LABELS], kind)) for one in sessions]
    own, shared = summary(unit_rows(sessions, variant, kind=kind)), summary(_rows(same))
    return {
        "variant": variant,
        "kind": kind,
        **own,
        "same_rows_r": shared["r"],
        "same_rows_mae": shared["mae"],
        "same_rows_worst_r": shared["worst_r"],
    }


def _same_rows(variant: LabelPairs, labels: LabelPairs) -> LabelPairs:
    """What a variant says, masked or not, where the labeller has a measured label.

    The truth is in the labeller's shares; a row that the variant lacks says 0.
    """
    wanted = labels.where(labels.mask & labels.is_measured)
    have, want = _keys(variant), _keys(wanted)
    order = np.argsort(have, kind="stable")
    at = order[np.minimum(np.searchsorted(have[order], want), max(len(have) - 1, 0))]
    said = np.where(have[at] == want, variant.label[at], 0).astype(np.float32)
    return LabelPairs(
        wanted.t_ns,
        wanted.name,
        said,
        wanted.truth,
        wanted.scaled,
        wanted.confidence,
        wanted.mask,
        wanted.source,
    )


def _keys(pairs: LabelPairs) -> NDArray[np.int64]:
    """One number per (value, time) of a session."""
    count = np.int64(schema.VALUE_COUNT)
    return np.asarray(pairs.t_ns * count + pairs.name.astype(np.int64), np.int64)


def _shuffled_row(sessions: Sequence[Measured], kind: str) -> dict[str, Any]:
    """The control: the labeller's labels beside the truth of other moments of the same value."""
    rng = np.random.default_rng(0)
    rows = _rows([_shuffled(of_kind(measured_rows(one, LABELS), kind), rng) for one in sessions])
    return {"variant": CONTROL, "kind": kind, **summary(rows)}


def _shuffled(labels: LabelPairs, rng: np.random.Generator) -> LabelPairs:
    pairs = labels.where(labels.is_measured)
    other = np.arange(len(pairs))
    for index in np.unique(pairs.name):
        rows = np.flatnonzero(pairs.name == index)
        other[rows] = rng.permutation(rows)
    return LabelPairs(
        pairs.t_ns,
        pairs.name,
        pairs.label,
        pairs.truth[other],
        pairs.scaled[other],
        pairs.confidence,
        pairs.mask,
        pairs.source,
    )

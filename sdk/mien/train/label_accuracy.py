"""How right the labels are, where the truth is known: rendered sessions only.

A label says "this share of the wearer's largest take" (A10). Where that take was not a full one
its truth is a multiple of the label, which no image can tell; `mae` compares with the truth as
it is, `mae_scaled` with the truth in shares of the session's largest.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mien import schema
from mien.capture.session import open_session
from mien.capture.values import ValueTable
from mien.metrics import score_value
from mien.train.labels import SOURCES, LabelTable

WRONG_REST: float = 0.1
"""A value labelled at rest that truly is above this is a wrong label."""


@dataclass(frozen=True, slots=True)
class LabelScore:
    """One value over all sessions that have a truth."""

    mae: float | None
    mae_scaled: float | None
    r: float | None
    """Pearson's r of labels and scaled truth; None where the truth stands still."""
    n: int
    """Rows measured; for gaze, rows labelled from a fixation target."""
    n_rest: int
    """Rows labelled from the cue."""
    wrong_rest: float
    """Share of those that are off by more than `WRONG_REST`."""


@dataclass(frozen=True, slots=True)
class LabelAccuracy:
    """Every value that has labels."""

    units: Mapping[str, LabelScore]

    @property
    def mean_r(self) -> float | None:
        """Over values whose truth moves."""
        return _mean(score.r for score in self.units.values())

    @property
    def mean_mae(self) -> float | None:
        """Of `mae_scaled`, over values whose truth moves."""
        return _mean(score.mae_scaled for score in self.units.values() if score.r is not None)

    def as_json(self) -> dict[str, Any]:
        """`{"units": {name: {...}}, "mean_r", "mean_mae"}`."""
        units = {name: asdict(score) for name, score in self.units.items()}
        return {"units": units, "mean_r": self.mean_r, "mean_mae": self.mean_mae}


def label_accuracy(labels: LabelTable, truths: Mapping[str, ValueTable]) -> LabelAccuracy:
    """Compare labels with the exact truth.

    Args:
        labels: The table; its masked rows are left out.
        truths: Session name -> its truth; sessions of the table without one are left out.
    """
    pairs = [_pair(labels.of(name).usable(), truth) for name, truth in sorted(truths.items())]
    units = {}
    for index, name in enumerate(schema.VALUE_NAMES):
        score = _score([pair.where(index) for pair in pairs], is_gaze=name in schema.GAZE_NAMES)
        if score.n or score.n_rest:
            units[name] = score
    return LabelAccuracy(units)


def accuracy_on(labels: LabelTable, sessions: Iterable[Path]) -> LabelAccuracy | None:
    """`label_accuracy` with the truths of session folders; None if none of them has one."""
    truths = {}
    for path in sessions:
        truth = open_session(path).truth()
        if truth is not None and path.name in labels.sessions:
            truths[path.name] = truth
    return label_accuracy(labels, truths) if truths else None


@dataclass(frozen=True, slots=True)
class _Pair:
    """Labels of one session beside the truth at the same times."""

    name: NDArray[np.int16]
    label: NDArray[np.float32]
    truth: NDArray[np.float64]
    is_metric: NDArray[np.bool_]

    def where(self, index: int) -> _Pair:
        chosen = self.name == index
        return _Pair(
            self.name[chosen], self.label[chosen], self.truth[chosen], self.is_metric[chosen]
        )


def _pair(labels: LabelTable, table: ValueTable) -> _Pair:
    truth = np.zeros(len(labels))
    for index in np.unique(labels.name):
        rows = labels.name == index
        truth[rows] = np.interp(labels.t_ns[rows], table.t_ns, table.values[:, index])
    is_gaze = np.isin(labels.name, [schema.VALUE_INDEX[name] for name in schema.GAZE_NAMES])
    is_metric = labels.source != SOURCES.index("cue")
    return _Pair(labels.name, labels.value, truth, is_metric | is_gaze)


def _score(pairs: list[_Pair], *, is_gaze: bool) -> LabelScore:
    measured = [(pair.label[pair.is_metric], pair.truth[pair.is_metric]) for pair in pairs]
    label = np.concatenate([part for part, _ in measured]).astype(np.float64)
    truth = np.concatenate([part for _, part in measured])
    scaled = np.concatenate([part if is_gaze else part / _largest(part) for _, part in measured])
    rest = np.concatenate([np.abs(p.truth - p.label)[~p.is_metric] for p in pairs])
    plain, shared = score_value(truth, label), score_value(scaled, label)
    wrong = float((rest > WRONG_REST).mean()) if len(rest) else 0.0
    return LabelScore(plain.mae, shared.mae, shared.r, shared.n, len(rest), wrong)


def _largest(truth: NDArray[np.float64]) -> float:
    """Largest truth of a session; 1 where the value never moves."""
    top = float(truth.max(initial=0.0))
    return top if top > WRONG_REST else 1.0


def _mean(numbers: Iterable[float | None]) -> float | None:
    known = [number for number in numbers if number is not None]
    return sum(known) / len(known) if known else None

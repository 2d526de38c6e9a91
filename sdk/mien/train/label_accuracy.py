"""How right the labels are, where the truth is known: rendered sessions only.

`mae` compares with the truth as it is, `mae_scaled` with the truth in shares of the session's
largest take, which is what a label says; `label_pairs` has the reason.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mien import schema
from mien.capture.session import open_session
from mien.capture.values import ValueTable
from mien.metrics import score_value
from mien.train.label_pairs import LabelPairs, pair_labels
from mien.train.labels import LabelTable

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
    pairs = [pair_labels(labels.of(name), truth) for name, truth in sorted(truths.items())]
    units = {}
    for index, name in enumerate(schema.VALUE_NAMES):
        score = score_pairs([pair.where(pair.mask & (pair.name == index)) for pair in pairs])
        if score.n or score.n_rest:
            units[name] = score
    return LabelAccuracy(units)


def accuracy_on(labels: LabelTable, sessions: Iterable[Path]) -> LabelAccuracy | None:
    """`label_accuracy` with the truths of session folders; None if none of them has one."""
    truths = {}
    for path in sessions:
        truth = open_session(path).truth() if path.name in labels.sessions else None
        if truth is not None:
            truths[path.name] = truth
    return label_accuracy(labels, truths) if truths else None


def score_pairs(pairs: Sequence[LabelPairs]) -> LabelScore:
    """Score one value.

    Args:
        pairs: Rows of that value that may be scored, per session.
    """
    measured = [part.where(part.is_measured) for part in pairs]
    label = _stacked([part.label for part in measured])
    plain = score_value(_stacked([part.truth for part in measured]), label)
    shared = score_value(_stacked([part.scaled for part in measured]), label)
    rest = _stacked([np.abs(part.truth - part.label)[~part.is_measured] for part in pairs])
    wrong = float((rest > WRONG_REST).mean()) if len(rest) else 0.0
    return LabelScore(plain.mae, shared.mae, shared.r, shared.n, len(rest), wrong)


def _stacked(parts: Sequence[NDArray[Any]]) -> NDArray[np.float64]:
    return np.concatenate([*parts, np.empty(0)]).astype(np.float64)


def _mean(numbers: Iterable[float | None]) -> float | None:
    known = [number for number in numbers if number is not None]
    return sum(known) / len(known) if known else None

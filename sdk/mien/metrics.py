"""How well a curve follows the truth: mean absolute error and Pearson's r per value.

NumPy only, so that the headset side, the training side and the reports measure alike.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from mien import schema

ValueRows: TypeAlias = NDArray[np.floating]
"""Shape (N, VALUE_COUNT), any float type, order of `schema.VALUE_NAMES`; NaN is unknown."""
ValidRows: TypeAlias = NDArray[np.bool_]
"""Shape (N, VALUE_COUNT)."""

MOVING_STD = 0.01
"""A truth that varies less than this (weight or radian) has no correlation worth the name."""


@dataclass(frozen=True, slots=True)
class ValueScore:
    """How one value did."""

    mae: float | None
    """Mean absolute error, weight or radian; None if `n` is 0."""
    r: float | None
    """Pearson's r, -1..1; 0 if the curve stands still while the truth moves; None if the
    truth stands still, where no correlation is defined."""
    n: int
    """Rows compared."""


@dataclass(frozen=True, slots=True)
class Scores:
    """How every value did, and the means over those that move in the truth."""

    units: Mapping[str, ValueScore]
    """By value name; values without a single comparable row are in it with `n` 0."""
    mean_r: float | None
    mean_mae: float | None

    def as_json(self) -> dict[str, object]:
        """`{"units": {name: {"mae", "r", "n"}}, "mean_r", "mean_mae"}`, None for undefined."""
        units = {name: {"mae": s.mae, "r": s.r, "n": s.n} for name, s in self.units.items()}
        return {"units": units, "mean_r": self.mean_r, "mean_mae": self.mean_mae}


def pearson_r(truth: NDArray[np.floating], got: NDArray[np.floating]) -> float | None:
    """Pearson's r of two curves of shape (N,); None if the truth moves by <= `MOVING_STD`."""
    if truth.size < 2 or float(truth.std()) <= MOVING_STD:
        return None
    spread = float(truth.std() * got.std())
    if spread < 1e-12:
        return 0.0
    covariance = float(((truth - truth.mean()) * (got - got.mean())).mean())
    return min(max(covariance / spread, -1.0), 1.0)


def score_value(truth: NDArray[np.floating], got: NDArray[np.floating]) -> ValueScore:
    """Score one curve of shape (N,); rows where either is NaN or infinite are left out."""
    is_known = np.isfinite(truth) & np.isfinite(got)
    known_truth = truth[is_known].astype(np.float64)
    known_got = got[is_known].astype(np.float64)
    count = int(is_known.sum())
    if count == 0:
        return ValueScore(mae=None, r=None, n=0)
    mae = float(np.abs(known_truth - known_got).mean())
    return ValueScore(mae=mae, r=pearson_r(known_truth, known_got), n=count)


def score(truth: ValueRows, got: ValueRows, valid: ValidRows | None = None) -> Scores:
    """Score every value of `got` against `truth`.

    Args:
        truth: Exact values, shape (N, VALUE_COUNT); NaN where unknown.
        got: Tracked values, same shape; NaN where there is none.
        valid: Same shape; False rows of a value are left out.

    Returns:
        A score per value. The means run over the values whose truth moves.

    Raises:
        ValueError: If the shapes differ or are not (N, VALUE_COUNT).
    """
    expected = (len(truth), schema.VALUE_COUNT)
    for what, rows in (("truth", truth), ("got", got), ("valid", valid)):
        if rows is not None and rows.shape != expected:
            raise ValueError(f"{what}: expected shape {expected}, got {rows.shape}")
    masked = got if valid is None else np.where(valid, got, np.nan)
    units = {
        name: score_value(truth[:, column], masked[:, column])
        for column, name in enumerate(schema.VALUE_NAMES)
    }
    moving = [s for s in units.values() if s.r is not None]
    return Scores(
        units=MappingProxyType(units),
        mean_r=_mean([s.r for s in moving]),
        mean_mae=_mean([s.mae for s in moving]),
    )


def shuffled(truth: ValueRows, *, seed: int = 0) -> ValueRows:
    """The control that an evaluation can fail: the rows of `truth` in random order."""
    return truth[np.random.default_rng(seed).permutation(len(truth))]


def _mean(numbers: list[float | None]) -> float | None:
    known = [n for n in numbers if n is not None and math.isfinite(n)]
    return sum(known) / len(known) if known else None

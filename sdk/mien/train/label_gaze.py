"""Where an eye looks, learned from the session's own gaze cues.

Gaze is no expression unit: its standard is the target that the wearer was told to follow. While
a target stands still it is the label. Everywhere else in the session the label is what a ridge
regression from the slip-free picture of the open eye to the targets says, learned on the gaze
cues of the same wearer and rig. The eye follows a target late, by a lag that is found together
with the ridge: the one whose targets the pictures predict best, over held-out stretches.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from mien.capture.cues import Cue
from mien.train.label_lids import Features

Angles: TypeAlias = NDArray[np.float64]
"""Yaw and pitch, shape (N, 2), rad."""

LAGS_S: Final = tuple(0.03 * step for step in range(11))
RIDGES: Final = (0.03, 0.1, 0.3)
"""In units of the features' mean energy."""
FOLDS: Final = 6
MIN_FRAMES: Final = 60
MAX_FRAMES: Final = 400
MIN_R: Final = 0.9
"""Of held-out predictions with their targets, on the worse axis; below, gaze is not inferred."""


@dataclass(frozen=True, slots=True)
class GazeModel:
    """Picture of one open eye -> gaze, for one session."""

    lag_ns: int
    """By how much the eye is later than the target."""
    middle: NDArray[np.float64]
    """Shape (p,)."""
    way: NDArray[np.float64]
    """Shape (p, 2)."""
    offset: NDArray[np.float64]
    """Shape (2,)."""
    r: float
    """Of held-out predictions, on the worse axis."""

    def gaze(self, features: Features) -> Angles:
        """Yaw and pitch, shape (N, 2), rad."""
        angles: Angles = np.einsum("np,pk->nk", features - self.middle, self.way) + self.offset
        return angles


def targets_at(cues: Sequence[Cue], t_ns: NDArray[np.int64]) -> Angles:
    """The target at some times, shape (N, 2); NaN where no gaze is cued."""
    target = np.full((len(t_ns), 2), np.nan)
    for cue in cues:
        if cue.kind == "gaze":
            within = (t_ns >= cue.start_ns) & (t_ns < cue.end_ns)
            target[within] = (cue.yaw_rad, cue.pitch_rad)
    return target


def learn_gaze(
    features: Features, t_ns: NDArray[np.int64], cues: Sequence[Cue]
) -> GazeModel | None:
    """Learn one eye.

    Args:
        features: Of frames with an open eye during gaze cues, shape (N, p).
        t_ns: Their capture times, shape (N,), increasing.
        cues: Of the session.

    Returns:
        The model; None if there are too few frames or the pictures do not tell the gaze.
    """
    stride = max(-(-len(t_ns) // MAX_FRAMES), 1)
    rows, times = features[::stride].astype(np.float64), t_ns[::stride]
    best: tuple[float, float, float] | None = None
    for lag_s in LAGS_S:
        target = targets_at(cues, times - round(lag_s * 1e9))
        known = np.isfinite(target[:, 0])
        if known.sum() < MIN_FRAMES:
            continue
        for ridge in RIDGES:
            held = _held_out(rows[known], target[known], ridge)
            error = float(np.abs(held - target[known]).mean())
            if best is None or error < best[0]:
                best = (error, lag_s, ridge)
    if best is None:
        return None
    _, lag_s, ridge = best
    lag_ns = round(lag_s * 1e9)
    target = targets_at(cues, times - lag_ns)
    known = np.isfinite(target[:, 0])
    r = _agreement(_held_out(rows[known], target[known], ridge), target[known])
    middle, way, offset = _ridge(rows[known], target[known], ridge)
    return GazeModel(lag_ns, middle, way, offset, r) if r >= MIN_R else None


def _held_out(rows: NDArray[np.float64], target: Angles, ridge: float) -> Angles:
    """Each of `FOLDS` stretches predicted from the others, shape (N, 2)."""
    fold = np.arange(len(rows)) * FOLDS // len(rows)
    predicted = np.empty_like(target)
    kernel = rows @ rows.T
    for number in range(FOLDS):
        test = fold == number
        predicted[test] = _kernel_predict(kernel, target, test, ridge=ridge)
    return predicted


def _kernel_predict(
    kernel: NDArray[np.float64], target: Angles, test: NDArray[np.bool_], *, ridge: float
) -> Angles:
    """Ridge regression in its dual form, with an offset; centred on the training rows."""
    train = ~test
    inner = kernel[np.ix_(train, train)]
    rise = inner.mean(axis=0)
    centred = inner - rise[:, None] - rise[None, :] + rise.mean()
    strength = ridge * np.trace(centred) / len(centred)
    middle = target[train].mean(axis=0)
    dual = np.linalg.solve(centred + strength * np.eye(len(centred)), target[train] - middle)
    cross = kernel[np.ix_(test, train)]
    cross = cross - cross.mean(axis=1, keepdims=True) - rise[None, :] + rise.mean()
    predicted: Angles = cross @ dual + middle
    return predicted


def _ridge(
    rows: NDArray[np.float64], target: Angles, ridge: float
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """(middle of the rows, weights, offset)."""
    middle, offset = rows.mean(axis=0), target.mean(axis=0)
    apart = rows - middle
    kernel = apart @ apart.T
    strength = ridge * np.trace(kernel) / len(kernel)
    dual = np.linalg.solve(kernel + strength * np.eye(len(kernel)), target - offset)
    return middle, apart.T @ dual, offset


def _agreement(predicted: Angles, target: Angles) -> float:
    """Pearson's r on the worse axis; 0 where a target stands still."""
    worst = 1.0
    for axis in (0, 1):
        if min(target[:, axis].std(), predicted[:, axis].std()) < 1e-6:
            return 0.0
        worst = min(worst, float(np.corrcoef(predicted[:, axis], target[:, axis])[0, 1]))
    return worst

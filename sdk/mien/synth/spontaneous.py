"""Uncued motion: replayed recorded curves, or speech-like mixtures made up from noise."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from mien import schema
from mien.errors import SourceError
from mien.synth.styles import Split

Curve = NDArray[np.float64]

_PART_OF_SPLIT: Final[dict[Split, tuple[float, float]]] = {
    "train": (0.0, 0.6),
    "validation": (0.6, 0.8),
    "test": (0.8, 1.0),
}
_SPEECH: Final = (
    *("jaw_drop", "lip_pucker", "lip_funneler", "lower_lip_depressor", "upper_lip_raiser"),
    *("lip_stretcher", "lip_pressor", "lip_suck", "lip_corner_puller", "dimpler", "chin_raiser"),
)
_FACE: Final = (
    *("inner_brow_raiser", "outer_brow_raiser", "brow_lowerer", "cheek_raiser", "lid_tightener"),
    *("lid_raiser", "nose_wrinkler", "lip_corner_depressor", "cheek_puff", "mouth_left"),
    *("mouth_right", "jaw_left", "jaw_right", "jaw_forward"),
)


def spontaneous_curves(
    count: int,
    fps: float,
    rng: np.random.Generator,
    *,
    path: Path | None = None,
    split: Split = "train",
) -> Curve:
    """Weights over time, shape (count, VALUE_COUNT), 0..1; gaze columns stay 0.

    Args:
        count: Rows.
        fps: Rows per second.
        rng: Consumed.
        path: A recorded take: `.npz` with `names` (ARKit, first letter capital), `time_s`,
            `values`; a random stretch of it is replayed. None: made up.
        split: Which part of a recorded take may be replayed; the splits share none.

    Raises:
        SourceError: If `path` is not such a file.
    """
    if path is not None:
        return _replay(path, count, fps, rng=rng, part=_PART_OF_SPLIT[split])
    rows = np.zeros((count, schema.VALUE_COUNT))
    for names, hz, active, level in ((_SPEECH, 3.5, 0.6, 0.55), (_FACE, 0.9, 0.35, 0.7)):
        for name in names:
            if rng.random() > active:
                continue
            unit = schema.UNIT_BY_NAME[name]
            curve = np.maximum(_noise(count, fps, hz, rng=rng) - 0.2, 0.0) * level
            for value in schema.value_names(unit):
                share = rng.uniform(0.75, 1.0) if unit.sided else 1.0
                rows[:, schema.VALUE_INDEX[value]] = np.clip(curve * share, 0, 1)
    return rows


def _noise(count: int, fps: float, hz: float, *, rng: np.random.Generator) -> Curve:
    """Smooth unit-variance noise with frequencies up to about `hz`."""
    knots = max(4, int(count / fps * hz) + 3)
    points = rng.normal(0, 1.0, knots)
    x = np.linspace(0, knots - 1.001, count)
    left = x.astype(int)
    part = x - left
    ease = part * part * (3 - 2 * part)
    return np.asarray(points[left] * (1 - ease) + points[np.minimum(left + 1, knots - 1)] * ease)


def _fold(x: Curve) -> Curve:
    return np.asarray(1.0 - np.abs(x % 2.0 - 1.0))


def _replay(
    path: Path,
    count: int,
    fps: float,
    *,
    rng: np.random.Generator,
    part: tuple[float, float],
) -> Curve:
    try:
        with np.load(path, allow_pickle=False) as archive:
            names = [str(name) for name in archive["names"]]
            time_s, values = archive["time_s"].astype(float), archive["values"].astype(float)
    except (OSError, ValueError, KeyError) as exc:
        raise SourceError(
            f"motion: expected a .npz with names, time_s, values, got {path}"
        ) from exc
    length = count / fps
    low, high = (time_s[0] + share * (time_s[-1] - time_s[0]) for share in part)
    start = rng.uniform(low, max(high - length, low))
    # A stretch longer than the part runs back and forth in it.
    at = low + (high - low) * _fold((start - low + np.arange(count) / fps) / (high - low))
    columns = {name[:1].lower() + name[1:]: index for index, name in enumerate(names)}
    rows = np.zeros((count, schema.VALUE_COUNT))
    for value in schema.WEIGHT_NAMES:
        found = [columns[shape] for shape in schema.arkit_names(value) if shape in columns]
        if found:
            curve = np.mean([np.interp(at, time_s, values[:, c]) for c in found], axis=0)
            rows[:, schema.VALUE_INDEX[value]] = np.clip(curve, 0, 1)
    return rows

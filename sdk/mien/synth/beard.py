"""Paints beards and moustaches, hair by hair, into a skin texture."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Layer = NDArray[np.floating[Any]]
Texels = NDArray[np.floating[Any]]

_JAW: Final = (2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14)
_LIPS: Final = tuple(range(48, 60))
_UPPER_LIP: Final = (48, 49, 50, 51, 52, 53, 54)
_NOSE: Final = (35, 34, 33, 32, 31)
_TEXELS_PER_HAIR: Final = 24.0


def paint_beard(
    albedo: Layer, points: Texels, rng: np.random.Generator, *, beard: float, moustache: float
) -> None:
    """Darken `albedo` by hair.

    Args:
        albedo: Shape (S, S), float32; changed.
        points: Shape (68, 2): the landmarks in texels.
        rng: Consumed, if there is any hair.
        beard: Darkness of the beard, 0 (none) .. 1.
        moustache: Darkness of the moustache, 0 (none) .. 1.
    """
    for darkness, area in ((beard, _beard_area), (moustache, _moustache_area)):
        if darkness > 0:
            _paint(albedo, area(albedo.shape[0], points), rng, darkness=darkness)


def _fill(size: int, ring: Texels, *, value: float, into: Layer | None = None) -> Layer:
    import cv2

    area = np.zeros((size, size), np.float32) if into is None else into
    cv2.fillPoly(area, [ring.round().astype(np.int32)], value)
    return area


def _beard_area(size: int, points: Texels) -> Layer:
    mouth = points[list(_LIPS)]
    width = float(np.linalg.norm(mouth[6] - mouth[0]))
    jaw = points[list(_JAW)] + (0, 0.25 * width)
    cheeks = np.stack(
        [points[14], 0.45 * points[14] + 0.55 * points[54], points[54] + (0.1 * width, 0.0)]
    )
    others = np.stack(
        [points[48] - (0.1 * width, 0.0), 0.45 * points[2] + 0.55 * points[48], points[2]]
    )
    area = _fill(size, np.concatenate([jaw, cheeks, others]), value=1.0)
    middle = mouth.mean(axis=0)
    return _fill(size, middle + (mouth - middle) * 1.12, value=0.0, into=area)


def _moustache_area(size: int, points: Texels) -> Layer:
    width = float(np.linalg.norm(points[54] - points[48]))
    lip = points[list(_UPPER_LIP)].copy()
    lip[0] -= (0.08 * width, -0.05 * width)
    lip[-1] += (0.08 * width, 0.05 * width)
    nose = points[list(_NOSE)]
    return _fill(size, np.concatenate([lip, 0.75 * nose + 0.25 * lip.mean(axis=0)]), value=1.0)


def _paint(albedo: Layer, area: Layer, rng: np.random.Generator, *, darkness: float) -> None:
    import cv2

    soft = cv2.GaussianBlur(area, (0, 0), 12.0)
    y, x = np.nonzero(soft > 0.15 + 0.75 * rng.random(area.shape, np.float32))
    if not len(x):
        return
    count = int(len(x) / _TEXELS_PER_HAIR)
    chosen = rng.integers(0, len(x), count)
    roots = np.stack([x[chosen], y[chosen]], axis=1).astype(np.float64)
    # Hair grows down, and away from the middle.
    lean = (roots[:, 0] - roots[:, 0].mean()) / max(float(np.ptp(roots[:, 0])), 1.0)
    angle = np.pi / 2 - 1.1 * lean + rng.normal(0, 0.3, count)
    length = rng.uniform(0.5, 1.3, count) * float(rng.uniform(10, 34))
    tips = roots + length[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    bends = (roots + tips) / 2 + rng.normal(0, 2.0, (count, 2))
    ink = np.zeros(albedo.shape, np.float32)
    paths = (np.stack([roots, bends, tips], axis=1) * 16).round().astype(np.int32)
    cv2.polylines(ink, list(paths), False, 1.0, 2, cv2.LINE_AA, 4)  # noqa: FBT003
    thick = np.clip(0.45 * soft + 0.65 * cv2.GaussianBlur(ink, (0, 0), 0.8), 0, 1)
    albedo *= 1.0 - darkness * thick * np.clip(cv2.GaussianBlur(soft, (0, 0), 6.0) * 2, 0, 1)

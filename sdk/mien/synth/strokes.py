"""Brushes of the painted textures: lines, soft spots, where the landmarks lie."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from mien.synth.head import Head, Part

Layer = NDArray[np.floating[Any]]
Texels = NDArray[np.floating[Any]]


def landmark_texels(head: Head, size: int) -> Texels:
    """Texels of the 68 landmarks, shape (68, 2), row 0 at the top (v = 1)."""
    table = np.full((len(head.vertices_mm), 2), np.nan)
    skin = head.tri_part == Part.SKIN
    table[head.tri[skin].ravel()] = head.uv[head.tri_uv[skin].ravel()]
    uv = table[head.landmarks]
    return np.stack([uv[:, 0] * size, (1.0 - uv[:, 1]) * size], axis=1)


def draw_line(layer: Layer, path: Texels, *, ink: float, thick_px: int) -> None:
    """Draw an open path, shape (N, 2), onto a layer."""
    import cv2

    points = (path * 16).round().astype(np.int32)
    line = cv2.LINE_AA
    cv2.polylines(
        layer, [points], isClosed=False, color=ink, thickness=thick_px, lineType=line, shift=4
    )


def blurred(layer: Layer, sigma_px: float) -> Layer:
    """A Gaussian of a layer."""
    import cv2

    soft: Layer = np.asarray(cv2.GaussianBlur(layer, (0, 0), sigma_px), np.float32)
    return soft


def multiply_spot(
    image: Layer, centre: Texels, radius: tuple[float, float], *, darkness: float
) -> None:
    """Darken a soft ellipse in place."""
    where, blob = _spot(image.shape[0], centre, radius)
    image[where] *= 1.0 - darkness * blob


def _spot(
    size: int, centre: Texels, radius: tuple[float, float]
) -> tuple[tuple[slice, slice], Layer]:
    reach = (int(radius[0] * 3), int(radius[1] * 3))
    x0, y0 = max(int(centre[0]) - reach[0], 0), max(int(centre[1]) - reach[1], 0)
    x1, y1 = min(int(centre[0]) + reach[0], size), min(int(centre[1]) + reach[1], size)
    y, x = np.mgrid[y0:y1, x0:x1].astype(np.float32)
    blob = np.exp(-0.5 * (((x - centre[0]) / radius[0]) ** 2 + ((y - centre[1]) / radius[1]) ** 2))
    return (slice(y0, y1), slice(x0, x1)), blob.astype(np.float32)

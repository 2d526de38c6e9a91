"""Rectangles that teach the action-unit detection layer (C4): what they are, how they move.

A row of `BoxRows` is x0, y0, x1, y1 as shares of the crop, then the presence of the class: 0 where
it does not show, 1 where it does, one half at `SHOWN`. NaN stands for what is not known and teaches
nothing: the presence of a unit without a label, the edges of one whose region is not known.
"""

from __future__ import annotations

from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from mien.config import CROP_SIZE

SHOWN: Final = 0.2
"""A unit shows from this value on (C4)."""
_RAMP: Final = (0.1, 0.3)
"""Presence rises from 0 to 1 between these values: labels are not so exact that 0.19 and 0.21
differ, and a micro-expression (C5) is to be told from rest all the same."""
LEAST_IN_CROP: Final = 0.25
"""Share of a rectangle that must lie in the crop for it to count as seen."""

BoxRows: TypeAlias = NDArray[np.float32]
"""Shape (N, C, 5), float32."""
Boxes: TypeAlias = NDArray[np.floating]
"""Shape (..., 4)."""


def presence(values: NDArray[np.floating]) -> NDArray[np.float32]:
    """How far units of some values count as shown, same shape, 0..1."""
    low, high = _RAMP
    shown: NDArray[np.float32] = np.clip((values - low) / (high - low), 0, 1).astype(np.float32)
    return shown


def moved_boxes(boxes: BoxRows, source_from_crop: NDArray[np.floating]) -> BoxRows:
    """Rectangles after an augmentation has moved the image.

    What lies in a rectangle is taken for the ellipse that fills it: turned, a region stays as
    large as it is, whereas the corners of its rectangle would reach further out.

    Args:
        boxes: Shape (B, C, 5); or (B, C, 4), without presence.
        source_from_crop: Affine maps from pixels of the new crop to pixels of the old one, whole
            numbers at the middle of a pixel, shape (B, 2, 3).

    Returns:
        The same shape; edges are NaN where less than `LEAST_IN_CROP` is left in the crop.
    """
    linear = np.linalg.inv(np.asarray(source_from_crop, np.float64)[:, :, :2])[:, None]
    shift = np.asarray(source_from_crop, np.float64)[:, None, :, 2]
    middle, half = _middle_and_half(boxes[..., :4].astype(np.float64) * CROP_SIZE - 0.5)
    middle = np.einsum("bkij,bcj->bci", linear, middle - shift)
    half = np.sqrt(np.einsum("bkij,bcj->bci", linear**2, half**2))
    moved = np.array(boxes, np.float32)
    moved[..., :4] = within_crop(
        (np.concatenate([middle - half, middle + half], -1) + 0.5) / CROP_SIZE
    )
    return moved


def within_crop(boxes: Boxes) -> Boxes:
    """Rectangles cut at the edge of the crop, NaN where too little is left of them."""
    cut = np.clip(boxes, 0.0, 1.0)
    is_seen = area(cut) >= LEAST_IN_CROP * np.maximum(area(boxes), 1e-9)
    return np.where(is_seen[..., None], cut, np.nan)


def area(boxes: Boxes) -> NDArray[np.floating]:
    """Of rectangles, 0 where one is turned inside out, shape (...)."""
    size = np.maximum(boxes[..., 2:] - boxes[..., :2], 0)
    found: NDArray[np.floating] = size.prod(axis=-1)
    return found


def overlap(boxes: Boxes, others: Boxes) -> NDArray[np.floating]:
    """Intersection over union of rectangles, pair by pair, shape (...)."""
    low = np.maximum(boxes[..., :2], others[..., :2])
    high = np.minimum(boxes[..., 2:], others[..., 2:])
    both = area(np.concatenate([low, high], axis=-1))
    shared: NDArray[np.floating] = both / np.maximum(area(boxes) + area(others) - both, 1e-9)
    return shared


def _middle_and_half(boxes: Boxes) -> tuple[NDArray[np.floating], NDArray[np.floating]]:
    low, high = boxes[..., :2], boxes[..., 2:]
    return (low + high) / 2, (high - low) / 2

"""Pictures of faces, read from files and brought to one square size."""

from __future__ import annotations

from pathlib import Path
from typing import Final, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from mien.errors import TrainError
from mien.types import Gray8

Points: TypeAlias = NDArray[np.float64]
"""Landmarks in the picture, shape (68, 2), x and y in pixels, in the order of iBUG 300-W."""

LANDMARKS: Final = 68
_EYES: Final = (slice(36, 42), slice(42, 48))
"""Landmarks of the eye that is left in the picture, and of the other."""
_EYE_LEVEL: Final = 0.33
"""Height of both eyes in the square; a dropped jaw still fits below."""
_EYE_X: Final = (0.33, 0.67)
_OVERSAMPLING: Final = 4
"""The turned face is drawn so much larger and then averaged: a warp alone would skip pixels."""


def read_gray(path: Path) -> Gray8:
    """Read a picture of any format that OpenCV knows.

    Returns:
        Gray levels, shape (H, W), uint8.

    Raises:
        TrainError: If the file is missing, or not a picture.
    """
    try:
        # imread cannot open every path on every system, and tells nothing when it fails.
        data = np.fromfile(path, dtype=np.uint8)
    except OSError as exc:
        raise TrainError(f"{path}: expected a picture, got {exc.strerror or exc}") from exc
    image = cv2.imdecode(data, cv2.IMREAD_GRAYSCALE) if data.size else None
    if image is None:
        raise TrainError(
            f"{path}: expected a picture, got {data.size} bytes that are none; unpack it again"
        )
    return np.asarray(image, np.uint8)


def middle_square(gray: Gray8, side_px: int) -> Gray8:
    """The largest square in the middle, brought to `side_px`."""
    height, width = gray.shape
    side = min(height, width)
    top, left = (height - side) // 2, (width - side) // 2
    square = gray[top : top + side, left : left + side]
    shrinks = side > side_px
    size = (side_px, side_px)
    return np.asarray(
        cv2.resize(square, size, interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR),
        np.uint8,
    )


def face_square(gray: Gray8, points: Points, side_px: int) -> Gray8:
    """The face, turned and scaled so that the eyes lie at fixed places.

    Args:
        gray: Picture, shape (H, W), uint8.
        points: Landmarks, shape (68, 2), pixels.
        side_px: Side of the square, pixels.

    Returns:
        Shape (side_px, side_px), uint8; the border is repeated where the picture ends.

    Raises:
        TrainError: If both eyes are in one place.
    """
    first, second = (points[eye].mean(axis=0) for eye in _EYES)
    apart = second - first
    if np.hypot(*apart) < 1:
        raise TrainError(f"landmarks: expected eyes apart, got {first} and {second}")
    large = side_px * _OVERSAMPLING
    # As complex numbers a turn with a scale is one product.
    turn = (_EYE_X[1] - _EYE_X[0]) * large / complex(*apart)
    shift = complex(_EYE_X[0], _EYE_LEVEL) * large - turn * complex(*first)
    square_from_picture = np.array(
        [[turn.real, -turn.imag, shift.real], [turn.imag, turn.real, shift.imag]]
    )
    warped = cv2.warpAffine(
        gray,
        square_from_picture,
        (large, large),
        flags=cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return middle_square(np.asarray(warped, np.uint8), side_px)

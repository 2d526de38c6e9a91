"""Gray pictures from what camera drivers hand out, without OpenCV: headsets push their own."""

from __future__ import annotations

from typing import Final, get_args

import numpy as np

from mien.errors import FrameError
from mien.types import Bytes8, Gray8, PixelFormat

FORMATS: Final[tuple[PixelFormat, ...]] = get_args(PixelFormat)
_BGR_WEIGHTS: Final = (3735, 19235, 9798)
"""Rec. 601 in 1/32768: what OpenCV's COLOR_BGR2GRAY and mien's core use, to the bit."""


def picture_shape(width: int, height: int, pixel_format: PixelFormat) -> tuple[int, ...]:
    """Shape of the array of a picture in a format.

    Raises:
        FrameError: If the format is unknown, or has no pictures of this height.
    """
    shapes: dict[str, tuple[int, ...]] = {
        "gray8": (height, width),
        "yuyv": (height, width, 2),
        "nv12": (height * 3 // 2, width),
        "bgr8": (height, width, 3),
    }
    if pixel_format not in shapes:
        raise FrameError(f"pixel_format: expected one of {FORMATS}, got {pixel_format!r}")
    if pixel_format == "nv12" and height % 2:
        raise FrameError(f"nv12: expected an even height, got {height}")
    return shapes[pixel_format]


def gray_copy(
    image: Bytes8, *, width: int, height: int, pixel_format: PixelFormat = "gray8"
) -> Gray8:
    """A new gray picture, shape (height, width), uint8, rows contiguous.

    Args:
        image: In the shape of `picture_shape`, uint8, any strides: a view into a driver's
            padded or mapped buffer will do, and may be reused once this returns.
        width: Pixels.
        height: Pixels.
        pixel_format: What the bytes are; of `yuyv` and `nv12` the Y is taken.

    Raises:
        TypeError: If it is no NumPy array of uint8.
        FrameError: If its shape is not that of the format.
    """
    got = getattr(image, "dtype", type(image).__name__)
    if got != np.uint8:
        raise TypeError(f"image: expected a NumPy array of uint8, got {got}")
    shape = picture_shape(width, height, pixel_format)
    if image.shape != shape:
        raise FrameError(f"image: expected {pixel_format} of shape {shape}, got {image.shape}")
    if pixel_format == "bgr8":
        return _gray_of_bgr(image)
    luma = image[..., 0] if pixel_format == "yuyv" else image[:height]
    return np.array(luma, order="C", copy=True)


def _gray_of_bgr(image: Bytes8) -> Gray8:
    total = np.full(image.shape[:2], 1 << 14, np.int32)
    for channel, weight in enumerate(_BGR_WEIGHTS):
        total += image[..., channel] * np.int32(weight)
    return (total >> 15).astype(np.uint8)

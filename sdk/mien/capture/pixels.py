"""Gray pictures from what camera drivers hand out, without OpenCV: headsets push their own."""

from __future__ import annotations

from typing import Final, get_args

import numpy as np

from mien.errors import FrameError
from mien.types import Bytes8, Gray8, PixelFormat

FORMATS: Final[tuple[PixelFormat, ...]] = get_args(PixelFormat)
_BGR_WEIGHTS: Final = np.array((3735, 19235, 9798), np.float32) / 32768
"""Rec. 601 as OpenCV's COLOR_BGR2GRAY and mien's core have it, to the bit."""


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
    if pixel_format == "yuyv":
        return _luma_of_yuyv(image)
    return np.array(image[:height], order="C", copy=True)


def _luma_of_yuyv(image: Bytes8) -> Gray8:
    if image.strides[-1] != 1:
        return np.array(image[..., 0], order="C", copy=True)
    # A pixel as one number, whose low byte is Y: thirty times as fast as every second byte.
    luma: Gray8 = image.view("<u2")[..., 0].astype(np.uint8, order="C")
    return luma


def _gray_of_bgr(image: Bytes8) -> Gray8:
    # Exact: sums of bytes times 15 bits fit into the 24 bits of a float32, which is over twice
    # as fast as integers.
    gray = image.astype(np.float32) @ _BGR_WEIGHTS
    gray += np.float32(0.5)
    whole: Gray8 = gray.astype(np.uint8, order="C")
    return whole

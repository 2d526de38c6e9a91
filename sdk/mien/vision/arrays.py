"""Checks of the arrays that cross into the core: the message names argument, rule and value."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from mien.errors import FrameError


def check_array(
    what: str, array: NDArray[Any], *, dtype: DTypeLike, shape: tuple[int, ...]
) -> None:
    """Raise unless `array` has this dtype (`TypeError`) and this shape (`FrameError`)."""
    if not isinstance(array, np.ndarray):
        raise TypeError(f"{what}: expected a NumPy array, got {type(array).__name__}")
    if array.dtype != dtype:
        raise TypeError(f"{what}: expected {np.dtype(dtype)}, got {array.dtype}; use .astype")
    if array.shape != shape:
        raise FrameError(f"{what}: expected shape {shape}, got {array.shape}")


def output_array(
    what: str, out: NDArray[Any] | None, *, dtype: DTypeLike, shape: tuple[int, ...]
) -> NDArray[Any]:
    """`out` after the same checks, or a new array where it is None."""
    if out is None:
        return np.empty(shape, dtype)
    check_array(what, out, dtype=dtype, shape=shape)
    return out

"""Filters over a sliding stretch of time, for curves whose frames are not quite even."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from mien.train.takes import Curve


def running_median(curve: Curve, t_ns: NDArray[np.int64], *, over_s: float) -> Curve:
    """Median over a sliding stretch of time, shape (N,)."""
    return _sliding(curve, _half_window(t_ns, over_s), np.median)


def white_top_hat(curve: Curve, t_ns: NDArray[np.int64], *, over_s: float) -> Curve:
    """What of a curve rises and falls again within that time: curve less opening, shape (N,)."""
    half = _half_window(t_ns, over_s)
    eroded = _sliding(curve, half, np.min)
    kept: Curve = curve - np.minimum(_sliding(eroded, half, np.max), curve)
    return kept


def _half_window(t_ns: NDArray[np.int64], length_s: float) -> int:
    """Frames on either side that make a window of that length."""
    period_ns = float(np.median(np.diff(t_ns))) if len(t_ns) > 1 else 1e9
    return max(round(length_s * 1e9 / period_ns / 2), 1)


def _sliding(curve: Curve, half: int, reduce: Any) -> Curve:  # noqa: ANN401
    padded = np.pad(curve, half, mode="edge")
    windows = np.lib.stride_tricks.sliding_window_view(padded, 2 * half + 1)
    reduced: Curve = reduce(windows, axis=1)
    return reduced

"""When a face rests, and the network may too.

A crop is compared, block by block, with the one that the network saw last; what the camera's own
noise does between two frames is the measure. Compared is always with what the network saw, so slow
movement adds up until it is looked at. The answer depends on the crops and their times alone.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from mien.config import CROP_SIZE
from mien.types import Quant8

BLOCK_PX: Final = 8
"""Crops are compared by the means of blocks of this side: blind to most of the noise."""
WORST_BLOCKS: Final = 8
"""So many blocks that differ most decide: a lid covers about as many."""
MOVE_GAIN: Final = 2.6
"""A face at rest moves if these differ so many times more than noise makes them ..."""
STILL_GAIN: Final = 1.6
"""... and one that moves does so until they differ by less than this: the network sees the end
of each movement, too."""
LONGEST_REST_S: Final = 2.0
"""The network looks at least so often."""
NOISE_QUANTILE: Final = 0.15
"""The noise is what so many of the steps from frame to frame lie below ..."""
NOISE_PER_S: Final = 1.25
"""... followed with this speed, relative change per second."""
NOISE_FIRST, NOISE_LEAST = 2.0, 0.3
"""Where the estimate begins, at most, and what it never goes below, int8 codes. Too low a start
costs rests, too high a one would cost movements."""
_CELLS: Final = CROP_SIZE // BLOCK_PX


class RestGate:
    """Tells whether a camera's face has moved since the network last looked."""

    def __init__(self) -> None:
        self._pool = np.repeat(np.eye(_CELLS, dtype=np.float32), BLOCK_PX, axis=1)
        self._crop = np.zeros((CROP_SIZE, CROP_SIZE), np.float32)
        self._rows = np.zeros((_CELLS, CROP_SIZE), np.float32)
        self._now, self._before, self._looked = np.zeros((3, _CELLS, _CELLS), np.float32)
        self._change = np.zeros((_CELLS, _CELLS), np.float32)
        self._flat = self._change.reshape(-1)
        self._noise = NOISE_FIRST
        self._has_before = False
        self._is_moving = False
        self._looked_ns: int | None = None
        self._t_ns = 0

    def forget(self) -> None:
        """What the network saw no longer counts: it must look at the next crop."""
        self._looked_ns = None

    def must_look(self, quant: Quant8, *, t_ns: int) -> bool:
        """Whether the network must look at this crop; if so, it is taken to do so.

        Args:
            quant: Shape (CROP_SIZE, CROP_SIZE), int8.
            t_ns: Capture time, nanoseconds.
        """
        self._before, self._now = self._now, self._before
        # Products with ones pool blocks faster than sums do, and are exact: codes are whole.
        np.copyto(self._crop, quant)
        np.dot(self._pool, self._crop, out=self._rows)
        np.dot(self._rows, self._pool.T, out=self._now)
        if self._has_before:
            elapsed_s = min(max((t_ns - self._t_ns) * 1e-9, 0.0), 0.1)
            self._learn(self._difference(self._before), elapsed_s)
        self._has_before, self._t_ns = True, t_ns
        if not self._has_moved(t_ns):
            return False
        np.copyto(self._looked, self._now)
        self._looked_ns = t_ns
        return True

    def _has_moved(self, t_ns: int) -> bool:
        if self._looked_ns is None:
            return True
        limit = self._noise * (STILL_GAIN if self._is_moving else MOVE_GAIN)
        self._is_moving = self._difference(self._looked) > limit
        return self._is_moving or not 0 <= (t_ns - self._looked_ns) * 1e-9 <= LONGEST_REST_S

    def _difference(self, other: NDArray[np.float32]) -> float:
        np.subtract(self._now, other, out=self._change)
        np.abs(self._change, out=self._change)
        self._flat.partition(-WORST_BLOCKS)
        worst = float(np.add.reduce(self._flat[-WORST_BLOCKS:]))
        return worst / (WORST_BLOCKS * BLOCK_PX * BLOCK_PX)

    def _learn(self, step: float, elapsed_s: float) -> None:
        share = NOISE_QUANTILE if step > self._noise else NOISE_QUANTILE - 1
        noise = self._noise * math.exp(NOISE_PER_S * share * elapsed_s)
        self._noise = max(noise, NOISE_LEAST)

"""Which crop stands for the wearer's face at rest (A14): found while tracking, never asked for.

Rest is what a face comes back to. Of the crops of the last half minute the neutral is the one
that most resemble: the medoid, with the median distance for a measure, so that what is seen less
than half of the time (a blink, a smile, a glance) does not count. It needs no network, follows
slow slips, and a wrong start mends itself within seconds. Times are capture times.

Rejected: the crop the network calls quietest when it is shown no neutral. Its answers are poor
just then, and a wrong neutral stayed (mean r 0.38 against 0.58, validation).
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from mien.config import CROP_SIZE
from mien.types import Quant8

SLOTS: Final = 28
"""Crops remembered."""
FIRST_S: Final = 0.1
"""Time between remembered crops until there is a neutral ..."""
LATER_S: Final = 1.0
"""... and from then on."""
LEAST_CROPS: Final = 7
"""No medoid is chosen from fewer; until then the wearer's first crop serves."""
BETTER_BY: Final = 0.9
"""The neutral changes only for a crop whose median distance is this much smaller."""
_BLOCK: Final = 8
"""Crops are compared by the means of blocks of this side: blind to noise and pores."""
_CELLS: Final = CROP_SIZE // _BLOCK


class NeutralCrop:
    """The neutral crop of one camera."""

    def __init__(self) -> None:
        self._crops = np.zeros((SLOTS, CROP_SIZE, CROP_SIZE), np.int8)
        self._digests = np.zeros((SLOTS, _CELLS * _CELLS), np.float32)
        self._distance = np.zeros((SLOTS, SLOTS), np.float32)
        self._neutral: Quant8 = np.zeros((CROP_SIZE, CROP_SIZE), np.int8)
        self._is_known = False
        self.forget()

    @property
    def crop(self) -> Quant8 | None:
        """Shape (CROP_SIZE, CROP_SIZE), int8, or None before the first crop."""
        return self._neutral if self._is_known else None

    @property
    def is_found(self) -> bool:
        """True once the crop was chosen among several; before, the first one stands in for it."""
        return self._chosen is not None

    def begin(self, crop: Quant8) -> None:
        """Start with a crop that is known to be this wearer's neutral, until there is a newer."""
        np.copyto(self._neutral, crop)
        self._is_known = True

    def forget(self) -> None:
        """The headset has slipped: the old neutral serves until there are enough new crops."""
        self._count = 0
        self._next = 0
        self._chosen: int | None = None
        self._seen_ns: int | None = None

    def see(self, quant: Quant8, *, t_ns: int) -> bool:
        """Take note of a crop; most calls return at once.

        Args:
            quant: Shape (CROP_SIZE, CROP_SIZE), int8; copied if it is remembered.
            t_ns: Capture time, nanoseconds; a clock that went back is believed.

        Returns:
            Whether `crop` is another one now.
        """
        gap_s = FIRST_S if self._chosen is None else LATER_S
        if self._seen_ns is not None and 0 <= (t_ns - self._seen_ns) * 1e-9 < gap_s:
            return False
        self._seen_ns = t_ns
        is_first = not self._is_known
        if is_first:
            np.copyto(self._neutral, quant)
            self._is_known = True
        self._remember(quant)
        return (self._count >= LEAST_CROPS and self._choose()) or is_first

    def _remember(self, quant: Quant8) -> None:
        slot = self._next
        self._next = (slot + 1) % SLOTS
        self._count = min(self._count + 1, SLOTS)
        if slot == self._chosen:
            # Its crop lives on in `_neutral`; its place among the others is taken.
            self._chosen = -1
        np.copyto(self._crops[slot], quant)
        blocks = quant.reshape(_CELLS, _BLOCK, _CELLS, _BLOCK)
        self._digests[slot] = blocks.mean(axis=(1, 3), dtype=np.float32).ravel()
        difference = np.abs(self._digests[: self._count] - self._digests[slot])
        self._distance[slot, : self._count] = difference.mean(axis=1)
        self._distance[: self._count, slot] = self._distance[slot, : self._count]

    def _choose(self) -> bool:
        known = self._distance[: self._count, : self._count]
        spread: NDArray[np.float32] = np.median(known, axis=1)
        best = int(np.argmin(spread))
        if self._chosen is not None and self._chosen >= 0:
            is_better = spread[best] < BETTER_BY * spread[self._chosen]
            if not is_better:
                return False
        self._chosen = best
        np.copyto(self._neutral, self._crops[best])
        return True

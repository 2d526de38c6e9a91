"""Whether a shift of the headset lasts, or the headset rides on the face and comes back (A16).

A slip stays; at a tight fit cheeks and brows push the headset, and it returns when they do. A
shift that is undone soon was a ride. Before that is known the neutral is read again at once, and
once more when the headset is back; who has ridden repeatedly is given the time to return first.
Nothing that the headset does is taken off the values: what rides with a unit stays part of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from mien.runtime.motion import SlipWatch, take_shift

RETURN_NS: Final = 3_000_000_000
"""A ride is over within this time."""
OPPOSITE: Final = -0.7
"""Cosine of the way back with the way there, at most."""
SIZE_RATIO: Final = 2.5
"""Nor is one of them so many times the other."""
TIGHT_RIDES: Final = 2
"""From so many rides on, if they are more than the slips, the fit is tight."""


class FitWatch:
    """Tells slips from rides, for all cameras together."""

    def __init__(self) -> None:
        self.rides = 0
        """Shifts that were undone."""
        self.slips = 0
        """Shifts that lasted."""
        self._shift: NDArray[np.float64] = np.zeros(0)
        self._shifted_ns: int | None = None
        self._must_wait = False

    @property
    def is_tight(self) -> bool:
        """Whether the headset rides on the face."""
        return self.rides >= TIGHT_RIDES and self.rides > self.slips

    def must_reread(self, watches: Sequence[SlipWatch], *, t_ns: int) -> bool:
        """Whether the neutral must be read again now.

        Args:
            watches: Of the cameras that are heard, always in the same order.
            t_ns: Capture time, nanoseconds.
        """
        shift = take_shift(watches)
        if shift is not None:
            return self._note_shift(shift, t_ns)
        if self._shifted_ns is None or 0 <= t_ns - self._shifted_ns <= RETURN_NS:
            return False
        self.slips += 1
        self._shifted_ns = None
        return self._must_wait

    def _note_shift(self, shift: NDArray[np.float64], t_ns: int) -> bool:
        if self._shifted_ns is not None and _is_back(self._shift, shift):
            self.rides += 1
            self._shifted_ns = None
            return not self._must_wait
        if self._shifted_ns is not None:
            self.slips += 1
        self._shift, self._shifted_ns, self._must_wait = shift, t_ns, self.is_tight
        return not self._must_wait


def _is_back(there: NDArray[np.float64], back: NDArray[np.float64]) -> bool:
    if there.shape != back.shape:
        return False
    lengths = float(np.linalg.norm(there)), float(np.linalg.norm(back))
    if not 0 < max(lengths) <= SIZE_RATIO * min(lengths):
        return False
    return float(there @ back) <= OPPOSITE * lengths[0] * lengths[1]

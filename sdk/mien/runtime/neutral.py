"""Which crop stands for the wearer's face at rest (A14): found while tracking, never asked for.

The networks compare a crop with a neutral one. Given no neutral they still answer, less well;
how active such an answer is tells how far a crop is from rest. The quietest crop of a window
becomes the neutral, if it is about as quiet as the one before: so the neutral follows a slow
slip, and a smile that is held does not become the neutral. Windows are capture time.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from mien.config import CROP_SIZE
from mien.types import Quant8

FIRST_WINDOW_S: Final = 0.7
"""The first neutral of a wearer is sought for so long."""
WINDOW_S: Final = 4.0
"""Later ones; also after a slip."""
TRIAL_S: Final = 0.12
"""Crops are tried this often once there is a neutral: a trial costs a second network run."""
QUIET_MARGIN: Final = 0.1
"""A new neutral may be more active than the old one by this much, sum of weights."""
FORGET_PER_WINDOW: Final = 0.02
"""What an old neutral loses in standing with each window, sum of weights: bounds a lucky find."""


class NeutralCrop:
    """The neutral crop of one camera."""

    def __init__(self) -> None:
        self._neutral: Quant8 = np.zeros((CROP_SIZE, CROP_SIZE), np.int8)
        self._candidate: Quant8 = np.zeros((CROP_SIZE, CROP_SIZE), np.int8)
        self._activity = np.inf
        self._candidate_activity = np.inf
        self._window_start_ns: int | None = None
        self._tried_ns: int | None = None
        self._is_known = False

    @property
    def crop(self) -> Quant8 | None:
        """Shape (CROP_SIZE, CROP_SIZE), int8, or None while none is known."""
        return self._neutral if self._is_known else None

    def forget(self) -> None:
        """The headset has slipped: the next window's crop is taken whatever its activity."""
        self._activity = np.inf
        self._candidate_activity = np.inf
        self._window_start_ns = None

    def is_due(self, t_ns: int) -> bool:
        """Whether the crop of this time should be tried with `offer`."""
        if self._tried_ns is None or not self._is_known:
            return True
        # A capture clock that went back starts anew.
        return not 0 <= t_ns - self._tried_ns < TRIAL_S * 1e9

    def offer(self, quant: Quant8, *, activity: float, t_ns: int) -> None:
        """Show a crop and how active it is without a neutral; ends the window if it is over.

        Args:
            quant: Shape (CROP_SIZE, CROP_SIZE), int8; copied if it is kept.
            activity: Sum of the weights of the network's units, >= 0.
            t_ns: Capture time, nanoseconds.
        """
        self._tried_ns = t_ns
        if self._window_start_ns is None or t_ns < self._window_start_ns:
            self._window_start_ns = t_ns
        if activity < self._candidate_activity:
            self._candidate_activity = activity
            np.copyto(self._candidate, quant)
        length_s = WINDOW_S if self._is_known else FIRST_WINDOW_S
        if (t_ns - self._window_start_ns) * 1e-9 >= length_s:
            self._end_window(t_ns)

    def _end_window(self, t_ns: int) -> None:
        self._activity += FORGET_PER_WINDOW
        if self._candidate_activity <= self._activity + QUIET_MARGIN:
            self._neutral, self._candidate = self._candidate, self._neutral
            self._activity, self._is_known = self._candidate_activity, True
        self._candidate_activity = np.inf
        self._window_start_ns = t_ns

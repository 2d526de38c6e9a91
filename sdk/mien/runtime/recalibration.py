"""Bounded running recalibration to the wearer: neutral and range (A14, A15).

The neutral of a weight is a low quantile of its own recent past, at most `NEUTRAL_LIMIT`, and
is subtracted. The range is learnt for the lids alone: a blink closes them fully, several times
a minute and without being asked, whereas half a smile says nothing about a whole one.
Causal, and on capture times only, so a replay gives the same numbers.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from mien import schema

NEUTRAL_LIMIT: Final = 0.25
"""The neutral never exceeds this weight: a held expression is not learnt away."""
NEUTRAL_QUANTILE: Final = 0.2
"""The neutral settles where this share of the recent past lies below it."""
SLOW_PER_S: Final = 0.03
"""Speed of the neutral, weight per second: a smile held for 10 s loses 0.2 * 10 * 0.03."""
FAST_PER_S: Final = 1.0
"""Speed in the first `READ_S` seconds and after a slip of the headset."""
READ_S: Final = 1.0
STEP_LIMIT_S: Final = 0.1
"""A gap in the recording counts as no more than this."""

BLINK_RISE: Final = 0.2
"""A lid that closes by this much above its neutral may be blinking."""
BLINK_LIMIT_S: Final = 0.6
"""... and has blinked if it is open again within this time."""
TOP_FLOOR: Final = 0.5
"""The weight of a full closure is never taken to be lower: bounds the gain to 2."""
TOP_RISE: Final = 0.6
TOP_FALL: Final = 0.3
"""How far one blink pulls the top towards its own peak, upward and downward."""

_LIDS: Final = schema.value_names(schema.UNIT_BY_NAME["lid_closure"])


class Recalibration:
    """Neutral and range of the values that one camera sees, kept while tracking."""

    def __init__(self, names: tuple[str, ...]) -> None:
        """Begin without any knowledge of the wearer.

        Args:
            names: The values, in the order of the arrays that `run` is given.
        """
        self._is_weight = ~np.isin(names, schema.GAZE_NAMES)
        self._neutral = np.zeros(len(names), np.float32)
        self._top = np.ones(len(names), np.float32)
        self._read_left_s = READ_S
        self._lids = {names.index(lid): _Blink() for lid in _LIDS if lid in names}
        self._t_ns: int | None = None

    @property
    def neutral(self) -> NDArray[np.float32]:
        """What is subtracted, one per value, 0..NEUTRAL_LIMIT; a copy."""
        return self._neutral.copy()

    @property
    def top(self) -> NDArray[np.float32]:
        """The weight that becomes 1, one per value, TOP_FLOOR..1; a copy."""
        return self._top.copy()

    def reread(self) -> None:
        """Read the neutral again, fast: the headset has slipped."""
        self._read_left_s = READ_S

    def run(self, values: NDArray[np.float32], *, t_ns: int) -> NDArray[np.float32]:
        """Recalibrate `values` in place.

        Args:
            values: One per name, float32; gaze is left as it is.
            t_ns: Capture time, nanoseconds.

        Returns:
            `values`, weights in [0, 1].
        """
        elapsed_s = 0.0 if self._t_ns is None else (t_ns - self._t_ns) * 1e-9
        self._t_ns = t_ns
        self._learn(values, min(max(elapsed_s, 0.0), STEP_LIMIT_S))
        for column, blink in self._lids.items():
            self._learn_top(column, blink, weight=float(values[column]), t_ns=t_ns)
        scaled = (values - self._neutral) / (self._top - self._neutral)
        np.copyto(values, np.clip(scaled, 0.0, 1.0), where=self._is_weight)
        return values

    def _learn(self, values: NDArray[np.float32], elapsed_s: float) -> None:
        reach = elapsed_s * (FAST_PER_S if self._read_left_s > 0 else SLOW_PER_S)
        self._read_left_s -= elapsed_s
        # A step must not carry the neutral past the value it is heading for.
        step = np.clip(
            values - self._neutral,
            np.float32((NEUTRAL_QUANTILE - 1) * reach),
            np.float32(NEUTRAL_QUANTILE * reach),
        )
        np.clip(self._neutral + step, 0.0, NEUTRAL_LIMIT, out=self._neutral)
        self._neutral *= self._is_weight

    def _learn_top(self, column: int, blink: _Blink, *, weight: float, t_ns: int) -> None:
        peak = blink.step(weight - float(self._neutral[column]), t_ns=t_ns)
        if peak is None:
            return
        top, full = float(self._top[column]), peak + float(self._neutral[column])
        pull = TOP_RISE if full > top else TOP_FALL
        self._top[column] = min(max(top + pull * (full - top), TOP_FLOOR), 1.0)


class _Blink:
    """Finds blinks in one lid's curve above its neutral."""

    def __init__(self) -> None:
        self._start_ns: int | None = None
        self._peak = 0.0
        self._is_open = True

    def step(self, rise: float, *, t_ns: int) -> float | None:
        """The peak of the blink that ended just now, or None."""
        if self._start_ns is None:
            # The rest of the way open is no blink of its own: half as high, it would pull the
            # top down, and with every strong blink a little more.
            if rise < BLINK_RISE:
                self._is_open = True
            elif self._is_open:
                self._start_ns, self._peak, self._is_open = t_ns, rise, False
            return None
        self._peak = max(self._peak, rise)
        if rise > 0.5 * self._peak:
            return None
        is_short = (t_ns - self._start_ns) * 1e-9 <= BLINK_LIMIT_S
        self._start_ns, self._is_open = None, rise < BLINK_RISE
        return self._peak if is_short else None

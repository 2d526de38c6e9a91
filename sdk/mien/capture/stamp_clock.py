"""Capture times of a live camera on this machine's clock, from the camera's own stamps."""

from __future__ import annotations

from typing import Final

LATE_MAX_NS: Final = 1_000_000_000
"""A picture that seems to have been under way for longer says that its stamps mean nothing."""
DRIFT: Final = 1e-4
"""How much slower than ours a camera's clock may run: bad quartz is off by half of that."""


class StampClock:
    """Turns stamps into strictly increasing times of the clock that tells arrival.

    A stamp on another clock is shifted by the shortest way that any picture had so far, which
    takes the jitter of network and scheduling out; the shortest way itself cannot be known and
    stays in. Stamps that stand still, go back or run away are set aside: arrival counts then.
    """

    def __init__(self, *, shares_clock: bool = False) -> None:
        """Start with no past.

        Args:
            shares_clock: True: the camera's driver stamps with the very clock of arrival.
        """
        self._shares_clock = shares_clock
        self._stamp_ns: int | None = None
        self._offset_ns = 0
        self._last_ns = -1

    def time_ns(self, *, arrival_ns: int, stamp_ns: int | None) -> int:
        """The capture time of a picture, never after its arrival but to stay increasing.

        Args:
            arrival_ns: When it came, nanoseconds.
            stamp_ns: What the camera said, nanoseconds on its own clock; None: nothing.
        """
        t_ns = arrival_ns if stamp_ns is None else self._stamped(arrival_ns, stamp_ns)
        self._last_ns = max(t_ns, self._last_ns + 1)
        return self._last_ns

    def _stamped(self, arrival_ns: int, stamp_ns: int) -> int:
        if self._shares_clock:
            is_believable = 0 <= arrival_ns - stamp_ns <= LATE_MAX_NS
            return stamp_ns if is_believable else arrival_ns
        last_ns, self._stamp_ns = self._stamp_ns, stamp_ns
        way_ns = arrival_ns - stamp_ns
        if last_ns is None or stamp_ns <= last_ns:
            self._offset_ns = way_ns
            return arrival_ns
        drift_ns = round((stamp_ns - last_ns) * DRIFT)
        self._offset_ns = min(way_ns, self._offset_ns + drift_ns)
        if way_ns - self._offset_ns > LATE_MAX_NS:
            self._offset_ns = way_ns
        return stamp_ns + self._offset_ns

"""Which capture times of a camera can be believed."""

from __future__ import annotations

from typing import Final

JUMP_LIMIT_NS: Final = 60_000_000_000
"""A frame this much later than the one before is not believed at first."""
PROOF_FRAMES: Final = 5
"""So many doubtful frames in a row, in order among themselves, prove a new clock."""


class CaptureClock:
    """Admits frames in increasing time, and follows a camera that comes back on a new clock.

    Without the second part one damaged time far in the future, or a driver that restarts its
    clock at zero, would shut a camera out for the rest of the session.
    """

    def __init__(self) -> None:
        self._last_ns: int | None = None
        self._doubtful_ns: int | None = None
        self._doubts = 0
        self.has_restarted = False
        """Whether the last admitted frame was the first one of a new clock."""

    def fault(self, t_ns: int) -> str:
        """Why a frame is not admitted; `""` if it is."""
        self.has_restarted = False
        if self._last_ns is None or 0 < t_ns - self._last_ns <= JUMP_LIMIT_NS:
            self._admit(t_ns)
            return ""
        is_in_order = (
            self._doubtful_ns is not None and 0 < t_ns - self._doubtful_ns <= JUMP_LIMIT_NS
        )
        self._doubts = self._doubts + 1 if is_in_order else 1
        self._doubtful_ns = t_ns
        if self._doubts >= PROOF_FRAMES:
            self.has_restarted = True
            self._admit(t_ns)
            return ""
        after, limit = self._last_ns, self._last_ns + JUMP_LIMIT_NS
        return f"t_ns: expected {after} < t_ns <= {limit}, got {t_ns}"

    def _admit(self, t_ns: int) -> None:
        self._last_ns, self._doubtful_ns, self._doubts = t_ns, None, 0

"""Which capture times of a camera can be believed, and when that is on the face's clock."""

from __future__ import annotations

from typing import Final

from mien.runtime.faults import Fault

JUMP_LIMIT_NS: Final = 60_000_000_000
"""A frame this much later than the one before is not believed at first."""
AHEAD_LIMIT_NS: Final = 1_000_000_000
"""Nor is one this much ahead of what other cameras say."""
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
        self.offset_ns = 0
        """What is added to this camera's times to have the face's."""
        self.has_restarted = False
        """Whether the last admitted frame was the first one of a new clock."""

    @property
    def is_believed(self) -> bool:
        """Whether a frame was admitted, and no doubtful one came since."""
        return self._last_ns is not None and not self._doubts

    def admit(self, t_ns: int, *, face_ns: int | None) -> Fault | None:
        """Admit a frame, or say why not.

        Args:
            t_ns: Capture time of the frame.
            face_ns: What other cameras say the time is, on the face's clock; None if there is
                none to ask.
        """
        self.has_restarted = False
        fault = self._fault(t_ns, face_ns)
        if fault is None:
            self._accept(t_ns)
            return None
        is_in_order = (
            self._doubtful_ns is not None and 0 < t_ns - self._doubtful_ns <= JUMP_LIMIT_NS
        )
        self._doubts = self._doubts + 1 if is_in_order else 1
        self._doubtful_ns = t_ns
        if self._doubts < PROOF_FRAMES:
            return fault
        self.has_restarted = True
        self.offset_ns = 0 if face_ns is None else face_ns - t_ns
        self._accept(t_ns)
        return None

    def _fault(self, t_ns: int, face_ns: int | None) -> Fault | None:
        last_ns = self._last_ns
        if last_ns is not None and t_ns <= last_ns:
            kind = "duplicate" if t_ns == last_ns else "late"
            return Fault(kind, f"t_ns: expected more than {last_ns}, got {t_ns}")
        if last_ns is not None and t_ns - last_ns > JUMP_LIMIT_NS:
            limit_ns = last_ns + JUMP_LIMIT_NS
            return Fault("clock", f"t_ns: expected at most {limit_ns}, got {t_ns}")
        if face_ns is None:
            return None
        ahead_ns = t_ns + self.offset_ns - face_ns
        # A camera that lags keeps its order; one that is back after a while may have a new clock.
        is_back = last_ns is None or t_ns - last_ns > AHEAD_LIMIT_NS
        if ahead_ns > AHEAD_LIMIT_NS or (is_back and ahead_ns < -AHEAD_LIMIT_NS):
            near_ns = face_ns - self.offset_ns
            return Fault("clock", f"t_ns: expected near {near_ns} as other cameras, got {t_ns}")
        return None

    def _accept(self, t_ns: int) -> None:
        self._last_ns, self._doubtful_ns, self._doubts = t_ns, None, 0

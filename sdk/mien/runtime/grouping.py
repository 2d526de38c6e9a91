"""Which frames of different cameras belong to one face state."""

from __future__ import annotations

from mien.types import Frame


class Grouping:
    """Collects frames of nearly the same capture time, one per camera.

    A group is complete as soon as every expected camera has delivered, so nothing waits for
    a timer; a frame that does not fit closes the group before it.
    """

    def __init__(self, *, skew_ns: int) -> None:
        self._skew_ns = skew_ns
        self._pending: dict[str, Frame] = {}
        self._missed: set[str] = set()

    def push(self, frame: Frame, *, expected: frozenset[str]) -> list[list[Frame]]:
        """Take in a frame; return the groups that are now complete, oldest first."""
        groups = []
        if self._pending and not self._fits(frame):
            groups.append(self.flush())
        self._pending[frame.camera] = frame
        return groups + self._complete(expected)

    def miss(self, camera: str, *, expected: frozenset[str]) -> list[list[Frame]]:
        """Like `push` for a camera whose frame was bad: the others need not wait for it."""
        self._missed.add(camera)
        return self._complete(expected)

    def flush(self) -> list[Frame]:
        """The frames that wait, oldest first, complete or not; empties the group."""
        group = sorted(self._pending.values(), key=lambda frame: frame.t_ns)
        self._pending.clear()
        self._missed.clear()
        return group

    def _complete(self, expected: frozenset[str]) -> list[list[Frame]]:
        if self._pending and expected <= self._pending.keys() | self._missed:
            return [self.flush()]
        return []

    def _fits(self, frame: Frame) -> bool:
        if frame.camera in self._pending:
            return False
        first_ns = min(waiting.t_ns for waiting in self._pending.values())
        # A frame older than the group has come late: no later state will suit it better.
        return frame.t_ns - first_ns <= self._skew_ns

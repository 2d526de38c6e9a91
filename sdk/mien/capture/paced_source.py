"""A stored source played at the pace at which it was captured, or faster."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Iterator
from typing import Final

from mien.capture.frame_source import FrameSource
from mien.errors import SourceError
from mien.types import Frame

SPEED_MIN, SPEED_MAX = 0.01, 1000.0


class PacedSource(FrameSource):
    """Gives each frame no sooner than its time has come; the frames and their times are the same.

    Nothing is dropped: a loop that is too slow falls behind, so that it computes what it would
    without the pace. The source is closed with it.
    """

    def __init__(
        self,
        source: FrameSource,
        *,
        speed: float,
        clock_ns: Callable[[], int] = time.monotonic_ns,
        wait: Callable[[float], object] | None = None,
    ) -> None:
        """Take over an open stored source.

        Args:
            source: What to play.
            speed: 1: as captured, 2: twice as fast; 0.01..1000.
            clock_ns: Nanoseconds, never decreasing.
            wait: Waits so many seconds; default: until then, or until `stop`.

        Raises:
            SourceError: If the source is live, or the speed out of range.
        """
        if source.is_live:
            raise SourceError("speed: expected a stored source, got a live camera; leave it out")
        if not (math.isfinite(speed) and SPEED_MIN <= speed <= SPEED_MAX):
            raise SourceError(f"speed: expected {SPEED_MIN:g}..{SPEED_MAX:g}, got {speed}")
        super().__init__(source.rig)
        self.speed: Final = speed
        self._source = source
        self._clock_ns = clock_ns
        self._stopped = threading.Event()
        self._wait = wait or self._stopped.wait

    @property
    def bad_frames(self) -> int:
        """Those of the source."""
        return self._source.bad_frames

    @property
    def last_reason(self) -> str:
        """That of the source."""
        return self._source.last_reason

    def __iter__(self) -> Iterator[Frame]:
        start_ns, first_ns = self._clock_ns(), None
        for frame in self._source:
            first_ns = frame.t_ns if first_ns is None else first_ns
            due_ns = start_ns + round((frame.t_ns - first_ns) / self.speed)
            early_ns = due_ns - self._clock_ns()
            if early_ns > 0:
                self._wait(early_ns * 1e-9)
            if self._stopped.is_set():
                return
            yield frame

    def stop(self) -> None:
        """End this and every later iteration, from any thread."""
        self._stopped.set()

    def close(self) -> None:
        """Stop, and close the source."""
        self.stop()
        self._source.close()

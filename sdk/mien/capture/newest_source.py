"""Live cameras side by side: the newest frame of each, and nothing queued behind it."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from typing import Final

from mien.capture.frame_source import FrameSource
from mien.errors import SourceError
from mien.types import CameraModel, Frame

JOIN_S: Final = 1.0
"""How long a driver may take to give its last frame when all is over."""


class NewestSource(FrameSource):
    """Reads each source in a thread of its own and keeps its newest frame of each camera.

    A frame that is overtaken before it was asked for is dropped and counted. Ends when all
    sources have ended, or at `stop`. The sources are closed with it.
    """

    is_live = True

    def __init__(self, sources: Sequence[FrameSource]) -> None:
        """Take over open sources of different cameras.

        Raises:
            SourceError: If two of them give the same camera.
        """
        rig: dict[str, CameraModel] = {}
        for source in sources:
            for name, camera in source.rig.items():
                if name in rig:
                    raise SourceError(f"sources: expected each camera once, got {name} twice")
                rig[name] = camera
        super().__init__(rig)
        self.links = {name: link for one in sources for name, link in one.links.items()}
        self.dropped = dict.fromkeys(rig, 0)
        """Frames overtaken so far, by camera."""
        self._sources = tuple(sources)
        self._changed = threading.Condition()
        self._waiting: dict[str, Frame] = {}
        self._running: dict[threading.Thread, FrameSource] = {}
        self._error: Exception | None = None
        self._is_stopped = False

    @classmethod
    def of(cls, source: FrameSource) -> NewestSource:
        """The source itself if it is one, else one around it."""
        return source if isinstance(source, cls) else cls((source,))

    def __iter__(self) -> Iterator[Frame]:
        self._start()
        while (frame := self._next()) is not None:
            yield frame
        if self._error is not None:
            raise self._error

    @property
    def bad_frames(self) -> int:
        """Those of all sources."""
        return super().bad_frames + sum(source.bad_frames for source in self._sources)

    @property
    def last_reason(self) -> str:
        """That of the first source that has one."""
        reasons = (source.last_reason for source in self._sources)
        return next(filter(None, reasons), super().last_reason)

    def stop(self) -> None:
        """End the iteration; from any thread."""
        with self._changed:
            self._is_stopped = True
            self._changed.notify_all()
        for source in self._sources:
            source.stop()

    def close(self) -> None:
        """Stop, and close the sources but for one whose driver hangs: that could crash."""
        self.stop()
        for thread in list(self._running):
            thread.join(JOIN_S)
        hanging = {id(source) for thread, source in self._running.items() if thread.is_alive()}
        for source in self._sources:
            if id(source) not in hanging:
                source.close()

    def _start(self) -> None:
        for source in self._sources:
            thread = threading.Thread(target=self._read, args=(source,), daemon=True)
            self._running[thread] = source
        for thread in self._running:
            thread.start()

    def _read(self, source: FrameSource) -> None:
        try:
            for frame in source:
                if not self._put(frame):
                    return
        except Exception as error:  # noqa: BLE001 - no camera may end the others
            self._error = error
        finally:
            with self._changed:
                self._running = {t: s for t, s in self._running.items() if s is not source}
                self._changed.notify_all()

    def _put(self, frame: Frame) -> bool:
        """Keep a frame instead of an older one of its camera; False: nobody waits any more."""
        with self._changed:
            if self._is_stopped:
                return False
            if frame.camera in self._waiting:
                self.dropped[frame.camera] += 1
            self._waiting[frame.camera] = frame
            self._changed.notify_all()
        return True

    def _next(self) -> Frame | None:
        with self._changed:
            self._changed.wait_for(self._has_news)
            if self._is_stopped or not self._waiting:
                return None
            oldest = min(self._waiting.values(), key=lambda frame: frame.t_ns)
            return self._waiting.pop(oldest.camera)

    def _has_news(self) -> bool:
        return bool(self._waiting) or self._is_over()

    def _is_over(self) -> bool:
        return self._is_stopped or not self._running

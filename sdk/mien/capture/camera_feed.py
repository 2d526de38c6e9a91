"""One camera on its way to the disk: a source, and the thread that carries its frames."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final, TypeAlias

from mien.capture.frame_source import FrameSource
from mien.capture.session_writer import SessionWriter
from mien.capture.sources import open_source
from mien.errors import FrameError, SourceError
from mien.types import Frame

Recordable: TypeAlias = FrameSource | int | str | Path
"""An open source, or what `open_source` takes."""

JOIN_S: Final = 5.0
"""How long a camera may take to give its last frame."""


class CameraFeed:
    """Carries the frames of one camera into a session, in its own thread."""

    def __init__(self, name: str, source: FrameSource) -> None:
        self.name: Final = name
        self.source: Final = source
        self.last_ns = 0
        """Session time of the last frame written."""
        self.stop_reason = ""
        """Why the camera ended before it was told to."""
        self._thread: threading.Thread | None = None

    def start(
        self,
        writer: SessionWriter,
        stop: threading.Event,
        *,
        origin_ns: int,
        limit_ns: int | None,
    ) -> None:
        """Start carrying.

        Args:
            writer: Where frames go.
            stop: Ends the feed after the frame at hand.
            origin_ns: What a live camera's times count from.
            limit_ns: How much to carry: from the origin, or from a stored source's first frame.
        """

        def carry() -> None:
            try:
                writer.open_camera(self.name)
                self._carry(writer, stop, origin_ns=origin_ns, limit_ns=limit_ns)
            except Exception as error:  # noqa: BLE001 - no camera may end the others
                self.stop_reason = f"{type(error).__name__}: {error}"

        self._thread = threading.Thread(target=carry, name=f"mien-{self.name}", daemon=True)
        self._thread.start()

    def _carry(
        self,
        writer: SessionWriter,
        stop: threading.Event,
        *,
        origin_ns: int,
        limit_ns: int | None,
    ) -> None:
        is_live = self.source.is_live
        first_ns: int | None = origin_ns if is_live else None
        for frame in self.source:
            # A driver may give first what it took before all began.
            if frame.camera != self.name or (is_live and frame.t_ns < origin_ns):
                continue
            first_ns = frame.t_ns if first_ns is None else first_ns
            if stop.is_set() or (limit_ns is not None and frame.t_ns - first_ns >= limit_ns):
                return
            self._write(writer, frame, t_ns=frame.t_ns - origin_ns if is_live else frame.t_ns)
        if is_live and not stop.is_set():
            self.stop_reason = self.source.last_reason or "it gave no more frames"

    def _write(self, writer: SessionWriter, frame: Frame, *, t_ns: int) -> None:
        try:
            writer.add(Frame(self.name, t_ns, frame.gray))
        except FrameError as error:
            self.source.count_bad(str(error))
        else:
            self.last_ns = t_ns

    @property
    def is_running(self) -> bool:
        """True while the thread is at work."""
        return self._thread is not None and self._thread.is_alive()

    def join(self) -> None:
        """Wait for the last frame; a camera that hangs is left behind and noted."""
        self.source.stop()
        if self._thread is not None:
            self._thread.join(JOIN_S)
        if self.is_running:
            self.stop_reason = f"its driver did not answer for {JOIN_S:g} s"

    def close(self) -> None:
        """Close the source, unless its driver hangs: releasing it under a read can crash."""
        if not self.is_running:
            self.source.close()


def open_feeds(
    cameras: Mapping[str, Recordable], *, rig: Path | None, fps: float | None
) -> list[CameraFeed]:
    """Open every camera, or none.

    Raises:
        SourceError: If one cannot be opened, there is none, a source does not have the camera
            it is given for, or live and stored sources are mixed: their clocks differ.
    """
    feeds: list[CameraFeed] = []
    try:
        for name, given in cameras.items():
            if isinstance(given, FrameSource):
                feeds.append(CameraFeed(name, given))
            else:
                source = open_source(given, camera=name, rig=rig, fps=fps)
                feeds.append(CameraFeed(name, source))
        _require_usable(feeds)
    except BaseException:
        for feed in feeds:
            feed.close()
        raise
    return feeds


def _require_usable(feeds: Sequence[CameraFeed]) -> None:
    if not feeds:
        raise SourceError("cameras: expected at least one, got none; name it and its index")
    for feed in feeds:
        if feed.name not in feed.source.rig:
            got = ", ".join(feed.source.cameras)
            raise SourceError(f"{feed.name}: expected a source of this camera, got one of {got}")
    if len({feed.source.is_live for feed in feeds}) > 1:
        raise SourceError("cameras: expected all live or all stored, got both; record them apart")

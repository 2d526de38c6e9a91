"""One video file as one camera."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

from mien.capture.frame_source import (
    DEFAULT_FPS,
    FrameSource,
    camera_of,
    require_camera,
    require_fps,
)
from mien.capture.video import open_capture, to_gray
from mien.errors import SourceError
from mien.types import Frame


class VideoSource(FrameSource):
    """The frames of a video, colour turned to gray, at the times the file gives them.

    Where the file gives none, or they do not increase, frames follow at its nominal rate. A
    video that is cut short simply ends early.
    """

    def __init__(
        self,
        path: Path,
        *,
        camera: str | None,
        rig: Path | None = None,
        fps: float | None = None,
    ) -> None:
        """Open the video and decode its first frame.

        Args:
            path: Anything FFmpeg reads.
            camera: Name, one of `schema.CAMERAS`.
            rig: A `rig.toml`; default: a centred crop.
            fps: Take frames to be this regular instead of believing the file.

        Raises:
            SourceError: If it is no video, holds no frame, or `camera` is not a camera.
        """
        self._path = path
        self._camera = require_camera(path, camera)
        self._fps = require_fps(path, fps)
        capture = open_capture(path)
        try:
            has_frame, image = capture.read()
            nominal = float(capture.get(5))  # CAP_PROP_FPS
        finally:
            capture.release()
        if not has_frame:
            raise SourceError(f"{path}: expected a video with frames, got none")
        rate = fps or (nominal if 1.0 <= nominal <= 1e4 else DEFAULT_FPS)
        self._step_ns = round(1e9 / rate)
        size_wh = (image.shape[1], image.shape[0])
        super().__init__({self._camera: camera_of(self._camera, size_wh, rig=rig)})

    def __iter__(self) -> Iterator[Frame]:
        capture = open_capture(self._path)
        t_ns = -self._step_ns
        try:
            while True:
                has_frame, image = capture.read()
                if not has_frame:
                    return
                told_ms = float(capture.get(0))  # CAP_PROP_POS_MSEC
                t_ns = self._time_ns(told_ms, last_ns=t_ns)
                yield Frame(self._camera, t_ns, to_gray(image))
        finally:
            capture.release()

    def _time_ns(self, told_ms: float, *, last_ns: int) -> int:
        is_told = self._fps is None and math.isfinite(told_ms) and 0 <= told_ms < 1e12
        if is_told and told_ms * 1e6 > last_ns:
            return max(round(told_ms * 1e6), last_ns + 1)
        return last_ns + self._step_ns

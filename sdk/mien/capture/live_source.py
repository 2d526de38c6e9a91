"""A camera of this machine."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

from mien.capture.frame_source import FrameSource, camera_of, require_camera, require_fps
from mien.capture.video import require_opencv, to_gray
from mien.errors import SourceError
from mien.types import Frame

if TYPE_CHECKING:
    import cv2

FAILED_READS_MAX: Final = 30
"""So many failed reads in a row mean that the camera is gone."""


def open_device(index: int, *, fps: float | None = None) -> cv2.VideoCapture:
    """Open a camera with the shortest queue the driver offers.

    Raises:
        SourceError: If there is no such camera, or it is in use.
    """
    require_opencv()
    import cv2

    if index < 0:  # OpenCV 5.0.0 crashes the process
        raise SourceError(f"camera: expected an index of 0 or more, got {index}")
    capture = cv2.VideoCapture(index)
    if not capture.isOpened():
        raise SourceError(
            f"camera {index}: expected a camera that opens, got none; "
            "see that it is plugged in, that no other program uses it, and that you may read it"
        )
    # An old frame in a queue would be stamped with the time at which it was fetched.
    capture.set(cv2.CAP_PROP_BUFFERSIZE, 1)
    if fps is not None:
        capture.set(cv2.CAP_PROP_FPS, fps)
    return capture


class LiveSource(FrameSource):
    """Frames of a camera, timed by the monotonic clock at the moment each was grabbed.

    Ends when the camera gives nothing `FAILED_READS_MAX` times in a row; `last_reason` says so.
    """

    is_live = True

    def __init__(
        self,
        index: int,
        *,
        camera: str | None,
        rig: Path | None = None,
        fps: float | None = None,
        opener: Callable[..., cv2.VideoCapture] = open_device,
        clock_ns: Callable[[], int] = time.monotonic_ns,
    ) -> None:
        """Open the camera.

        Args:
            index: As OpenCV counts cameras.
            camera: Name, one of `schema.CAMERAS`.
            rig: A `rig.toml`; default: a centred crop.
            fps: Asked of the camera, which may give another.
            opener: Opens the device; other drivers can be put here.
            clock_ns: Nanoseconds, never decreasing.

        Raises:
            SourceError: If there is no such camera, or `camera` is no camera's name.
        """
        self._index = index
        self._camera = require_camera(f"camera {index}", camera)
        self._clock_ns = clock_ns
        self._capture = opener(index, fps=require_fps(f"camera {index}", fps))
        # CAP_PROP_FRAME_WIDTH, CAP_PROP_FRAME_HEIGHT
        size_wh = (int(self._capture.get(3)), int(self._capture.get(4)))
        super().__init__({self._camera: camera_of(self._camera, size_wh, rig=rig)})

    def __iter__(self) -> Iterator[Frame]:
        last_ns, failed = -1, 0
        while failed < FAILED_READS_MAX:
            has_frame = self._capture.grab()
            t_ns = max(self._clock_ns(), last_ns + 1)
            image = None
            if has_frame:
                has_frame, image = self._capture.retrieve()
            if not has_frame or image is None:
                failed += 1
                self.last_reason = f"camera {self._index}: {failed} reads in a row gave nothing"
                continue
            last_ns, failed = t_ns, 0
            yield Frame(self._camera, t_ns, to_gray(image))

    def close(self) -> None:
        """Release the camera."""
        self._capture.release()

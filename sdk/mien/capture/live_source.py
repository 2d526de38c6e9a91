"""A camera of this machine, through OpenCV."""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final

from mien.capture.camera_source import CameraSource, Connection, Picture
from mien.capture.frame_source import require_fps
from mien.capture.stamp_clock import StampClock
from mien.capture.v4l2 import PREFIX, V4l2Tree
from mien.capture.video import require_opencv, to_gray
from mien.errors import SourceError

if TYPE_CHECKING:
    import cv2

FAILED_READS_MAX: Final = 30
"""So many reads in a row that give nothing mean that the camera is gone."""
STALL_NS: Final = 3_000_000_000
"""So does so long a time without a picture; OpenCV waits for 10 s by itself, each time."""
_LINUX: Final = "linux"


def open_device(device: int | Path, *, fps: float | None = None) -> cv2.VideoCapture:
    """Open a camera with the shortest queue the driver offers.

    Args:
        device: As OpenCV counts cameras, or a node such as /dev/video0.
        fps: Asked of the camera, which may give another.

    Raises:
        SourceError: If there is no such camera, or it is in use.
    """
    require_opencv()
    import cv2

    if isinstance(device, int):
        if device < 0:  # OpenCV 5.0.0 crashes the process
            raise SourceError(f"camera: expected an index of 0 or more, got {device}")
        capture = cv2.VideoCapture(device)
    else:
        capture = cv2.VideoCapture(str(device), cv2.CAP_V4L2)
    if not capture.isOpened():
        raise SourceError(
            f"camera {device}: expected a camera that opens, got none; "
            "see that it is plugged in, that no other program uses it, and that you may read it"
        )
    # An old frame in a queue would be stamped with the time at which it was fetched.
    capture.set(cv2.CAP_PROP_BUFFERSIZE, 1)
    if fps is not None:
        capture.set(cv2.CAP_PROP_FPS, fps)
    return capture


class DeviceConnection:
    """An open camera of this machine.

    V4L2 stamps each picture with the monotonic clock when its first byte came from the sensor;
    of other drivers the moment of the grab counts.
    """

    def __init__(
        self, capture: cv2.VideoCapture, *, what: str, clock_ns: Callable[[], int]
    ) -> None:
        self._what = what
        self._capture = capture
        self._clock_ns = clock_ns
        self._stamps = StampClock(shares_clock=True)
        self._heard_ns: int | None = None
        self._has_stamps = capture.getBackendName() == "V4L2"

    def read(self) -> Picture | str:
        """The next picture, see `Connection.read`."""
        failed, is_stalled = 0, False
        while failed < FAILED_READS_MAX and not is_stalled:
            has_frame = self._capture.grab()
            arrival_ns = self._clock_ns()
            image = self._capture.retrieve()[1] if has_frame else None
            if image is not None:
                self._heard_ns = arrival_ns
                t_ns = self._stamps.time_ns(arrival_ns=arrival_ns, stamp_ns=self._stamp_ns())
                return Picture(t_ns, to_gray(image))
            failed += 1
            is_stalled = arrival_ns - (self._heard_ns or arrival_ns) > STALL_NS
        raise SourceError(
            f"{self._what}: {failed} reads in a row gave nothing; see that it is plugged in"
        )

    def interrupt(self) -> None:
        """Nothing: releasing a device under a read can crash the process."""

    def close(self) -> None:
        """Release the device."""
        self._capture.release()

    def _stamp_ns(self) -> int | None:
        told_ms = float(self._capture.get(0)) if self._has_stamps else 0.0  # CAP_PROP_POS_MSEC
        return round(told_ms * 1e6) if math.isfinite(told_ms) and told_ms > 0 else None


class LiveSource(CameraSource):
    """Frames of a camera of this machine; see `CameraSource` for what happens if it is lost.

    On Linux a camera that was opened by its index or node is sought again by its stable id, so
    that it may return under another index.
    """

    def __init__(
        self,
        device: int | str,
        *,
        camera: str | None,
        rig: Path | None = None,
        fps: float | None = None,
        tree: V4l2Tree | None = None,
        opener: Callable[..., cv2.VideoCapture] = open_device,
        clock_ns: Callable[[], int] = time.monotonic_ns,
        wait: Callable[[float], object] | None = None,
    ) -> None:
        """Open the camera.

        Args:
            device: As OpenCV counts cameras; or on Linux a stable id, see `V4l2Tree.find`.
            camera: Name, one of `schema.CAMERAS`.
            rig: A `rig.toml`; default: a centred crop.
            fps: Asked of the camera, which may give another.
            tree: Where the kernel tells of cameras; others can be put here.
            opener: Opens an index or a node; other drivers can be put here.
            clock_ns: Nanoseconds, never decreasing; that of the driver's stamps.
            wait: See `CameraSource`.

        Raises:
            SourceError: As `CameraSource` has it; or if a stable id is given elsewhere than on
                Linux.
        """
        if isinstance(device, str) and sys.platform != _LINUX:
            raise SourceError(f"{PREFIX}{device}: expected Linux, got {sys.platform}; use an index")
        what = f"camera {device}" if isinstance(device, int) else f"{PREFIX}{device}"
        self._fps = require_fps(what, fps)
        self._device = device
        self._tree = tree or V4l2Tree()
        self._stable_id = ""
        self._opener = opener
        super().__init__(what, camera=camera, rig=rig, clock_ns=clock_ns, wait=wait)

    def _connect(self) -> Connection:
        where = self._where()
        try:
            capture = self._opener(where, fps=self._fps)
        except SourceError as error:
            node = where if isinstance(where, Path) else self._tree.dev / f"video{where}"
            known = self._tree.problem(node) if node.exists() else ""
            raise SourceError(f"{self.what}: {known}" if known else str(error)) from error
        if not self._stable_id:
            self._stable_id = self._tree.id_of(self._device)
        return DeviceConnection(capture, what=self.what, clock_ns=self._clock_ns)

    def _where(self) -> int | Path:
        if self._stable_id:
            return self._tree.find(self._stable_id)
        return self._device if isinstance(self._device, int) else self._tree.find(self._device)

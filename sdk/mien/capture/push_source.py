"""Frames that the app brings itself: from a headset's own camera service, a game engine, a test."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

from mien.capture.frame_source import require_camera
from mien.capture.newest_source import NewestSource
from mien.capture.pixels import gray_copy
from mien.errors import FrameError
from mien.types import Bytes8, Frame, PixelFormat, Rig


class PushSource(NewestSource):
    """Takes frames of any camera from any thread; the newest of each waits for the tracker.

    A frame that a newer one of its camera overtakes before it was taken is dropped and counted
    in `dropped`. Iteration waits for frames until `stop`; give it to `Tracker.track`, and call
    `Tracker.cancel` or `stop` to end.

    Example:
        >>> source = PushSource({"mouth": centred_camera(640, 400)})  # doctest: +SKIP
        >>> source.push("mouth", image, t_ns=image_t_ns, pixel_format="nv12")  # camera's thread
        >>> for state in tracker.track(source):  # the tracker's thread
        ...     print(state.units["jaw_drop"])
    """

    def __init__(self, rig: Rig, *, clock_ns: Callable[[], int] = time.monotonic_ns) -> None:
        """Make a source that frames can be pushed into at once.

        Args:
            rig: The cameras that will be pushed, each one of `schema.CAMERAS`.
            clock_ns: The time of frames that are pushed without one; nanoseconds.

        Raises:
            SourceError: If a name is no camera's.
        """
        super().__init__(())
        self.rig = {require_camera("rig", name): camera for name, camera in rig.items()}
        self.dropped = dict.fromkeys(self.rig, 0)
        self._clock_ns = clock_ns

    def push(
        self,
        camera: str,
        image: Bytes8,
        *,
        t_ns: int | None = None,
        pixel_format: PixelFormat = "gray8",
    ) -> bool:
        """Hand over one image; it is copied, its buffer may be reused at once.

        Args:
            camera: One of the rig's.
            image: Of the size that the rig says, uint8, any strides: (H, W) for `gray8`,
                (H, W, 2) for `yuyv`, (H * 3 / 2, W) for `nv12`, (H, W, 3) for `bgr8`.
            t_ns: Capture time, nanoseconds, increasing per camera, one clock for all cameras;
                None: now.
            pixel_format: What the bytes are.

        Returns:
            False if the source has been stopped and the frame was not taken.

        Raises:
            FrameError: If the camera is not in the rig, or the shape not that of the format.
            TypeError: If the image is no NumPy array of uint8.
        """
        model = self.rig.get(camera)
        if model is None:
            raise FrameError(f"camera: expected one of {', '.join(self.rig)}, got {camera!r}")
        now_ns = self._clock_ns() if t_ns is None else t_ns
        gray = gray_copy(image, width=model.width, height=model.height, pixel_format=pixel_format)
        return self._put(Frame(camera, now_ns, gray))

    def __iter__(self) -> Iterator[Frame]:
        while (frame := self._next()) is not None:
            yield frame

    def _is_over(self) -> bool:
        return self._is_stopped

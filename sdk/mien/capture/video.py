"""Lossless gray video through OpenCV's FFmpeg: FFV1 in Matroska."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from mien.errors import FrameError, SessionError, SourceError
from mien.types import Gray8

if TYPE_CHECKING:
    import cv2

VIDEO_SUFFIX: Final = ".mkv"
_FULL: Final = "see that the disk is not full"


def require_opencv() -> None:
    """See that OpenCV is there: a headset that brings its own frames does without.

    Raises:
        SourceError: If it is not.
    """
    if find_spec("cv2") is None:
        raise SourceError("opencv: expected the module cv2, got none; pip install 'mien[camera]'")


def to_gray(image: np.ndarray[Any, Any]) -> Gray8:
    """Any decoded image as gray, shape (H, W), uint8, rows contiguous.

    Colour (BGR, BGRA) goes by OpenCV's Rec. 601 weights, which leave a gray image that was
    decoded to three equal channels exactly as it was. 16-bit images keep their high byte.

    Raises:
        SourceError: If the image has another type or number of channels.
    """
    import cv2

    if image.dtype == np.uint16:
        image = (image >> 8).astype(np.uint8)
    channels = 1 if image.ndim == 2 else image.shape[-1]
    if image.dtype != np.uint8 or image.ndim not in (2, 3) or channels not in (1, 3, 4):
        raise SourceError(
            f"image: expected 8 or 16 bits, 1, 3 or 4 channels, got {image.dtype} {image.shape}"
        )
    if channels == 1:
        return np.ascontiguousarray(image.reshape(image.shape[:2]))
    code = cv2.COLOR_BGR2GRAY if channels == 3 else cv2.COLOR_BGRA2GRAY
    return np.asarray(cv2.cvtColor(image, code), dtype=np.uint8)


def open_capture(path: Path) -> cv2.VideoCapture:
    """Open a video file.

    Raises:
        SourceError: If there is no such file, or FFmpeg cannot read it.
    """
    require_opencv()
    import cv2

    if not path.is_file():
        raise SourceError(f"{path}: expected a video file, got none; check the path")
    try:
        capture = cv2.VideoCapture(str(path), cv2.CAP_FFMPEG)
    except cv2.error as error:
        raise SourceError(f"{path}: expected a video, got: {error.err}") from error
    if not capture.isOpened():
        raise SourceError(f"{path}: expected a video that FFmpeg reads, got {_size(path)}")
    return capture


def _size(path: Path) -> str:
    count = path.stat().st_size
    return "an empty file" if count == 0 else f"{count} bytes of something else"


def gray_frames(path: Path) -> Iterator[Gray8]:
    """The frames of a video in order, each a new array, shape (H, W), uint8.

    Raises:
        SourceError: If the file cannot be opened; a damaged end is just the end.
    """
    capture = open_capture(path)
    try:
        while True:
            has_frame, image = capture.read()
            if not has_frame:
                return
            yield to_gray(image)
    finally:
        capture.release()


def count_frames(path: Path) -> tuple[int, tuple[int, int]]:
    """How many frames decode, and their (width, height); a Matroska header cannot be trusted.

    Raises:
        SourceError: If the file cannot be opened.
    """
    capture = open_capture(path)
    try:
        count = 0
        while capture.grab():
            count += 1
        width, height = (int(capture.get(key)) for key in (3, 4))
    finally:
        capture.release()
    return count, (width, height)


class GrayVideoWriter:
    """Writes one camera's frames, lossless."""

    def __init__(self, path: Path, *, width: int, height: int, fps: float) -> None:
        require_opencv()
        import cv2

        # OpenCV's writer would cut the last column or row off without a word.
        if width % 2 or height % 2:
            raise SessionError(
                f"{path}: expected even width and height, got {width} x {height}; pad or crop"
            )
        fourcc = cv2.VideoWriter.fourcc(*"FFV1")
        self._writer = cv2.VideoWriter(
            str(path), cv2.CAP_FFMPEG, fourcc, fps, (width, height), isColor=False
        )
        self._path = path
        self._shape = (height, width)
        if not self._writer.isOpened():
            raise SessionError(
                f"{path}: expected OpenCV to open an FFV1 writer of {width} x {height} at {fps} "
                "frames per second, got a refusal; install opencv-python-headless"
            )

    def add(self, gray: Gray8) -> None:
        """Append a frame.

        Raises:
            FrameError: If it is not (H, W) uint8 of this video's size.
            SessionError: If FFmpeg could not write it.
        """
        if gray.shape != self._shape or gray.dtype != np.uint8:
            raise FrameError(
                f"{self._path}: expected {self._shape} uint8 frames, got {gray.shape} {gray.dtype}"
            )
        # OpenCV before 5 answers None, and a full disk shows only in `require_whole`.
        answer: object = self._writer.write(np.ascontiguousarray(gray))
        if answer is False:
            raise SessionError(f"{self._path}: expected to write a frame, got a refusal; {_FULL}")

    def close(self) -> None:
        """Finish the file; may be called again."""
        self._writer.release()


def require_whole(path: Path, *, count: int) -> None:
    """See that a finished video holds so many frames, by its header: nothing is decoded.

    FFmpeg writes the header's length last, so a disk that filled up leaves it out.

    Raises:
        SessionError: If the header tells another number.
    """
    try:
        capture = open_capture(path)
    except SourceError as error:
        raise SessionError(f"{error}; {_FULL}") from error
    told = capture.get(7)  # CAP_PROP_FRAME_COUNT
    capture.release()
    # Its length is in milliseconds, which is more than a frame only above 1000 per second.
    if not abs(told - count) <= 1:
        got = f"{told:g}" if told >= 0 else "a video without an end"
        raise SessionError(f"{path}: expected {count} frames on the disk, got {got}; {_FULL}")

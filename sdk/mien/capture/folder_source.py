"""A folder of pictures as one camera."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

import numpy as np

from mien.capture.frame_source import (
    DEFAULT_FPS,
    FrameSource,
    camera_of,
    require_camera,
    require_fps,
)
from mien.capture.times import read_times
from mien.capture.video import require_opencv, to_gray
from mien.errors import SessionError, SourceError
from mien.types import Frame, Gray8

SUFFIXES: Final = frozenset((".png", ".jpg", ".jpeg", ".bmp", ".pgm", ".tif", ".tiff"))
TIMES_FILE: Final = "times.csv"


def natural_key(path: Path) -> tuple[tuple[int, int, str], ...]:
    """Sorts `frame2` before `frame10`."""
    parts = re.split(r"([0-9]+)", path.name.lower())
    return (
        *((0, int(p), "") if p.isdecimal() else (1, 0, p) for p in parts if p),
        (2, 0, path.name),
    )


def read_picture(path: Path) -> Gray8:
    """One picture as gray, shape (H, W), uint8.

    Raises:
        SourceError: If it cannot be decoded.
    """
    import cv2

    try:
        # imread cannot open every path on every system, and tells nothing when it fails.
        image = cv2.imdecode(np.fromfile(path, dtype=np.uint8), cv2.IMREAD_UNCHANGED)
    except (OSError, cv2.error) as error:
        raise SourceError(f"{path}: expected a picture, got: {error}") from error
    if image is None:
        raise SourceError(f"{path}: expected a picture, got something that does not decode")
    return to_gray(image)


class FolderSource(FrameSource):
    """The pictures of a folder in natural order.

    Times come from `times.csv` (header `t_ns`, one row per picture) if it lies there, else
    from `fps`. A picture that does not decode, or has another size than the first good one,
    is left out and counted in `bad_frames`; it keeps its place in time.
    """

    def __init__(
        self,
        path: Path,
        *,
        camera: str | None,
        rig: Path | None = None,
        fps: float | None = None,
    ) -> None:
        """List the pictures and decode up to the first good one.

        Args:
            path: The folder; pictures are png, jpg, bmp, pgm, tif.
            camera: Name, one of `schema.CAMERAS`.
            rig: A `rig.toml`; default: a centred crop.
            fps: Pictures per second, where there is no `times.csv`; default 30.

        Raises:
            SourceError: If no picture decodes, the times do not fit, or `camera` is no camera.
        """
        require_opencv()
        pictures = [entry for entry in path.iterdir() if entry.suffix.lower() in SUFFIXES]
        if not pictures:
            raise SourceError(
                f"{path}: expected a session or a folder of pictures "
                f"({', '.join(sorted(SUFFIXES))}), got neither"
            )
        self._camera = require_camera(path, camera)
        self._pictures = sorted(pictures, key=natural_key)
        self._times = _times_ns(path, len(pictures), fps=require_fps(path, fps))
        self._shape = _first_shape(self._pictures)
        size_wh = (self._shape[1], self._shape[0])
        super().__init__({self._camera: camera_of(self._camera, size_wh, rig=rig)})

    def __iter__(self) -> Iterator[Frame]:
        for t_ns, path in zip(self._times, self._pictures, strict=True):
            gray = self._usable(path)
            if gray is not None:
                yield Frame(self._camera, t_ns, gray)

    def _usable(self, path: Path) -> Gray8 | None:
        try:
            gray = read_picture(path)
        except SourceError as error:
            self.count_bad(str(error))
            return None
        if gray.shape != self._shape:
            self.count_bad(f"{path}: expected {self._shape} as the first one, got {gray.shape}")
            return None
        return gray


def _first_shape(pictures: Sequence[Path]) -> tuple[int, ...]:
    for picture in pictures:
        with suppress(SourceError):
            return read_picture(picture).shape
    raise SourceError(
        f"{pictures[0].parent}: expected pictures that decode, got {len(pictures)} that do not"
    )


def _times_ns(folder: Path, count: int, *, fps: float | None) -> list[int]:
    path = folder / TIMES_FILE
    if fps is not None or not path.exists():
        return [round(i * 1e9 / (fps or DEFAULT_FPS)) for i in range(count)]
    try:
        times = read_times(path).tolist()
    except SessionError as error:
        raise SourceError(str(error)) from error
    if len(times) != count:
        raise SourceError(f"{path}: expected {count} rows, one per picture, got {len(times)}")
    return list(times)

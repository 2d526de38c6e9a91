"""What every source of frames does, and how a lone camera gets its model."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import Final

from mien import schema
from mien.capture.rig_file import read_rig
from mien.errors import SourceError
from mien.types import CameraModel, Frame, Rig, centred_camera

DEFAULT_FPS: Final = 30.0


@dataclass(slots=True)
class Link:
    """How the connection to a live camera stands; read it from any thread."""

    is_up: bool = True
    """Whether pictures come."""
    losses: int = 0
    """How often the camera was lost since its source was opened."""
    reason: str = ""
    """Why it was lost last, or did not come, and what can be done."""


class FrameSource(ABC):
    """Frames of one or more cameras in time order; a context manager."""

    is_live = False
    """True: times are those of this machine's monotonic clock."""
    links: Mapping[str, Link] = MappingProxyType({})
    """Live cameras by name, and how the connection to each stands."""

    def __init__(self, rig: Rig) -> None:
        self.rig: Rig = rig
        self._bad_frames = 0
        self._last_reason = ""

    @property
    def bad_frames(self) -> int:
        """Frames that were there but could not be decoded; iteration went on."""
        return self._bad_frames

    @property
    def last_reason(self) -> str:
        """Why the last bad frame was bad."""
        return self._last_reason

    @property
    def cameras(self) -> tuple[str, ...]:
        """Names of the cameras."""
        return tuple(self.rig)

    @abstractmethod
    def __iter__(self) -> Iterator[Frame]:
        """Frames in time order over all cameras; strictly increasing per camera."""

    def stop(self) -> None:  # noqa: B027 - stored sources end by themselves
        """End the iteration of a live source soon; from any thread."""

    def close(self) -> None:  # noqa: B027 - most hold nothing between iterations
        """Let go of files and devices; may be called again."""

    def count_bad(self, reason: str) -> None:
        """Note a frame that could not be used."""
        self._bad_frames += 1
        self._last_reason = reason

    def __enter__(self) -> FrameSource:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def require_camera(source: object, camera: str | None) -> str:
    """The camera name, which a lone video or folder cannot know.

    Raises:
        SourceError: If there is none, or it is not one of `schema.CAMERAS`.
    """
    if camera not in schema.CAMERAS:
        got = "none" if camera is None else repr(camera)
        raise SourceError(
            f"{source}: expected the name of its camera, got {got}; "
            f"add --camera {' | '.join(schema.CAMERAS)}"
        )
    return str(camera)


def require_fps(source: object, fps: float | None) -> float | None:
    """The given rate, if it is one.

    Raises:
        SourceError: If it is not within 0.001..100000.
    """
    if fps is not None and not (math.isfinite(fps) and 1e-3 <= fps <= 1e5):
        raise SourceError(f"{source}: expected fps within 0.001..100000, got {fps}")
    return fps


def camera_of(camera: str, size_wh: tuple[int, int], *, rig: Path | None) -> CameraModel:
    """The model of a lone camera: from a rig file, or a centred crop.

    Args:
        camera: Name, one of `schema.CAMERAS`.
        size_wh: (width, height) of its pictures.
        rig: A `rig.toml`, or None.

    Raises:
        SourceError: If the rig lacks the camera, or says another size.
        SessionError: If the rig file breaks its format.
    """
    width, height = size_wh
    if rig is None:
        return centred_camera(width, height, is_mirrored=camera == "eye_right")
    models = read_rig(rig)
    if camera not in models:
        raise SourceError(f"{rig}: expected [cameras.{camera}], got {', '.join(models)}")
    if models[camera].size_wh != size_wh:
        told = " x ".join(map(str, models[camera].size_wh))
        raise SourceError(
            f"{rig}: expected {camera} of {width} x {height} as its pictures are, got {told}"
        )
    return models[camera]

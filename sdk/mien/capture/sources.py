"""Where frames come from, as one interface: `open_source` finds the right kind."""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TypeAlias

from mien import schema
from mien.capture.folder_source import FolderSource
from mien.capture.frame_source import FrameSource, camera_of, require_camera
from mien.capture.http_source import HttpSource, is_http
from mien.capture.live_source import LiveSource
from mien.capture.newest_source import NewestSource
from mien.capture.paced_source import PacedSource
from mien.capture.session import META_FILE, is_session, open_session
from mien.capture.v4l2 import PREFIX
from mien.capture.video_source import VideoSource
from mien.errors import SourceError
from mien.types import Frame, Rig

__all__ = ["FrameSource", "MemorySource", "SessionSource", "open_source"]

Place: TypeAlias = str | Path | int
"""Where one source is: see `open_source`."""


class MemorySource(FrameSource):
    """Frames that are already in memory."""

    def __init__(self, frames: Sequence[Frame], rig: Rig | None = None) -> None:
        """Take the frames as they are.

        Args:
            frames: In time order.
            rig: Cameras; default: a centred crop of the first frame of each camera.

        Raises:
            SourceError: If a frame's camera is not in the rig.
        """
        firsts = {require_camera("frames", frame.camera): frame for frame in reversed(frames)}
        if rig is None:
            names = sorted(firsts, key=schema.CAMERAS.index)
            sizes = {name: firsts[name].gray.shape[::-1] for name in names}
            rig = {name: camera_of(name, (w, h), rig=None) for name, (w, h) in sizes.items()}
        super().__init__(rig)
        for name in firsts:
            if name not in rig:
                raise SourceError(f"frames: expected cameras {', '.join(rig)}, got {name!r}")
        self._frames = frames

    def __iter__(self) -> Iterator[Frame]:
        return iter(self._frames)


class SessionSource(FrameSource):
    """The cameras of a session, merged in time order, decoded as they are asked for."""

    def __init__(
        self,
        path: Path,
        *,
        camera: str | None = None,
        rig: Path | None = None,
        allow_incomplete: bool = False,
    ) -> None:
        """Open the session.

        Args:
            path: The folder.
            camera: Only this camera; default: all.
            rig: Another `rig.toml` than the session's own.
            allow_incomplete: True: read a session whose writer was killed, as far as it goes.
        """
        self.session = open_session(path, allow_incomplete=allow_incomplete)
        names = self.session.cameras if camera is None else (camera,)
        own = self.session.rig
        models = {}
        for name in names:
            if name not in own:
                raise SourceError(f"{path}: expected a camera of {', '.join(own)}, got {name!r}")
            size_wh = own[name].size_wh
            models[name] = own[name] if rig is None else camera_of(name, size_wh, rig=rig)
        super().__init__(models)

    def __iter__(self) -> Iterator[Frame]:
        # Frames of one time come in the order of the rig, so that a replay never varies.
        streams = [self.session.frames(name) for name in self.cameras]
        return heapq.merge(*streams, key=lambda frame: frame.t_ns)


def open_source(
    source: Place | Mapping[str, Place],
    *,
    camera: str | None = None,
    rig: Path | str | None = None,
    fps: float | None = None,
    allow_incomplete: bool = False,
    speed: float | None = None,
) -> FrameSource:
    """Open what frames come from.

    Args:
        source: A session folder, a video file, a folder of pictures, or a camera: its index (a
            number, or its digits), `v4l2:ID` with a stable id as `mien sources` lists them, or
            `http://HOST[:PORT]/PATH` of an MJPEG stream. Several live cameras: a mapping of
            camera name -> such a place; each gives its newest frame.
        camera: Which camera of `schema.CAMERAS` it is; a session, and a mapping, know it.
        rig: A `rig.toml`; default: the session's own, else a centred crop. With one a live
            camera need not be there yet.
        fps: Frames per second of a folder, or of a video whose times are not to be believed;
            asked of a live camera.
        allow_incomplete: True: read a session whose writer was killed, as far as it goes.
        speed: Play a stored source at so many times the pace at which it was captured,
            0.01..1000; default: as fast as frames are asked for.

    Raises:
        SourceError: If there is nothing of the kind, or a camera name is needed.
        SessionError: If the session or the rig breaks its format.

    Example:
        >>> with open_source("sessions/w0007") as source:  # doctest: +SKIP
        ...     frame = next(iter(source))
        >>> headset = {"eye_left": "http://10.0.0.7/stream", "mouth": "v4l2:0c45:6366"}
        >>> with open_source(headset) as source:  # doctest: +SKIP
        ...     frame = next(iter(source))
    """
    rig = None if rig is None else Path(rig)
    if isinstance(source, Mapping):
        if camera is not None:
            raise SourceError(f"camera: expected none beside several sources, got {camera!r}")
        opened: FrameSource = _open_cameras(source, rig=rig, fps=fps)
    elif (live := _open_camera(source, camera=camera, rig=rig, fps=fps)) is not None:
        opened = live
    else:
        path = Path(str(source))
        if path.name == META_FILE and path.is_file():
            path = path.parent
        if is_session(path):
            opened = SessionSource(path, camera=camera, rig=rig, allow_incomplete=allow_incomplete)
        else:
            opened = _open_pictures(path, camera=camera, rig=rig, fps=fps)
    return opened if speed is None else PacedSource(opened, speed=speed)


def _open_cameras(
    places: Mapping[str, Place], *, rig: Path | None, fps: float | None
) -> FrameSource:
    opened: list[FrameSource] = []
    try:
        for name, place in places.items():
            opened.append(_open_live(place, camera=name, rig=rig, fps=fps))
        return NewestSource(opened)
    except BaseException:
        for one in opened:
            one.close()
        raise


def _open_live(place: Place, *, camera: str, rig: Path | None, fps: float | None) -> FrameSource:
    live = _open_camera(place, camera=camera, rig=rig, fps=fps)
    if live is None:
        raise SourceError(
            f"{camera}: expected a live camera, got {place}; put what is stored into one session "
            "with `mien record`"
        )
    return live


def _open_camera(
    place: Place, *, camera: str | None, rig: Path | None, fps: float | None
) -> FrameSource | None:
    """A live camera, or None if the place is none."""
    text = str(place)
    if isinstance(place, str) and is_http(text):
        return HttpSource(text, camera=camera, rig=rig)
    if isinstance(place, str) and text.startswith(PREFIX):
        return LiveSource(text.removeprefix(PREFIX), camera=camera, rig=rig, fps=fps)
    path = Path(text)
    if path.is_char_device():
        return LiveSource(str(path.absolute()), camera=camera, rig=rig, fps=fps)
    # A file or folder may be called "0"; a number is always a camera.
    if isinstance(place, int) or (text.isdecimal() and not path.exists()):
        return LiveSource(int(text), camera=camera, rig=rig, fps=fps)
    return None


def _open_pictures(
    path: Path, *, camera: str | None, rig: Path | None, fps: float | None
) -> FrameSource:
    if path.is_dir():
        return FolderSource(path, camera=camera, rig=rig, fps=fps)
    if path.is_file():
        return VideoSource(path, camera=camera, rig=rig, fps=fps)
    raise SourceError(
        f"{path}: expected a session folder, a video file, a folder of pictures or a camera "
        f"(index, {PREFIX}ID, http://...), got none of them; check the path"
    )

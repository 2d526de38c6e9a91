"""Where frames come from, as one interface: `open_source` finds the right kind."""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Sequence
from pathlib import Path

from mien import schema
from mien.capture.folder_source import FolderSource
from mien.capture.frame_source import FrameSource, camera_of, require_camera
from mien.capture.live_source import LiveSource
from mien.capture.session import META_FILE, is_session, open_session
from mien.capture.video_source import VideoSource
from mien.errors import SourceError
from mien.types import Frame, Rig

__all__ = ["FrameSource", "MemorySource", "SessionSource", "open_source"]


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
    source: str | Path | int,
    *,
    camera: str | None = None,
    rig: Path | str | None = None,
    fps: float | None = None,
    allow_incomplete: bool = False,
) -> FrameSource:
    """Open what frames come from.

    Args:
        source: A session folder, a video file, a folder of pictures, or the index of a camera
            (a number, or its digits).
        camera: Which camera of `schema.CAMERAS` it is; a session knows its own.
        rig: A `rig.toml`; default: the session's own, else a centred crop.
        fps: Frames per second of a folder, or of a video whose times are not to be believed;
            asked of a live camera.
        allow_incomplete: True: read a session whose writer was killed, as far as it goes.

    Raises:
        SourceError: If there is nothing of the kind, or a camera name is needed.
        SessionError: If the session or the rig breaks its format.

    Example:
        >>> with open_source("sessions/w0007") as source:  # doctest: +SKIP
        ...     frame = next(iter(source))
    """
    rig = None if rig is None else Path(rig)
    path = Path(str(source))
    # A file or folder may be called "0"; a number is always a camera.
    if isinstance(source, int) or (str(source).isdecimal() and not path.exists()):
        return LiveSource(int(str(source)), camera=camera, rig=rig, fps=fps)
    if path.name == META_FILE and path.is_file():
        path = path.parent
    if is_session(path):
        return SessionSource(path, camera=camera, rig=rig, allow_incomplete=allow_incomplete)
    if path.is_dir():
        return FolderSource(path, camera=camera, rig=rig, fps=fps)
    if path.is_file():
        return VideoSource(path, camera=camera, rig=rig, fps=fps)
    raise SourceError(
        f"{source}: expected a session folder, a video file, a folder of pictures or a camera "
        "index, got none of them; check the path"
    )

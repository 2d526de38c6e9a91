"""A recorded or rendered session: one folder, read lazily. SESSION.md describes the format."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from mien.capture.cues import Cue, read_cues
from mien.capture.problems import Problem, raise_first, shown
from mien.capture.rig_file import read_rig
from mien.capture.streams import stream_problems, streams_of
from mien.capture.times import read_times
from mien.capture.toml_file import parse_toml
from mien.capture.values import ValueTable, read_values_csv
from mien.capture.video import VIDEO_SUFFIX, gray_frames
from mien.errors import SessionError, SourceError
from mien.types import Frame, Gray8, Rig

FORMAT: Final = "mien-session"
VERSION: Final = 1
META_FILE: Final = "session.toml"
RIG_FILE: Final = "rig.toml"
CUES_FILE: Final = "cues.csv"
TRUTH_FILE: Final = "truth.csv"


def video_file(camera: str) -> str:
    """Name of a camera's video inside the session."""
    return f"{camera}{VIDEO_SUFFIX}"


def times_file(camera: str) -> str:
    """Name of a camera's capture times inside the session."""
    return f"{camera}.times.csv"


def meta_problems(path: Path, meta: Mapping[str, Any]) -> list[Problem]:
    """What is wrong with the content of `session.toml`, `complete` left aside."""
    version, wearer, fps = meta.get("version"), meta.get("wearer"), meta.get("fps", 1)
    is_count = isinstance(fps, int | float) and not isinstance(fps, bool) and 0 < fps < 1e6
    rules = (
        (meta.get("format") == FORMAT, f'format = "{FORMAT}"', meta.get("format")),
        (type(version) is int and version == VERSION, f"version = {VERSION}", version),
        (isinstance(wearer, str) and wearer != "", 'wearer = "<name>"', wearer),
        (type(meta.get("complete")) is bool, "complete = true or false", meta.get("complete")),
        (is_count, "fps above 0", fps),
    )
    found = [
        Problem(str(path), None, f"expected {rule}, got {shown(got)}")
        for ok, rule, got in rules
        if not ok
    ]
    return found + stream_problems(path, meta)


def is_session(path: Path) -> bool:
    """True for a folder that holds a `session.toml`."""
    return (Path(path) / META_FILE).is_file()


def is_complete(path: Path) -> bool:
    """True for a session that was written to its end; never raises for what is on disk."""
    meta, problems = parse_toml(Path(path) / META_FILE)
    return not problems and not meta_problems(Path(path), meta) and meta["complete"] is True


class Session:
    """One wearer, one headset, one stretch of time. Made by `open_session`."""

    def __init__(self, path: Path, meta: dict[str, Any], rig: Rig) -> None:
        self.path: Final = path
        self.meta: Final = meta
        self.rig: Final = rig
        self.wearer: Final[str] = meta["wearer"]
        self.is_complete: Final[bool] = meta["complete"]
        self.cameras: Final[tuple[str, ...]] = tuple(rig)
        self.streams: Final[Mapping[str, str]] = streams_of(meta)
        """Other recordings, such as "audio", and their files in the folder; mien reads none."""

    def __repr__(self) -> str:
        return f"Session({str(self.path)!r}, wearer={self.wearer!r}, cameras={self.cameras})"

    def _file(self, camera: str, name: str) -> Path:
        if camera not in self.rig:
            raise SessionError(f"{self.path}: expected a camera of {self.cameras}, got {camera!r}")
        return self.path / name

    def times_ns(self, camera: str) -> NDArray[np.int64]:
        """Capture times of a camera, shape (N,), int64, nanoseconds, strictly increasing.

        Raises:
            SessionError: If the camera is not in the rig, or the file breaks a rule.
        """
        path = self._file(camera, times_file(camera))
        if not self.is_complete and not path.exists():
            return np.empty(0, dtype=np.int64)
        return read_times(path, is_cut_allowed=not self.is_complete)

    def frames(self, camera: str) -> Iterator[Frame]:
        """The frames of a camera in time order, decoded one at a time.

        An incomplete session ends with its last frame that has both a picture and a time.

        Raises:
            SessionError: If the video cannot be read, a frame is not as large as the rig says,
                or a complete session has not as many pictures as times.
        """
        path = self._file(camera, video_file(camera))
        times = self.times_ns(camera).tolist()
        count = 0
        for gray in self._pictures(path):
            count += 1
            if count > len(times):
                break
            self._require_size(camera, gray.shape)
            yield Frame(camera, times[count - 1], gray)
        self._require_count(camera, count, expected=len(times))

    def _pictures(self, path: Path) -> Iterator[Gray8]:
        try:
            yield from gray_frames(path)
        except SourceError as error:
            # A writer killed early leaves a video that FFmpeg cannot open: no frames.
            if self.is_complete:
                raise SessionError(str(error)) from error

    def _require_size(self, camera: str, shape: tuple[int, ...]) -> None:
        width, height = self.rig[camera].size_wh
        if shape != (height, width):
            raise SessionError(
                f"{self.path / video_file(camera)}: expected {width} x {height} as in {RIG_FILE}, "
                f"got {shape[1]} x {shape[0]}"
            )

    def _require_count(self, camera: str, count: int, *, expected: int) -> None:
        if self.is_complete and count != expected:
            got = "more" if count > expected else count
            raise SessionError(
                f"{self.path / video_file(camera)}: expected {expected} frames as in "
                f"{times_file(camera)}, got {got}; run mien session check {self.path}"
            )

    def cues(self) -> list[Cue]:
        """What the wearer was asked to do, in time order; empty if nothing was.

        Raises:
            SessionError: If the file breaks a rule.
        """
        path = self.path / CUES_FILE
        return read_cues(path) if path.exists() else []

    def truth(self) -> ValueTable | None:
        """The exact values, where they are known.

        Raises:
            SessionError: If the file breaks a rule.
        """
        path = self.path / TRUTH_FILE
        return read_values_csv(path) if path.exists() else None


def open_session(path: Path | str, *, allow_incomplete: bool = False) -> Session:
    """Open a session; frames, cues and truth are read when asked for.

    Args:
        path: The folder.
        allow_incomplete: True: open a session whose writer was killed, up to its last frame.

    Raises:
        SessionError: If it is no session, breaks the format, or is incomplete.
    """
    path = Path(path)
    if not is_session(path):
        raise SessionError(
            f"{path}: expected a session folder with {META_FILE}, got none; check the path"
        )
    meta, problems = parse_toml(path / META_FILE)
    raise_first(problems or meta_problems(path / META_FILE, meta))
    if not meta["complete"] and not allow_incomplete:
        raise SessionError(
            f"{path / META_FILE}: expected complete = true, got false: its writer did not finish; "
            f"see mien session check {path}, or allow incomplete sessions"
        )
    return Session(path, meta, read_rig(path / RIG_FILE))

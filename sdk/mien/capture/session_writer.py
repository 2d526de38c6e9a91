"""Writes a session as the frames come, so that a kill loses only what was not yet on disk."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mien import schema
from mien.capture.cues import Cue, write_cues
from mien.capture.problems import raise_first
from mien.capture.rig_file import write_rig
from mien.capture.session import (
    CUES_FILE,
    FORMAT,
    META_FILE,
    RIG_FILE,
    TRUTH_FILE,
    VERSION,
    meta_problems,
    times_file,
    video_file,
)
from mien.capture.session_folder import prepare_folder
from mien.capture.times import TimesWriter
from mien.capture.toml_file import write_toml
from mien.capture.values import ValuesCsvWriter
from mien.capture.video import GrayVideoWriter, require_whole
from mien.errors import FrameError, SessionError
from mien.types import Frame, Rig


class _CameraWriter:
    """The video and the times of one camera."""

    def __init__(self, folder: Path, camera: str, *, size_wh: tuple[int, int], fps: float) -> None:
        self._times_path = folder / times_file(camera)
        width, height = size_wh
        path = folder / video_file(camera)
        self._video = GrayVideoWriter(path, width=width, height=height, fps=fps)
        self._times = TimesWriter(self._times_path)
        self._last_ns = -1
        # A camera thread that hangs in its driver may come back after the end.
        self._lock = threading.Lock()
        self._is_closed = False
        self.count = 0

    def add(self, frame: Frame) -> None:
        with self._lock:
            if self._is_closed:
                raise SessionError(f"{self._times_path}: expected an open writer, got a closed one")
            self._add(frame)

    def _add(self, frame: Frame) -> None:
        if frame.t_ns <= self._last_ns:
            raise FrameError(
                f"{self._times_path} row {self.count + 2}: expected t_ns above the row before "
                f"({self._last_ns}), got {frame.t_ns}; leave the frame out"
            )
        # The picture goes first: a time without one then means that the process was killed.
        self._video.add(frame.gray)
        self._times.add(frame.t_ns)
        self._last_ns = frame.t_ns
        self.count += 1

    def close(self) -> None:
        with self._lock:
            self._is_closed = True
            self._video.close()
            self._times.close()


class SessionWriter:
    """Writes one session; `session.toml` says `complete = true` only after a clean end.

    `add` may be called from one thread per camera. Leaving the `with` block by an exception
    closes the files and leaves the session incomplete, with all its frames.

    Example:
        >>> with SessionWriter(Path("s1"), rig, meta={"wearer": "w0001"}) as writer:
        ...     writer.add(frame)  # doctest: +SKIP
    """

    def __init__(
        self,
        path: Path | str,
        rig: Rig,
        *,
        meta: Mapping[str, Any] | None = None,
        is_restart: bool = False,
    ) -> None:
        """Make the folder and its first files.

        Args:
            path: A new or empty folder.
            rig: The cameras to be written.
            meta: What else `session.toml` says: `wearer` (default "unknown"), `fps` (nominal
                rate of the videos, default 60), `source`, `seed`, ...; text, numbers, booleans,
                lists, tables.
            is_restart: True: an incomplete session that lies there is deleted first.

        Raises:
            SessionError: If the folder is not empty, or rig or meta break the format.
        """
        self.path = Path(path)
        fixed = {"format": FORMAT, "version": VERSION, "complete": False}
        self._meta: dict[str, Any] = {"wearer": "unknown", "fps": 60.0} | dict(meta or {}) | fixed
        self._rig = {name: rig[name] for name in schema.CAMERAS if name in rig} | dict(rig)
        raise_first(meta_problems(self.path / META_FILE, self._meta))
        prepare_folder(self.path, is_restart=is_restart)
        write_toml(self.path / META_FILE, self._meta)
        write_rig(self.path / RIG_FILE, self._rig)
        self._cameras: dict[str, _CameraWriter] = {}
        self._lock = threading.Lock()
        self._is_closed = False

    @property
    def counts(self) -> dict[str, int]:
        """Frames written so far, per camera that was opened."""
        with self._lock:
            return {name: camera.count for name, camera in self._cameras.items()}

    def add(self, frame: Frame) -> None:
        """Append a frame of any camera.

        Raises:
            FrameError: If the camera is not in the rig, the frame has another size, or its
                time is not above that of the camera's frame before; nothing is then written.
            SessionError: If it cannot be written: the writer is closed, or the disk is full.
        """
        if frame.camera not in self._cameras:
            self.open_camera(frame.camera)
        self._cameras[frame.camera].add(frame)

    def open_camera(self, camera: str) -> None:
        """Open a camera's files before its first frame, to learn early if they cannot be.

        Raises:
            FrameError: If the camera is not in the rig.
            SessionError: If the codec cannot be opened.
        """
        if camera not in self._rig:
            raise FrameError(
                f"{self.path}: expected a frame of {', '.join(self._rig)}, got {camera!r}"
            )
        with self._lock:
            if self._is_closed:
                raise SessionError(f"{self.path}: expected an open writer, got a closed one")
            size_wh, fps = self._rig[camera].size_wh, float(self._meta["fps"])
            self._cameras[camera] = _CameraWriter(self.path, camera, size_wh=size_wh, fps=fps)

    def write_cues(self, cues: Sequence[Cue]) -> None:
        """Write `cues.csv`; a second call replaces it.

        Raises:
            SessionError: If a cue breaks a rule.
        """
        write_cues(self.path / CUES_FILE, cues)

    def write_truth(self, t_ns: NDArray[np.int64], values: NDArray[np.float32]) -> None:
        """Write `truth.csv`.

        Args:
            t_ns: Shape (N,), int64, strictly increasing.
            values: Shape (N, VALUE_COUNT), float32.
        """
        if values.shape != (len(t_ns), schema.VALUE_COUNT):
            expected = (len(t_ns), schema.VALUE_COUNT)
            raise SessionError(f"truth: expected values {expected}, got {values.shape}")
        with ValuesCsvWriter(self.path / TRUTH_FILE) as table:
            for t, row in zip(t_ns.tolist(), values, strict=True):
                table.write(t, row)

    def close(self) -> None:
        """End the session: close the videos, then mark it complete; may be called again.

        A camera that gave no frame is taken out of the rig and named in `silent_cameras`.

        Raises:
            SessionError: If no camera gave any frame, or a video is not whole on the disk; the
                session then stays incomplete.
        """
        if self._is_closed:
            return
        self._release()
        frames = {name: count for name, count in self.counts.items() if count}
        if not frames:
            raise SessionError(f"{self.path}: expected at least one frame, got none")
        for name, count in frames.items():
            require_whole(self.path / video_file(name), count=count)
        silent = [name for name in self._rig if name not in frames]
        if silent:
            self._leave_out(silent)
        write_toml(self.path / META_FILE, self._meta | {"complete": True, "frames": frames})

    def _leave_out(self, silent: list[str]) -> None:
        seen = {name: model for name, model in self._rig.items() if name not in silent}
        write_rig(self.path / RIG_FILE, seen)
        self._meta["silent_cameras"] = silent
        for name in silent:
            (self.path / video_file(name)).unlink(missing_ok=True)
            (self.path / times_file(name)).unlink(missing_ok=True)

    def _release(self) -> None:
        with self._lock:
            self._is_closed = True
        for camera in self._cameras.values():
            camera.close()

    def __enter__(self) -> SessionWriter:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is None:
            self.close()
        else:
            self._release()

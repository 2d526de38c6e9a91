"""A live camera that may vanish and return: what all kinds of them do alike."""

from __future__ import annotations

import logging
import threading
import time
from abc import abstractmethod
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final, NamedTuple, Protocol

from mien.capture.frame_source import FrameSource, Link, camera_of, require_camera
from mien.capture.rig_file import read_rig
from mien.errors import SourceError
from mien.types import CameraModel, Frame, Gray8

BAD_PICTURES_MAX: Final = 30
"""So many pictures in a row that are of no use mean that the camera is to be opened anew."""
FIRST_WAIT_S: Final = 0.25
LAST_WAIT_S: Final = 8.0
REPORT_EVERY_NS: Final = 1_000_000_000
_LOG = logging.getLogger("mien")


class Picture(NamedTuple):
    """What a camera gave."""

    t_ns: int
    """Capture time, nanoseconds of the monotonic clock."""
    gray: Gray8


class Connection(Protocol):
    """An open camera."""

    def read(self) -> Picture | str:
        """Wait for the next picture.

        Returns:
            The picture, or why the one that came is of no use.

        Raises:
            SourceError: If the camera is lost.
        """

    def interrupt(self) -> None:
        """Make a `read` that waits in another thread end soon, where that is safe."""

    def close(self) -> None:
        """Let go of it."""


class Backoff:
    """Waits that double from `FIRST_WAIT_S` to `LAST_WAIT_S`: always the same, no dice."""

    def __init__(self) -> None:
        self._wait_s = FIRST_WAIT_S

    def next_s(self) -> float:
        """How long to wait now, seconds."""
        wait_s, self._wait_s = self._wait_s, min(2 * self._wait_s, LAST_WAIT_S)
        return wait_s

    def reset(self) -> None:
        """Begin anew: the camera gave a picture."""
        self._wait_s = FIRST_WAIT_S


class _AbsentError(Exception):
    """The camera is not there, which with a rig may pass."""

    def __init__(self, error: SourceError) -> None:
        super().__init__(str(error))
        self.error = error


class CameraSource(FrameSource):
    """Frames of one live camera, for as long as it is not stopped.

    A camera that is lost is opened again, after waits as `Backoff` has them; `links` tells how
    it stands. Times strictly increase. Subclasses say how it is opened.

    The picture that opening the source takes is not given out: it is old by the time of the
    first iteration. With a `rig.toml` the camera may come later: opening the source then never
    fails for want of it. Without one its first picture tells the size, so it must be there.
    """

    is_live = True
    _holds_camera = True
    """Whether the connection that opening the source makes is kept for the iteration."""

    def __init__(
        self,
        what: str,
        *,
        camera: str | None,
        rig: Path | None = None,
        clock_ns: Callable[[], int] = time.monotonic_ns,
        wait: Callable[[float], object] | None = None,
    ) -> None:
        """Open the camera.

        Args:
            what: The camera, in messages.
            camera: Name, one of `schema.CAMERAS`.
            rig: A `rig.toml`; default: a centred crop of the first picture.
            clock_ns: Nanoseconds, never decreasing.
            wait: Waits so many seconds before the camera is sought again; default: until
                then, or until `stop`.

        Raises:
            SourceError: If `camera` is no camera's name, or without a rig the camera cannot be
                opened; with one, if the rig lacks it.
        """
        self.what: Final = what
        self._camera: Final = require_camera(what, camera)
        self._clock_ns = clock_ns
        self._stopped = threading.Event()
        self._wait = wait or self._stopped.wait
        self._backoff = Backoff()
        self._link = Link()
        self._reported_ns: int | None = None
        self._connection: Connection | None = None
        super().__init__({self._camera: self._first_model(rig)})
        self.links = {self._camera: self._link}

    @abstractmethod
    def _connect(self) -> Connection:
        """Open the camera.

        Raises:
            SourceError: If that cannot be done; the message says what can be done.
        """

    def __iter__(self) -> Iterator[Frame]:
        last_ns = -1
        while not self._stopped.is_set():
            for picture in self._pictures_until_lost():
                last_ns = max(picture.t_ns, last_ns + 1)
                yield Frame(self._camera, last_ns, picture.gray)

    def stop(self) -> None:
        """End this and every later iteration, at the latest when the driver answers."""
        self._stopped.set()
        connection = self._connection
        if connection is not None:
            connection.interrupt()

    def close(self) -> None:
        """Stop, and let go of the camera."""
        self.stop()
        self._disconnect()

    def _first_model(self, rig: Path | None) -> CameraModel:
        is_held = False
        try:
            model = camera_of(self._camera, self._first_size_wh(), rig=rig)
            is_held = self._holds_camera
        except _AbsentError as absent:
            told = None if rig is None else read_rig(rig).get(self._camera)
            if told is None:
                raise absent.error from absent
            self._note_absence(str(absent.error))
            model = told
        finally:
            if not is_held:
                self._disconnect()
        return model

    def _first_size_wh(self) -> tuple[int, int]:
        try:
            self._connection = self._connect()
            height, width = self._first_picture(self._connection).gray.shape
        except SourceError as error:
            raise _AbsentError(error) from error
        return width, height

    def _first_picture(self, connection: Connection) -> Picture:
        reason = ""
        for _ in range(BAD_PICTURES_MAX):
            picture = connection.read()
            if isinstance(picture, Picture):
                return picture
            reason = picture
        raise SourceError(f"{self.what}: expected pictures, got none that is of use: {reason}")

    def _pictures_until_lost(self) -> Iterator[Picture]:
        try:
            yield from self._pictures()
        except Exception as error:  # noqa: BLE001 - drivers raise anything
            self._note_loss(error)
            self._wait(self._backoff.next_s())

    def _pictures(self) -> Iterator[Picture]:
        if self._connection is None:
            self._connection = self._connect()
        failed, reason = 0, ""
        try:
            while failed < BAD_PICTURES_MAX and not self._stopped.is_set():
                picture = self._connection.read()
                if isinstance(picture, Picture):
                    failed = 0
                    self._note_picture()
                    yield picture
                else:
                    failed, reason = failed + 1, picture
                    self.count_bad(picture)
        finally:
            self._disconnect()
        if not self._stopped.is_set():
            raise SourceError(f"{self.what}: {failed} pictures in a row of no use: {reason}")

    def _disconnect(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def _note_picture(self) -> None:
        self._backoff.reset()
        if not self._link.is_up:
            self._link.is_up = True
            self._report(f"{self._camera}: {self.what}: back")

    def _note_loss(self, error: Exception) -> None:
        if self._stopped.is_set():
            return
        if self._link.is_up:
            self._link.losses += 1
        self._note_absence(str(error) or type(error).__name__)

    def _note_absence(self, reason: str) -> None:
        is_news = self._link.is_up or reason != self._link.reason
        self._link.is_up, self._link.reason = False, reason
        if is_news:
            self._report(f"{self._camera}: {reason}; it is sought again and again")

    def _report(self, message: str) -> None:
        now_ns = self._clock_ns()
        if self._reported_ns is None or now_ns - self._reported_ns >= REPORT_EVERY_NS:
            self._reported_ns = now_ns
            _LOG.warning(message)

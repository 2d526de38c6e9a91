"""A camera that serves MJPEG over HTTP, as ESP32-S3 boards and phones do."""

from __future__ import annotations

import base64
import http.client
import socket
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final
from urllib.parse import SplitResult, unquote, urlsplit

import numpy as np

from mien.capture.camera_source import CameraSource, Connection, Picture
from mien.capture.mjpeg import Jpeg, MjpegParser
from mien.capture.stamp_clock import StampClock
from mien.capture.video import require_opencv, to_gray
from mien.errors import SourceError

SCHEMES: Final = ("http", "https")
ANSWER_S: Final = 5.0
"""How long a camera may take to let itself be connected, and to answer."""
STALL_S: Final = 3.0
"""A camera without a whole picture for so long is connected to anew."""
CHUNK_BYTES: Final = 1 << 16
_SEEK: Final = "see that it is switched on, in this network, and that no other program reads it"


class HttpStream:
    """One connection to the camera.

    Only its JPEG pictures count: see `mien.capture.mjpeg`. A stamp that comes with them gives
    the capture time, see `StampClock`, else the arrival of the picture's last byte does.
    """

    def __init__(
        self, address: str, *, clock_ns: Callable[[], int], answer_s: float, stall_s: float
    ) -> None:
        self._what = shown(address)
        self._clock_ns = clock_ns
        self._stall_s = stall_s
        self._stamps = StampClock()
        self._parser = MjpegParser()
        self._broken = 0
        self._ready: deque[tuple[int, Jpeg]] = deque()
        self._http = _connection(urlsplit(address), timeout_s=answer_s)
        try:
            self._response, self._socket = self._ask(urlsplit(address))
            self._require_stream()
        except BaseException:
            self.close()
            raise

    def read(self) -> Picture | str:
        """The next picture, see `Connection.read`."""
        deadline_ns = self._clock_ns() + round(self._stall_s * 1e9)
        while not self._ready:
            if self._parser.broken > self._broken:
                self._broken += 1
                return f"{self._what}: a picture that was cut short or is no JPEG"
            self._fetch(deadline_ns)
        arrival_ns, jpeg = self._ready.popleft()
        t_ns = self._stamps.time_ns(arrival_ns=arrival_ns, stamp_ns=jpeg.stamp_ns)
        return self._decoded(jpeg.data, t_ns)

    def interrupt(self) -> None:
        """End a `read` in another thread."""
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Close the connection; may be called again."""
        with suppress(OSError):
            self._http.close()
        response = getattr(self, "_response", None)
        if response is not None:
            with suppress(OSError):
                response.close()

    def _ask(self, parts: SplitResult) -> tuple[http.client.HTTPResponse, socket.socket]:
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        try:
            self._http.connect()
            wire: socket.socket = self._http.sock
            self._http.request("GET", path, headers=_headers(parts))
            response = self._http.getresponse()
        except (OSError, http.client.HTTPException, ValueError) as error:
            why = str(error) or type(error).__name__
            raise SourceError(
                f"{self._what}: expected a camera that answers, got: {why}; {_SEEK}"
            ) from error
        # Some send the length of one picture here; the stream is as long as it is.
        response.length = None
        return response, wire

    def _require_stream(self) -> None:
        response = self._response
        if response.status != http.client.OK:
            raise SourceError(
                f"{self._what}: expected status 200, got {response.status} {response.reason}; "
                + _remedy(response)
            )
        kind = response.getheader("Content-Type", "") or ""
        if kind.partition("/")[0].strip().lower() == "text":
            raise SourceError(
                f"{self._what}: expected a stream of JPEG pictures, got {kind}; give the address "
                "of the stream itself, often http://HOST:81/stream"
            )

    def _fetch(self, deadline_ns: int) -> None:
        left_s = (deadline_ns - self._clock_ns()) * 1e-9
        stalled = f"{self._what}: expected a picture within {self._stall_s:g} s, got none; {_SEEK}"
        if left_s <= 0:
            raise SourceError(stalled)
        try:
            self._socket.settimeout(left_s)
            chunk = self._response.read1(CHUNK_BYTES)
        except TimeoutError as error:
            raise SourceError(stalled) from error
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise SourceError(f"{self._what}: the connection broke: {error}; {_SEEK}") from error
        if not chunk:
            raise SourceError(f"{self._what}: the camera ended the stream; {_SEEK}")
        arrival_ns = self._clock_ns()
        self._ready.extend((arrival_ns, jpeg) for jpeg in self._parser.feed(chunk))

    def _decoded(self, data: bytes, t_ns: int) -> Picture | str:
        import cv2

        try:
            image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_GRAYSCALE)
        except cv2.error as error:
            return f"{self._what}: a picture of {len(data)} bytes does not decode: {error.err}"
        if image is None:
            return f"{self._what}: a picture of {len(data)} bytes does not decode"
        return Picture(t_ns, to_gray(image))


class HttpSource(CameraSource):
    """Frames of a camera that serves MJPEG; see `CameraSource` for what happens if it is lost.

    Opening the source asks for one picture and lets go again: what would wait in the network
    until the iteration begins would be old by then.
    """

    _holds_camera = False

    def __init__(
        self,
        address: str,
        *,
        camera: str | None,
        rig: Path | None = None,
        answer_s: float = ANSWER_S,
        stall_s: float = STALL_S,
        clock_ns: Callable[[], int] = time.monotonic_ns,
        wait: Callable[[float], object] | None = None,
    ) -> None:
        """See that the camera is there.

        Args:
            address: `http://[USER:PASSWORD@]HOST[:PORT]/PATH`, or https.
            camera: Name, one of `schema.CAMERAS`.
            rig: A `rig.toml`; default: a centred crop.
            answer_s: How long to connect and to answer may take, seconds.
            stall_s: Without a picture for so long the connection is given up, seconds.
            clock_ns: Nanoseconds, never decreasing.
            wait: See `CameraSource`.

        Raises:
            SourceError: If the address is none, or as `CameraSource` has it.
        """
        require_opencv()
        _require_address(address)
        self._address = address
        self._answer_s, self._stall_s = answer_s, stall_s
        super().__init__(shown(address), camera=camera, rig=rig, clock_ns=clock_ns, wait=wait)

    def _connect(self) -> Connection:
        return HttpStream(
            self._address,
            clock_ns=self._clock_ns,
            answer_s=self._answer_s,
            stall_s=self._stall_s,
        )


def is_http(source: str) -> bool:
    """Whether it begins as an address of a web server does."""
    return source.lower().startswith(tuple(f"{scheme}://" for scheme in SCHEMES))


def shown(address: str) -> str:
    """The address without the password in it."""
    head, at, tail = address.rpartition("@")
    return f"{head.partition('//')[0]}//{tail}" if at else address


def _require_address(address: str) -> None:
    try:
        parts = urlsplit(address)
        is_good = parts.scheme.lower() in SCHEMES and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_good = False
    if not is_good:
        raise SourceError(f"{shown(address)}: expected http://HOST[:PORT]/PATH, got another form")


def _connection(parts: SplitResult, *, timeout_s: float) -> http.client.HTTPConnection:
    is_safe = parts.scheme.lower() == "https"
    kind = http.client.HTTPSConnection if is_safe else http.client.HTTPConnection
    return kind(parts.hostname or "", parts.port, timeout=timeout_s)


def _headers(parts: SplitResult) -> dict[str, str]:
    if parts.username is None:
        return {}
    login = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
    return {"Authorization": f"Basic {base64.b64encode(login.encode()).decode()}"}


def _remedy(response: http.client.HTTPResponse) -> str:
    if response.status == http.client.UNAUTHORIZED:
        return "put the name and the password before the host: http://USER:PASSWORD@HOST/..."
    if target := response.getheader("Location"):
        return f"it points to {target}: give that address"
    return "check the path"

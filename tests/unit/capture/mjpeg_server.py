"""A real HTTP server that behaves as badly as the test tells it to."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import cv2
import numpy as np
from tests.unit.capture.conftest import HEIGHT, WIDTH, picture

BOUNDARY = b"123456789000000000000987654321"
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: multipart/x-mixed-replace;boundary=%s\r\n\r\n" % BOUNDARY


def jpeg(level: int) -> bytes:
    """A flat picture whose level survives JPEG."""
    image = picture(0)
    image[:] = level
    return cv2.imencode(".jpg", image)[1].tobytes()


def scene(seed: int) -> bytes:
    """A picture with light and shade, which the tracker does not take for a broken one."""
    shades = np.random.default_rng(seed).integers(40, 220, (6, 8), dtype=np.uint8)
    return cv2.imencode(".jpg", cv2.resize(shades, (WIDTH, HEIGHT)))[1].tobytes()


def part(data: bytes, *, extra: bytes = b"", length: int | None = None) -> bytes:
    """As the camera web server of ESP32 boards sends it."""
    told = len(data) if length is None else length
    about = b"Content-Type: image/jpeg\r\nContent-Length: %d\r\n%s\r\n" % (told, extra)
    return b"\r\n--" + BOUNDARY + b"\r\n" + about + data


class Wire:
    """What the server does with one client."""

    def __init__(self, handler: Any, stopped: threading.Event) -> None:
        self.request_lines = handler.lines
        self._file = handler.wfile
        self._stopped = stopped

    def send(self, *chunks: bytes) -> None:
        for chunk in chunks:
            self._file.write(chunk)
        self._file.flush()

    def chunked(self, data: bytes) -> bytes:
        return b"%x\r\n%s\r\n" % (len(data), data)

    def pause(self, seconds: float) -> None:
        """Keep the connection and say nothing, at most until the test ends."""
        self._stopped.wait(seconds)

    def hang(self) -> None:
        """Keep the connection and say nothing more, until the test ends."""
        self.pause(60)


class MjpegServer:
    """Serves client after client by the scripts given; the last one serves all that follow."""

    def __init__(self, *scripts: Callable[[Wire], None], port: int = 0) -> None:
        self.clients = 0
        self._scripts = scripts
        self._stopped = threading.Event()
        outer = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                self.lines = []
                while (line := self.rfile.readline().strip()) != b"":
                    self.lines.append(line)
                script = outer._scripts[min(outer.clients, len(outer._scripts) - 1)]
                outer.clients += 1
                with suppress(OSError):
                    script(Wire(self, outer._stopped))

        class Server(socketserver.ThreadingTCPServer):
            allow_reuse_address = True
            daemon_threads = True
            block_on_close = False

        self._server = Server(("127.0.0.1", port), Handler)
        self.port = self._server.server_address[1]
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True
        )
        self._thread.start()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}/stream"

    def close(self) -> None:
        self._stopped.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def __enter__(self) -> MjpegServer:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

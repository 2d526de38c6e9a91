"""Tells a person how far it is: one line that is written over on a terminal, nothing on a pipe."""

from __future__ import annotations

from typing import TextIO

WIDTH = 20


class ProgressLine:
    """The line, as mien_bench draws it.

    Args:
        total: How many parts there are, each of which is told by one `start`.
        stream: Where to draw it.
    """

    def __init__(self, total: int, stream: TextIO) -> None:
        self._total = total
        self._done = 0
        self._stream = stream if stream.isatty() else None

    def start(self, what: str) -> None:
        """What is measured from now on."""
        if self._stream is not None:
            filled = "#" * min(WIDTH * self._done // max(self._total, 1), WIDTH)
            bar = f"[{filled:.<{WIDTH}}] {self._done}/{self._total} {what}"
            self._stream.write(f"\r\033[K{bar}")
            self._stream.flush()
        self._done += 1

    def clear(self) -> None:
        """Make room for a line of text."""
        if self._stream is not None:
            self._stream.write("\r\033[K")
            self._stream.flush()

"""Finds JPEG pictures in a stream of bytes by their own structure.

Boundaries and lengths of `multipart/x-mixed-replace` are not read: cameras send wrong ones, and
a picture that is known by its end marker need not wait for the boundary behind it. ITU T.81
(1992), annex B: a marker is FF and a byte; in coded data FF is followed by 00 or by RST0..RST7.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

PICTURE_BYTES_MAX: Final = 16 << 20
"""More bytes without an end are no picture."""
_START: Final = b"\xff\xd8\xff"
_SOI, _EOI, _SOS = 0xD8, 0xD9, 0xDA
# Begins with one plain byte, which lets `re` jump from FF to FF: 20 times as fast as `\xff+`.
_CODED_END: Final = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
_STAMP: Final = re.compile(rb"(?i)x-timestamp:[ \t]*([0-9]{1,10})\.([0-9]{1,9})[^0-9]")


class Jpeg(NamedTuple):
    """One picture of the stream."""

    data: bytes
    """From the start marker to the end marker."""
    stamp_ns: int | None
    """`X-Timestamp` before it: the camera's clock, nanoseconds; None: it sent none."""


class MjpegParser:
    """Takes bytes as they come, gives pictures as soon as they are whole.

    A picture that is cut off, or whose markers make no sense, is left out and counted in
    `broken`; the search goes on behind its start.
    """

    def __init__(self) -> None:
        self.broken = 0
        """Pictures that began and did not end as pictures do."""
        self._data = bytearray()
        self._at = -1
        """Where the next marker of the picture that starts at 0 is looked for; -1: none began."""
        self._is_coded = False
        self._stamp_ns: int | None = None

    def feed(self, chunk: bytes) -> Iterator[Jpeg]:
        """Yield the pictures that these bytes complete."""
        self._data += chunk
        while self._find_start():
            end = self._find_end()
            if end > 0:
                yield Jpeg(bytes(self._data[:end]), self._stamp_ns)
                self._drop(end)
            elif end == 0 and len(self._data) <= PICTURE_BYTES_MAX:
                return
            else:
                self.broken += 1
                self._drop(2)

    def _drop(self, count: int) -> None:
        del self._data[:count]
        self._at, self._is_coded, self._stamp_ns = -1, False, None

    def _find_start(self) -> bool:
        if self._at >= 0:
            return True
        start = self._data.find(_START)
        gap = self._data if start < 0 else self._data[:start]
        for found in _STAMP.finditer(gap):
            seconds, fraction = found.groups()
            self._stamp_ns = int(seconds) * 10**9 + int(fraction.ljust(9, b"0"))
        if start < 0:
            # A header line, or the start marker, may be cut in two.
            del self._data[:-128]
            return False
        del self._data[:start]
        self._at = 2
        return True

    def _find_end(self) -> int:
        """Length of the picture at 0; 0: not known yet; -1: it is none."""
        while True:
            marker = self._marker()
            if marker <= 0:
                return marker
            if marker == _EOI:
                return self._at + 2
            if marker == _SOI:
                return -1
            length = int.from_bytes(self._data[self._at + 2 : self._at + 4], "big")
            if len(self._data) < self._at + 4:
                return 0
            if length < 2:
                return -1
            self._at += 2 + length
            self._is_coded = marker == _SOS

    def _marker(self) -> int:
        """The marker at `_at`, which moves to it; 0: not here yet; -1: there is none."""
        if self._is_coded:
            found = _CODED_END.search(self._data, self._at)
            if found is None:
                self._at = max(len(self._data) - 1, self._at)
                return 0
            self._at = found.start()
            return self._data[self._at + 1]
        while self._data[self._at : self._at + 2] == b"\xff\xff":
            self._at += 1
        if len(self._data) < self._at + 2:
            return 0
        is_marker = self._data[self._at] == 0xFF and self._data[self._at + 1] >= 0xC0
        return self._data[self._at + 1] if is_marker else -1

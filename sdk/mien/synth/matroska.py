"""Makes a Matroska file depend on its content alone.

FFmpeg gives every file random identifiers (SegmentUID, TrackUID), so two renders of one recipe
would differ. They are replaced by a digest, and the checksums over them worked out anew.
Source of the layout: RFC 9559 (Matroska), RFC 8794 (EBML).
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

_SEGMENT: Final = 0x18538067
_INFO, _TRACKS, _TAGS = 0x1549A966, 0x1654AE6B, 0x1254C367
_MASTERS: Final = (_INFO, _TRACKS, _TAGS, 0xAE, 0x7373, 0x63C0)
"""Info, Tracks, Tags; TrackEntry, Tag, Targets."""
_CRC32: Final = 0xBF
_UIDS: Final = (0x73A4, 0x73C5, 0x63C5)
"""SegmentUID, TrackUID, TagTrackUID."""


class _Element(NamedTuple):
    kind: int
    start: int
    """First byte of the content."""
    end: int


def settle_identifiers(path: Path, name: str) -> None:
    """Replace the random identifiers of a finished file by digests of `name`, in place.

    Args:
        path: A Matroska file as FFmpeg writes it.
        name: What tells this file from others; equal names give equal identifiers.
    """
    digest = hashlib.sha256(name.encode()).digest()
    with path.open("r+b") as file:
        # What holds identifiers stands before the first cluster; later masters are not looked for.
        head = bytearray(file.read(65_536))
        for segment in _children(head, 0, len(head)):
            if segment.kind != _SEGMENT:
                continue
            for part in _children(head, segment.start, len(head)):
                if part.kind in (_INFO, _TRACKS, _TAGS) and part.end <= len(head):
                    _replace(head, part, digest)
        file.seek(0)
        file.write(head)


def _replace(data: bytearray, master: _Element, digest: bytes) -> None:
    checksum: _Element | None = None
    for child in _children(data, master.start, master.end):
        if child.kind == _CRC32:
            checksum = child
        elif child.kind in _UIDS:
            data[child.start : child.end] = digest[: child.end - child.start]
        elif child.kind in _MASTERS:
            _replace(data, child, digest)
    if checksum is not None:
        value = zlib.crc32(data[checksum.end : master.end])
        data[checksum.start : checksum.end] = value.to_bytes(4, "little")


def _children(data: bytearray, start: int, end: int) -> Iterator[_Element]:
    at = start
    while at + 2 <= end and data[at] != 0:
        id_bytes = 9 - data[at].bit_length()
        kind = int.from_bytes(data[at : at + id_bytes], "big")
        at += id_bytes
        if at >= end or data[at] == 0:
            return
        size_bytes = 9 - data[at].bit_length()
        size = int.from_bytes(data[at : at + size_bytes], "big") & ((1 << 7 * size_bytes) - 1)
        at += size_bytes
        yield _Element(kind, at, at + size)
        at += size

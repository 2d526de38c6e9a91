"""Open Sound Control 1.0, as far as sending values needs it.

Source: Wright, *The Open Sound Control 1.0 Specification*, CNMAT, 2002.

A face is 140 messages whose addresses never change, again and again. So the bundles are laid out
once, and each state writes its numbers into their places. python-osc is the reader in the tests;
as the writer it takes some 70 times as long (`OUTPUTS.md`), being made for messages one by one.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from mien.outputs.udp import MAX_PACKET_BYTES
from mien.shape_set import Shapes

FLOAT: Final = object()
"""An argument that is a new float32 each time."""
FLAG: Final = object()
"""An argument that is a new bool each time."""
Message: TypeAlias = tuple[str, tuple[object, ...]]
"""Address and arguments: `str` and `int` stand for good, `FLOAT` and `FLAG` are filled in."""

Flags: TypeAlias = NDArray[np.bool_]
"""Shape (M,), bool."""

_HEAD: Final = b"#bundle\0" + struct.pack(">Q", 1)  # 1: act on it at once
_SIZE_BYTES: Final = 4


class OscBundles:
    """Bundles of messages whose numbers change; each fits one packet."""

    def __init__(self, messages: Sequence[Message], *, max_bytes: int = MAX_PACKET_BYTES) -> None:
        """Lay out the bundles; messages keep their order."""
        self.floats = np.zeros(sum(args.count(FLOAT) for _, args in messages), np.float32)
        """Shape (N,), float32: set these, in the order of the messages."""
        self.flags = np.zeros(sum(args.count(FLAG) for _, args in messages), np.bool_)
        """Shape (M,), bool: and these."""
        self._bundles: list[_Bundle] = []
        waiting: list[_Element] = []
        for element in (_element(*message) for message in messages):
            size = len(_HEAD) + sum(len(one.data) for one in waiting) + len(element.data)
            if waiting and size > max_bytes:
                self._bundles.append(_Bundle(waiting))
                waiting = []
            waiting.append(element)
        if waiting:
            self._bundles.append(_Bundle(waiting))

    def packets(self) -> list[bytearray]:
        """The bundles with the present numbers; the next call writes into the same memory."""
        floats, flags = self.floats, self.flags
        for bundle in self._bundles:
            floats, flags = bundle.take(floats, flags)
        return [bundle.data for bundle in self._bundles]


@dataclass(frozen=True, slots=True)
class _Element:
    """One message of a bundle, with its size in front."""

    data: bytes
    float_places: tuple[int, ...]
    flag_places: tuple[int, ...]


class _Bundle:
    """One packet, and where in it the numbers stand."""

    def __init__(self, elements: Sequence[_Element]) -> None:
        self.data = bytearray(_HEAD)
        float_places: list[int] = []
        flag_places: list[int] = []
        for element in elements:
            float_places += [len(self.data) + place for place in element.float_places]
            flag_places += [len(self.data) + place for place in element.flag_places]
            self.data += element.data
        self._bytes = np.frombuffer(self.data, np.uint8)
        self._words = self._bytes.view(">f4")
        self._float_words = np.array(float_places, np.intp) // 4
        self._flag_bytes = np.array(flag_places, np.intp)

    def take(self, floats: Shapes, flags: Flags) -> tuple[Shapes, Flags]:
        """Write the first numbers into their places; return those of the bundles behind."""
        count, flag_count = len(self._float_words), len(self._flag_bytes)
        self._words[self._float_words] = floats[:count]
        self._bytes[self._flag_bytes] = np.where(flags[:flag_count], ord("T"), ord("F"))
        return floats[count:], flags[flag_count:]


def _text(text: str) -> bytes:
    raw = text.encode() + b"\0"
    return raw + b"\0" * (-len(raw) % 4)


def _element(address: str, args: tuple[object, ...]) -> _Element:
    tags, body = ",", b""
    float_places, flag_places = [], []
    for argument in args:
        if argument is FLOAT:
            float_places.append(len(body))
            tags, body = tags + "f", body + bytes(4)
        elif argument is FLAG:
            flag_places.append(len(tags))
            tags += "F"
        elif isinstance(argument, str):
            tags, body = tags + "s", body + _text(argument)
        else:
            tags, body = tags + "i", body + struct.pack(">i", argument)
    head, tag_text = _text(address), _text(tags)
    tag_place = _SIZE_BYTES + len(head)
    body_place = tag_place + len(tag_text)
    data = head + tag_text + body
    return _Element(
        struct.pack(">i", len(data)) + data,
        tuple(body_place + place for place in float_places),
        tuple(tag_place + place for place in flag_places),
    )

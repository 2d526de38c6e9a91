"""The faults of cameras, each as something that is done to a stretch of frames.

A fault takes the frames of one camera over a second and gives back what arrives instead: which
frames, in which order, and which of them are good. Frames that are good must be used.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Final, NamedTuple, TypeAlias

import numpy as np

from mien.types import Frame, Gray8

Rng: TypeAlias = np.random.Generator
LONGEST: Final = 12
"""Frames in a row that a fault of images spoils at most."""


class Arrival(NamedTuple):
    """What comes in the place of a frame, or after it."""

    frame: Frame
    is_good: bool


Spoil: TypeAlias = Callable[[Rng, list[Frame]], list[list[Arrival]]]
"""The camera's frames of a stretch -> what comes in the place of each."""


def _images(spoil: Callable[[Rng, Gray8], Gray8]) -> Spoil:
    def run(rng: Rng, frames: list[Frame]) -> list[list[Arrival]]:
        count = int(rng.integers(1, LONGEST + 1))
        first = int(rng.integers(1, len(frames) - count))
        return [
            [Arrival(replace(frame, gray=spoil(rng, frame.gray)), is_good=False)]
            if first <= at < first + count
            else [Arrival(frame, is_good=True)]
            for at, frame in enumerate(frames)
        ]

    return run


def _black(rng: Rng, gray: Gray8) -> Gray8:
    dark: Gray8 = rng.integers(0, 4, gray.shape, np.uint8)
    return dark


def _saturated(rng: Rng, gray: Gray8) -> Gray8:
    glare = gray.astype(np.int16) + int(rng.integers(220, 400))
    return np.clip(glare, 0, 255).astype(np.uint8)


def _noisy(rng: Rng, gray: Gray8) -> Gray8:
    noise = rng.normal(0, rng.uniform(50, 100), gray.shape)
    return np.clip(gray + noise, 0, 255).astype(np.uint8)


def _torn(rng: Rng, gray: Gray8) -> Gray8:
    height, width = gray.shape
    row, torn = int(rng.integers(height // 4, height * 3 // 4)), gray.copy()
    torn[row:] = np.roll(gray[row:], int(rng.integers(width // 20, width // 3)), axis=1)
    return torn


def _cut(rng: Rng, gray: Gray8) -> Gray8:
    height, cut = len(gray), gray.copy()
    cut[int(rng.integers(height // 4, height * 3 // 4)) :] = rng.integers(0, 256)
    return cut


def _wrong_size(rng: Rng, gray: Gray8) -> Gray8:
    by = int(rng.integers(1, 60))
    return gray[:-by] if rng.random() < 0.5 else np.ascontiguousarray(gray[:, :-by])


def _frozen(rng: Rng, frames: list[Frame]) -> list[list[Arrival]]:
    count = int(rng.integers(1, LONGEST + 1))
    first = int(rng.integers(1, len(frames) - count))
    stuck = frames[first - 1].gray
    return [
        [Arrival(replace(frame, gray=stuck.copy()), is_good=False)]
        if first <= at < first + count
        else [Arrival(frame, is_good=True)]
        for at, frame in enumerate(frames)
    ]


def _again(rng: Rng, frames: list[Frame]) -> list[list[Arrival]]:
    twice = int(rng.integers(len(frames)))
    return [
        [Arrival(frame, is_good=True)] + [Arrival(frame, is_good=False)] * (at == twice)
        for at, frame in enumerate(frames)
    ]


def _out_of_order(rng: Rng, frames: list[Frame]) -> list[list[Arrival]]:
    """One frame comes right after the one that follows it."""
    first = int(rng.integers(len(frames) - 1))
    places = [[Arrival(frame, is_good=True)] for frame in frames]
    places[first + 1].append(Arrival(frames[first], is_good=False))
    places[first] = []
    return places


def _late(rng: Rng, frames: list[Frame]) -> list[list[Arrival]]:
    """One frame comes a tenth of a second to most of a second too late."""
    first = int(rng.integers(len(frames) - 3))
    by = int(rng.integers(3, len(frames) - first))
    places = [[Arrival(frame, is_good=True)] for frame in frames]
    places[first + by].append(Arrival(frames[first], is_good=False))
    places[first] = []
    return places


def _wrong_time(rng: Rng, frames: list[Frame]) -> list[list[Arrival]]:
    """One frame claims a time seconds to years away."""
    at = int(rng.integers(len(frames)))
    off_ns = int(10 ** rng.uniform(9.4, 17.9)) * (1 if rng.random() < 0.5 else -1)
    places = [[Arrival(frame, is_good=True)] for frame in frames]
    places[at] = [Arrival(replace(frames[at], t_ns=frames[at].t_ns + off_ns), is_good=False)]
    return places


SPOILS: Final[Mapping[str, tuple[Spoil, frozenset[str]]]] = MappingProxyType(
    {
        "frozen": (_frozen, frozenset({"frozen"})),
        "black": (_images(_black), frozenset({"black"})),
        "saturated": (_images(_saturated), frozenset({"saturated", "blank"})),
        "torn, shifted below": (_images(_torn), frozenset({"torn"})),
        "torn, blank below": (_images(_cut), frozenset({"torn", "saturated", "black"})),
        "noisy": (_images(_noisy), frozenset({"noisy"})),
        "wrong size": (_images(_wrong_size), frozenset({"size"})),
        "out of order": (_out_of_order, frozenset({"late"})),
        "duplicated": (_again, frozenset({"duplicate"})),
        "late": (_late, frozenset({"late"})),
        "wrong time": (_wrong_time, frozenset({"late", "clock"})),
    }
)
"""Fault -> what it does, and the kinds of `mien.runtime.faults.KINDS` that name it rightly."""

"""What the page of a labelled session shows; times count in seconds from its first frame."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mien.types import Gray8, Mask

Seconds = NDArray[np.float64]
"""Shape (N,), increasing."""


@dataclass(frozen=True, slots=True)
class RegionView:
    """Where one camera reads one value."""

    name: str
    cells: Mask
    """Grid cells that the value moves, shape (h, w)."""
    way: NDArray[np.float32]
    """Which way, and how far relative to each other, shape (h, w, 2), x then y."""
    peak: Gray8 | None
    """The crop at the peak of the largest accepted take; None if none was accepted."""
    peak_px: float
    """How far the skin went there, crop pixels."""


@dataclass(frozen=True, slots=True)
class CameraView:
    """What one camera taught."""

    name: str
    neutral: Gray8
    """The face at rest, shape (S, S)."""
    reference: Mask
    """Grid cells that move only with the headset, shape (h, w)."""
    regions: tuple[RegionView, ...]


@dataclass(frozen=True, slots=True)
class TakeView:
    """One value of one take, as one camera saw it."""

    name: str
    camera: str
    number: int
    cue_s: tuple[float, float]
    start_s: float
    peak_s: float
    end_s: float
    peak: float
    """Of the curve, in its unit."""
    unit: str
    """Of the curve: `px`, or `closed` for lids, which are read from their looks."""
    share: float
    """Of the session's largest accepted take."""
    snr: float
    refusal: str
    """Empty: it is used."""
    t_s: Seconds
    curve: NDArray[np.float64]
    frames: Mapping[str, Gray8]
    """What it looked like, by a word for the moment; of refused takes only."""


@dataclass(frozen=True, slots=True)
class CurveView:
    """The labels of one value, shape (N,) each, by time."""

    name: str
    t_s: Seconds
    value: NDArray[np.float32]
    confidence: NDArray[np.float32]
    mask: NDArray[np.bool_]
    """True: may be learned from."""
    is_cue: NDArray[np.bool_]
    """True: known from what was asked, not measured."""
    is_spontaneous: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class SessionView:
    """One labelled session."""

    name: str
    about: Mapping[str, str]
    """Word -> fact: wearer, software, ..."""
    seconds: float
    frames: int
    cameras: tuple[CameraView, ...]
    takes: tuple[TakeView, ...]
    curves: tuple[CurveView, ...]

    @property
    def refused(self) -> tuple[TakeView, ...]:
        """Takes that are not used, in time order."""
        return tuple(sorted((t for t in self.takes if t.refusal), key=lambda t: t.number))

"""Settings of the per-frame path: frozen values, each with its unit and range."""

from __future__ import annotations

import math
from dataclasses import dataclass

from mien.errors import ConfigError

CROP_SIZE = 128
"""Side of the square crop that the model and the flow read, pixels."""


def require(what: str, value: float, low: float, high: float) -> None:  # noqa: PLR0917
    """Raise `ConfigError` unless `low <= value <= high`; NaN is refused."""
    if not (math.isfinite(value) and low <= value <= high):
        raise ConfigError(f"{what}: expected {low:g}..{high:g}, got {value}")


@dataclass(frozen=True, slots=True, kw_only=True)
class PreprocessConfig:
    """Crop and local photometric normalisation.

    code = clamp(round((gray - local_mean) / (local_std + std_floor) / scale) + zero_point)
    """

    window_px: int = 33
    """Side of the box over which the local mean and deviation are taken, odd, 9..127."""
    std_floor: float = 6.0
    """Added to the local deviation, gray levels, 0.5..64: keeps flat skin from becoming noise."""
    scale: float = 1 / 32
    """Real value of one int8 code, from the model file, > 0."""
    zero_point: int = 0
    """Code of real 0, from the model file, -128..127."""

    def __post_init__(self) -> None:
        require("window_px", self.window_px, 9, 127)
        require("window_px % 2", self.window_px % 2, 1, 1)
        require("std_floor", self.std_floor, 0.5, 64)
        require("scale", self.scale, 1e-6, 1e3)
        require("zero_point", self.zero_point, -128, 127)


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowConfig:
    """Coarse-to-fine dense Lucas-Kanade (Lucas and Kanade 1981; Bouguet 2001).

    The flow lives on cells of 2 x 2 pixels, so that windows are an odd number of cells wide.
    """

    levels: int = 5
    """Pyramid levels, 1..6; those whose shorter side is under 8 px are left out."""
    window_px: int = 10
    """Side of the box window: 6, 10, 14 or 18."""
    updates: int = 1
    """Updates at full and half size, 1..5; one more at a quarter, two more below that."""
    smoothing_px: int = 14
    """Side of the flow-smoothing box: 2 (off), 6, 10, 14 or 18."""

    def __post_init__(self) -> None:
        require("levels", self.levels, 1, 6)
        require("window_px", self.window_px, 6, 18)
        require("window_px % 4", self.window_px % 4, 2, 2)
        require("updates", self.updates, 1, 5)
        require("smoothing_px", self.smoothing_px, 2, 18)
        require("smoothing_px % 4", self.smoothing_px % 4, 2, 2)


@dataclass(frozen=True, slots=True, kw_only=True)
class SmoothingConfig:
    """One Euro filter (Casiez, Roussel and Vogel, CHI 2012) on capture times."""

    min_cutoff_hz: float = 3.0
    """Cut-off of a value at rest, Hz, 0.01..1000."""
    beta: float = 0.8
    """How fast the cut-off rises with speed, Hz per (value/s), 0..100."""
    derivative_cutoff_hz: float = 1.0
    """Cut-off of the speed estimate, Hz, 0.01..1000."""

    def __post_init__(self) -> None:
        require("min_cutoff_hz", self.min_cutoff_hz, 0.01, 1000)
        require("beta", self.beta, 0, 100)
        require("derivative_cutoff_hz", self.derivative_cutoff_hz, 0.01, 1000)


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackerConfig:
    """The frame loop."""

    smoothing: SmoothingConfig = SmoothingConfig()
    flow: FlowConfig = FlowConfig()
    is_adaptive: bool = True
    """Bounded running recalibration of neutral and range (A15)."""
    is_gated: bool = True
    """The network rests while nothing moves; False: it looks at every frame."""
    hold_ms: float = 100.0
    """For so long after a camera's last usable frame its word counts in full, 1..60000; set it
    higher for cameras of fewer than 15 frames per second."""
    fade_ms: float = 300.0
    """... and over so long it then fades to neutral, 1..60000."""
    min_confidence: float = 0.5
    """A camera whose network sees less of its crop than this, 0..1, still counts, but its values
    are not called tracked (E5). A model without attention always sees all of it."""
    threads: int = 1
    """LiteRT threads, 1..16; networks this small gain nothing from more."""

    def __post_init__(self) -> None:
        require("hold_ms", self.hold_ms, 1, 60_000)
        require("fade_ms", self.fade_ms, 1, 60_000)
        require("min_confidence", self.min_confidence, 0, 1)
        require("threads", self.threads, 1, 16)

"""What is to be measured, and for how long."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from mien.bench.face_rig import MOST_CAMERAS
from mien.config import require
from mien.errors import ConfigError


@dataclass(frozen=True, slots=True, kw_only=True)
class BenchPlan:
    """Settings of `mien bench`."""

    seconds: float = 1.0
    """For each row, 0.01..3600."""
    warm_up_s: float = 0.3
    """Before each row, 0..60."""
    cameras: int = MOST_CAMERAS
    """The most, 1..4."""
    rates_hz: tuple[float, ...] = (60.0, 72.0, 90.0, 120.0)
    """Frames per second to keep up with, 1..1000 each."""
    core: int | None = -1
    """The core to stay on; -1: the last one allowed; None: none."""
    kernels: str = ""
    """Instruction set; empty: the CPU's best."""
    model: Path | None = None
    """None: the shipped one."""

    def __post_init__(self) -> None:
        require("seconds", self.seconds, 0.01, 3600)
        require("warm_up_s", self.warm_up_s, 0, 60)
        require("cameras", self.cameras, 1, MOST_CAMERAS)
        if not self.rates_hz:
            raise ConfigError("rates: expected at least one, got none")
        for rate_hz in self.rates_hz:
            require("rates", rate_hz, 1, 1000)

"""A data set in a few numbers: the same recipe gives the same bytes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from mien.config import require
from mien.errors import ConfigError
from mien.synth.rigs import EYE_GEOMETRIES, MOUTH_GEOMETRIES, Split


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """What to render."""

    head: Path
    """A head file, see `synth.head`."""
    split: Split = "train"
    """Which base rigs and motion style; identities of the splits differ by their seeds."""
    wearers: int = 1
    """Sessions, one per wearer, 1..100000."""
    seed: int = 0
    """0..2^31-1."""
    fps: float = 30.0
    """Frames per second and camera, 20..240 (truth may not be sparser)."""
    seconds: float | None = None
    """About how long a session is, 3..600; None: the whole protocol, about 105 s."""
    motion: Path | None = None
    """Recorded ARKit curves for the spontaneous part, see `synth.spontaneous`."""
    noise: float = 1.0
    """Sensor noise, 0..5; 1 is usual, 0 makes small files."""
    max_resolution: int = 320
    """Longest side of an image, pixels, 96..1000."""
    rigs: tuple[str, ...] = ()
    """Base geometries to keep; empty: all of the split."""

    def __post_init__(self) -> None:
        require("wearers", self.wearers, 1, 100_000)
        require("seed", self.seed, 0, 2**31 - 1)
        require("fps", self.fps, 20, 240)
        if self.seconds is not None:
            require("seconds", self.seconds, 3, 600)
        require("noise", self.noise, 0, 5)
        require("max_resolution", self.max_resolution, 96, 1000)
        if self.split not in ("train", "validation", "test"):
            raise ConfigError(f"split: expected train, validation or test, got {self.split!r}")
        known = {g.name for g in (*EYE_GEOMETRIES, *MOUTH_GEOMETRIES) if g.split == self.split}
        if not set(self.rigs) <= known:
            raise ConfigError(f"rigs: expected some of {sorted(known)}, got {self.rigs}")

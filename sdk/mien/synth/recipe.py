"""A data set in a few numbers: the same recipe gives the same bytes."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from functools import cache
from pathlib import Path
from typing import Any, Final

from mien.capture.toml_file import read_toml
from mien.config import require
from mien.errors import ConfigError
from mien.synth.motion import Mix
from mien.synth.rigs import EYE_GEOMETRIES, MOUTH_GEOMETRIES, Split
from mien.synth.truth_files import EXTRAS

RECIPES: Final = Path(__file__).with_name("recipes")
"""Folder of the recipes that ship: `tiny`, `train`, `validation`, `test`."""
FORMAT_VERSION: Final = 2
"""Raised when the same recipe gives other bytes than before: sessions are then rendered anew."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """What to render."""

    head: Path
    """A head file, see `HEAD.md`."""
    more_heads: tuple[Path, ...] = ()
    """Further head files; wearers take turns."""
    split: Split = "train"
    """Which base rigs, motion style and part of recorded curves; identities of the splits
    differ by their seeds."""
    wearers: int = 1
    """Persons, 1..100000."""
    visits: int = 1
    """Sessions of each wearer, 1..100: the same face another day, see `mien.synth.visits`."""
    wearers_per_headset: int = 1
    """How many wearers in a row share a headset, 1..1000."""
    seed: int = 0
    """0..2^31-1."""
    fps: float = 30.0
    """Frames per second and camera, 20..240 (truth may not be sparser)."""
    frame_step: int = 1
    """Every how manyth frame is rendered, 1..100: more than 1 gives stills of many wearers in
    little time (to tell wearers and emotions apart, D1), which no optical flow can follow."""
    seconds: float | None = None
    """About how long a session is, 3..600; None: the whole of `mix`, about 150 s."""
    mix: Mix = field(default_factory=Mix)
    """What a session is made of."""
    motion: Path | None = None
    """Recorded ARKit curves for the spontaneous part, see `synth.spontaneous`."""
    noise: float = 1.0
    """Sensor noise, 0..5; 1 is usual, 0 makes small files."""
    max_resolution: int = 320
    """Longest side of an image, pixels, 96..1000; finer cameras are scaled down to it."""
    rigs: tuple[str, ...] = ()
    """Base geometries to keep; empty: all of the split."""
    truth: tuple[str, ...] = ()
    """Truth that costs time and space: `boxes`, `labels`."""

    def __post_init__(self) -> None:
        require("wearers", self.wearers, 1, 100_000)
        require("visits", self.visits, 1, 100)
        require("wearers_per_headset", self.wearers_per_headset, 1, 1000)
        require("seed", self.seed, 0, 2**31 - 1)
        require("fps", self.fps, 20, 240)
        require("frame_step", self.frame_step, 1, 100)
        if self.seconds is not None:
            require("seconds", self.seconds, 3, 600)
        require("noise", self.noise, 0, 5)
        require("max_resolution", self.max_resolution, 96, 1000)
        if self.split not in ("train", "validation", "test"):
            raise ConfigError(f"split: expected train, validation or test, got {self.split!r}")
        known = {g.name for g in (*EYE_GEOMETRIES, *MOUTH_GEOMETRIES) if g.split == self.split}
        if not set(self.rigs) <= known:
            raise ConfigError(f"rigs: expected some of {sorted(known)}, got {self.rigs}")
        if not set(self.truth) <= set(EXTRAS):
            raise ConfigError(f"truth: expected some of {EXTRAS}, got {self.truth}")

    @property
    def sessions(self) -> int:
        """How many sessions there are, numbered person by person."""
        return self.wearers * self.visits

    def head_of(self, session: int) -> Path:
        """The head file of a session; persons take turns, or groups that share a headset."""
        turn = session // self.visits // self.wearers_per_headset
        return (self.head, *self.more_heads)[turn % (1 + len(self.more_heads))]

    def digest(self, wearer: int) -> str:
        """16 hex digits that change when this wearer's session would."""
        settings = asdict(self) | {
            "head": _sha256(self.head_of(wearer)),
            "more_heads": "",
            "motion": _sha256(self.motion) if self.motion else "",
            "wearers": wearer,
            "version": FORMAT_VERSION,
        }
        return hashlib.sha256(repr(sorted(settings.items())).encode()).hexdigest()[:16]


def load_recipe(name: str, heads: tuple[Path, ...], **changes: Any) -> Recipe:  # noqa: ANN401
    """Read a recipe.

    Args:
        name: One that ships, or the path of a TOML file. Its keys are fields of `Recipe`
            other than files; `[mix]` has the fields of `Mix`.
        heads: Head files, one or more.
        changes: Fields that replace the file's.

    Raises:
        ConfigError: If there is no such recipe, or a key or value does not fit.
        SessionError: If it is not TOML.
    """
    path = Path(name) if name.endswith(".toml") else RECIPES / f"{name}.toml"
    if not path.is_file():
        known = ", ".join(sorted(file.stem for file in RECIPES.glob("*.toml")))
        raise ConfigError(f"recipe: expected {known}, or a .toml file, got {name!r}")
    content = read_toml(path)
    _check_keys(path, content, Recipe, without=("head", "more_heads", "motion"))
    mix = content.pop("mix", {})
    _check_keys(path, mix, Mix)
    listed = {key: tuple(value) for key, value in content.items() if isinstance(value, list)}
    try:
        settings = {**content, **listed, "mix": Mix(**mix), **changes}
        return Recipe(head=heads[0], more_heads=tuple(heads[1:]), **settings)
    except TypeError as exc:
        raise ConfigError(f"{path.name}: expected numbers where numbers belong, got {exc}") from exc


def _check_keys(path: Path, content: object, kind: type, *, without: tuple[str, ...] = ()) -> None:
    known = {each.name for each in fields(kind)} - set(without)
    if not isinstance(content, Mapping):
        raise ConfigError(f"{path.name}: expected a table of {sorted(known)}, got {content!r}")
    if unknown := sorted(set(content) - known):
        raise ConfigError(f"{path.name}: expected keys {sorted(known)}, got {unknown}")


@cache
def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""

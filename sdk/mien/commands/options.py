"""Options that several subcommands share, so that one word means one thing."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final, TypeAlias

from mien import schema
from mien.errors import MienError

Option: TypeAlias = tuple[str, dict[str, Any]]
"""Name of an argument and the keywords of `add_argument`."""
PATH: Final = {"type": Path}
OUT: Final[Option] = ("--out", {"type": Path, "required": True, "help": "where to write"})
JSON: Final[Option] = ("--json", {**PATH, "metavar": "FILE", "help": "write the result as JSON"})
MODEL: Final[Option] = ("--model", {**PATH, "help": "model file; default: the shipped one"})
SESSIONS: Final[Option] = (
    "sessions",
    {**PATH, "nargs": "+", "help": "sessions, or folders of sessions"},
)
NO_ADAPT: Final[Option] = (
    "--no-adapt",
    {"action": "store_true", "help": "no running recalibration to the wearer"},
)
FPS: Final[Option] = ("--fps", {"type": float, "help": "frames per second"})
RIG: Final[Option] = ("--rig", {**PATH, "help": "rig.toml of the cameras"})
SEED: Final[Option] = ("--seed", {"type": int})
WORKERS: Final[Option] = ("--workers", {"type": int, "default": 1, "help": "processes"})


def camera_and_place(option: str, text: str) -> tuple[str, str]:
    """`NAME=SOURCE` as its two parts.

    Raises:
        MienError: If it is not of this form, or no camera has the name.
    """
    name, _, place = text.partition("=")
    if name not in schema.CAMERAS or not place:
        known = ", ".join(schema.CAMERAS)
        raise MienError(f"{option}: expected NAME=SOURCE, NAME one of {known}, got {text!r}")
    return name, place

"""Options that several subcommands share, so that one word means one thing."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final, TypeAlias

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

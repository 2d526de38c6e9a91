"""What a subcommand is, and how it answers."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from mien.commands.options import Option

DONE: Final = 0
BAD: Final = 1
"""It was done, and the result is bad."""


@dataclass(frozen=True, slots=True)
class Command:
    """One subcommand."""

    name: str
    """One word, or two: `session check`."""
    run: Callable[[argparse.Namespace], int]
    """Takes the parsed options, returns the exit status; its docstring is the help text."""
    options: tuple[Option, ...]


def chosen(given: argparse.Namespace, *names: str) -> dict[str, Any]:
    """The options that were given; what was not stays the library's default."""
    return {name: getattr(given, name) for name in names if getattr(given, name) is not None}


def write_json(given: argparse.Namespace, report: object) -> None:
    """Write the result where `--json` says, if it was given."""
    if given.json:
        given.json.parent.mkdir(parents=True, exist_ok=True)
        given.json.write_text(json.dumps(report, indent=1, default=str) + "\n", encoding="utf-8")

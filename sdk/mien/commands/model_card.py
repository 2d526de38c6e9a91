"""Write the card of a model file."""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from mien.commands.command import DONE, Command
from mien.commands.options import OUT, PATH
from mien.errors import MienError


def card(given: argparse.Namespace) -> int:
    """Write a model's card from its file and from results of `mien evaluate --json`."""
    from mien.runtime.model import default_path
    from mien.runtime.model_file import read_model_file
    from mien.study.model_card import model_card

    path = given.model or default_path()
    _, info = read_model_file(path)
    try:
        text = model_card(
            info,
            {one.stem: _read(one) for one in given.metrics},
            file_bytes=path.stat().st_size,
            command=_command(given, path),
            trained_on=_provenance(given.trained_on),
            parity=_read(given.parity) if given.parity else None,
        )
    except (KeyError, TypeError, ValueError) as exc:
        raise MienError(f"card: expected results of this version's commands, got {exc}") from exc
    given.out.parent.mkdir(parents=True, exist_ok=True)
    given.out.write_text(text, encoding="utf-8")
    print(f"card -> {given.out}")
    return DONE


def _read(path: Path) -> Mapping[str, Any]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as exc:
        raise MienError(f"{path}: expected a result as JSON, got {exc}") from exc
    if not isinstance(content, dict):
        raise MienError(f"{path}: expected a JSON object, got {type(content).__name__}")
    return content


def _provenance(sessions: list[Path] | None) -> Mapping[str, Any] | None:
    from mien.studio.evaluate import find_sessions
    from mien.train.provenance import provenance

    return provenance(find_sessions(sessions)) if sessions else None


def _command(given: argparse.Namespace, path: Path) -> str:
    """What was asked for, without the paths of this machine."""
    metrics = " ".join(one.name for one in given.metrics)
    trained = " --trained-on SESSIONS..." if given.trained_on else ""
    parity = f" --parity {given.parity.name}" if given.parity else ""
    return f"mien card {path.name} --metrics {metrics}{trained}{parity} --out {given.out.name}"


COMMANDS: Final = (
    Command(
        "card",
        card,
        (
            ("model", {**PATH, "nargs": "?", "help": "model file; default: the shipped one"}),
            (
                "--metrics",
                {**PATH, "nargs": "+", "required": True, "help": "of `mien evaluate --json`"},
            ),
            ("--parity", {**PATH, "help": "of `mien study parity --json`"}),
            (
                "--trained-on",
                {**PATH, "nargs": "+", "help": "its training sessions; default: what it says"},
            ),
            OUT,
        ),
    ),
)

"""Train one network under many settings."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Final

from mien.commands.command import DONE, Command, chosen, write_json
from mien.commands.options import JSON, OUT, PATH, WORKERS
from mien.commands.run_settings import require_complete, with_sessions
from mien.errors import ConfigError


def sweep(given: argparse.Namespace) -> int:
    """Train every combination of settings with every seed; the best on validation comes first."""
    from mien.study.sweep_page import write_sweep_page
    from mien.train.run_file import read_run_file
    from mien.train.sweep import Sweep, run_sweep

    settings = with_sessions(read_run_file(given.config) | {"out": given.out}, {})
    require_complete(settings)
    plan = Sweep(settings=settings, choices=_choices(given.vary), **chosen(given, "seeds"))
    tried = run_sweep(plan, workers=given.workers, ray_address=given.ray, on_step=print)
    page = write_sweep_page(tried, given.out, command=_command(given))
    print(page.read_text(encoding="utf-8"))
    write_json(given, tried)
    return DONE


def _choices(named: list[str]) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for text in named:
        key, _, values = text.partition("=")
        if not key or not values:
            raise ConfigError(
                f"--vary: expected KEY=VALUE,VALUE, got {text!r}; as in --vary epochs=4,8"
            )
        if key in found:
            raise ConfigError(f"--vary: expected {key} once, got it twice; join its values")
        found[key] = tuple(value.strip() for value in values.split(","))
    return found


def _command(given: argparse.Namespace) -> str:
    """What was asked for, without the paths of this machine."""
    named = _choices(given.vary).items()
    varied = (f"{key}={','.join(Path(value).name for value in values)}" for key, values in named)
    seeds = f" --seeds {given.seeds}" if given.seeds else ""
    vary = " ".join(f"--vary {text}" for text in varied)
    return f"mien sweep --config {given.config.name} {vary}{seeds} --out {given.out.name}"


COMMANDS: Final = (
    Command(
        "sweep",
        sweep,
        (
            OUT,
            JSON,
            WORKERS,
            ("--config", {**PATH, "required": True, "metavar": "TOML", "help": "what runs share"}),
            (
                "--vary",
                {
                    "action": "append",
                    "required": True,
                    "metavar": "KEY=VALUES",
                    "help": "a setting and its values, with commas; augment.bend=0,0.02",
                },
            ),
            ("--seeds", {"type": int, "help": "runs of every combination; default 3"}),
            ("--ray", {"metavar": "ADDRESS", "help": "Ray cluster: auto, local or an address"}),
        ),
    ),
)

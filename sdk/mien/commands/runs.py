"""Compare runs that were taught with different things."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Final

from mien.commands.command import DONE, Command, chosen, write_json
from mien.commands.options import JSON, OUT, PATH, SESSIONS
from mien.errors import ConfigError


def study_runs(given: argparse.Namespace) -> int:
    """Score runs in groups, one run per seed: all sessions, each head, each unit."""
    from mien.studio.evaluate import find_sessions
    from mien.studio.progress import Bars
    from mien.study.runs_page import write_runs_page
    from mien.train.config import LoadConfig
    from mien.train.run_scores import run_scores

    groups = _groups(given.run)
    reference = given.reference or ""
    if reference and reference not in groups:
        raise ConfigError(
            f"--reference: expected one of {', '.join(groups)}, got {reference}; "
            "name a group that a --run belongs to"
        )
    with Bars() as bars:
        told = run_scores(
            groups,
            find_sessions(given.sessions),
            config=LoadConfig(**chosen(given, "cache")),
            progress=bars,
            **chosen(given, "labels"),
        )
    page = write_runs_page(told, given.out, command=_command(given), reference=reference)
    print(page.read_text(encoding="utf-8"))
    write_json(given, told)
    return DONE


def _groups(named: list[str]) -> dict[str, list[Path]]:
    groups: dict[str, list[Path]] = {}
    for text in named:
        name, _, run = text.partition("=")
        if not name or not run:
            raise ConfigError(f"--run: expected NAME=RUN, got {text!r}; as in --run labels=run_1")
        groups.setdefault(name, []).append(Path(run))
    return groups


def _command(given: argparse.Namespace) -> str:
    """What was asked for, without the paths of this machine."""
    runs = " ".join(
        f"--run {name}={run.name}" for name, found in _groups(given.run).items() for run in found
    )
    reference = f" --reference {given.reference}" if given.reference else ""
    labels = f" --labels {Path(given.labels).name}" if given.labels else ""
    return f"mien study runs SESSIONS... {runs}{reference}{labels} --out {given.out.name}"


COMMANDS: Final = (
    Command(
        "study runs",
        study_runs,
        (
            SESSIONS,
            OUT,
            JSON,
            (
                "--run",
                {
                    "action": "append",
                    "required": True,
                    "metavar": "NAME=RUN",
                    "help": "a run and the group that it belongs to; once per seed",
                },
            ),
            ("--reference", {"metavar": "NAME", "help": "group that the others are shares of"}),
            ("--labels", {"help": "Parquet file of `mien label`; default: exact truth"}),
            ("--cache", {**PATH, "help": "folder of the crop cache"}),
        ),
    ),
)

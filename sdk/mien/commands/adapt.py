"""Fit a network to one wearer, and measure what that gains."""

from __future__ import annotations

import argparse
from typing import Any, Final

from mien.commands.command import DONE, Command, write_json
from mien.commands.options import JSON, OUT, PATH, SESSIONS
from mien.commands.track import print_info


def adapt(given: argparse.Namespace) -> int:
    """Fit a run's last block to the first minute of a wearer's cued session, and export it."""
    from mien.studio.tables import number, print_table
    from mien.train.personal import adapt_run

    personal = adapt_run(given.run_folder, given.session, given.out, is_forced=given.force)
    told: dict[str, Any] = personal.as_json()
    rows = [
        (
            kind,
            fit["reason"] or f"{fit['epochs']} epochs",
            number(fit["error_before"], digits=4),
            number(fit["error_after"], digits=4),
        )
        for kind, fit in told["fits"].items()
    ]
    print_table("squared error on held-out halves", ("network", "fit", "base", "fitted"), rows)
    print(f"personal model of {personal.seconds:.1f} s -> {given.out}")
    write_json(given, told)
    return print_info(argparse.Namespace(json=None), given.out)


def study_adaptation(given: argparse.Namespace) -> int:
    """Adapt to the first minute of sessions step by step, and judge on what follows."""
    from mien.studio.evaluate import find_sessions
    from mien.studio.progress import Bars
    from mien.study.adaptation_page import write_adaptation_page
    from mien.train.adaptation_steps import run_adaptation_study

    with Bars() as bars:
        told = run_adaptation_study(find_sessions(given.sessions), given.run_folder, progress=bars)
    command = f"mien study adaptation SESSIONS... --run {told['run']} --out {given.out.name}"
    page = write_adaptation_page(told, given.out, command=command)
    print(page.read_text(encoding="utf-8"))
    write_json(given, told)
    return DONE


_FORCE: Final = (
    "--force",
    {"action": "store_true", "help": "whatever the run's verification says"},
)
COMMANDS: Final = (
    Command(
        "adapt",
        adapt,
        (
            ("run_folder", {**PATH, "metavar": "run", "help": "a run's folder, or model.pt"}),
            ("session", {**PATH, "help": "begins with cues; its first minute is looked at"}),
            OUT,
            _FORCE,
            JSON,
        ),
    ),
    Command(
        "study adaptation",
        study_adaptation,
        (
            SESSIONS,
            OUT,
            JSON,
            ("--run", {**PATH, "dest": "run_folder", "required": True, "help": "run, or model.pt"}),
        ),
    ),
)

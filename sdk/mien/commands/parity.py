"""Compare the file that ships with what it was made of, and write its card."""

from __future__ import annotations

import argparse
from typing import Final

from mien.commands.command import BAD, DONE, Command, chosen, write_json
from mien.commands.options import JSON, MODEL, OUT, PATH, SESSIONS


def study_parity(given: argparse.Namespace) -> int:
    """Compare a run's float networks with its int8 file: by value, by head, and what it costs."""
    from mien.studio.evaluate import find_sessions
    from mien.studio.progress import Bars
    from mien.study.parity_page import write_parity_study
    from mien.train.config import LoadConfig
    from mien.train.parity import parity

    with Bars() as bars:
        report = parity(
            given.run_folder,
            find_sessions(given.sessions),
            config=LoadConfig(threads=1, **chosen(given, "cache")),
            progress=bars,
            **chosen(given, "model", "labels"),
        )
    model = f" --model {given.model.name}" if given.model else ""
    command = f"mien study parity {report['run']} SESSIONS...{model} --out {given.out.name}"
    page = write_parity_study(report, given.out, command=command)
    print(page.read_text(encoding="utf-8"))
    write_json(given, report)
    return DONE if all(goal["met"] for goal in report["goals"].values()) else BAD


COMMANDS: Final = (
    Command(
        "study parity",
        study_parity,
        (
            ("run_folder", {**PATH, "metavar": "run", "help": "a run's folder, or model.pt"}),
            SESSIONS,
            MODEL,
            OUT,
            JSON,
            ("--labels", {"help": "Parquet file of `mien label`; default: exact truth"}),
            ("--cache", {**PATH, "help": "folder of the crop cache"}),
        ),
    ),
)

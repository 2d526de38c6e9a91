"""Measure how well units are found with their regions."""

from __future__ import annotations

import argparse
from typing import Any, Final

from mien.commands.command import DONE, Command, chosen, write_json
from mien.commands.options import JSON, OUT, PATH, SESSIONS


def study_boxes(given: argparse.Namespace) -> int:
    """Score the action-unit detection layer: F1 and average precision of each unit."""
    from mien.studio.evaluate import find_sessions
    from mien.studio.progress import Bars
    from mien.study.boxes import box_tables
    from mien.study.boxes_page import write_box_study
    from mien.train.box_finds import find_boxes
    from mien.train.config import LoadConfig, SampleConfig

    settings: dict[str, Any] = chosen(given, "cache")
    if given.fps is not None:
        settings["samples"] = SampleConfig(fps=given.fps)
    config = LoadConfig(**settings)
    with Bars() as bars:
        validation, test = (
            find_boxes(given.run_folder, find_sessions(paths), config=config, progress=bars)
            for paths in (given.validate, given.sessions)
        )
    tables = box_tables(validation, test)
    fps = f" --fps {given.fps:g}" if given.fps is not None else ""
    command = (
        f"mien study boxes SESSIONS... --run {given.run_folder.name} --validate SESSIONS...{fps}"
    )
    page = write_box_study(tables, given.out, command=f"{command} --out {given.out.name}")
    print(page.read_text(encoding="utf-8"))
    write_json(given, tables)
    return DONE


COMMANDS: Final = (
    Command(
        "study boxes",
        study_boxes,
        (
            SESSIONS,
            OUT,
            JSON,
            (
                "--run",
                {**PATH, "dest": "run_folder", "required": True, "help": "run, or its model.pt"},
            ),
            (
                "--validate",
                {**PATH, "nargs": "+", "required": True, "help": "sessions that choose thresholds"},
            ),
            ("--fps", {"type": float, "help": "frames per second that count; default 8"}),
            ("--cache", {**PATH, "help": "folder of the crop cache"}),
        ),
    ),
)

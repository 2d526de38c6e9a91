"""Score the tracker."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from mien.commands.command import DONE, Command, write_json
from mien.commands.options import JSON, MODEL, NO_ADAPT, PATH, SESSIONS
from mien.config import TrackerConfig


def evaluate(given: argparse.Namespace) -> int:
    """Score the real tracker against the exact truth of sessions."""
    from rich.console import Console

    from mien.runtime.model import Model
    from mien.studio.evaluate import evaluate_sessions, find_sessions
    from mien.studio.progress import Bars
    from mien.studio.report import write_report
    from mien.studio.tables import number, scores_table

    model = Model.load(given.model)
    config = TrackerConfig(is_adaptive=not given.no_adapt)
    with Bars() as bars:
        evaluation = evaluate_sessions(
            find_sessions(given.sessions), model, config=config, progress=bars
        )
    Console().print(scores_table(evaluation.scores))
    print(f"against shuffled truth (control): mean r {number(evaluation.control.mean_r)}")
    if given.report:
        print(f"report -> {write_report(evaluation, model.info, given.report)}")
    if given.curves:
        _draw_curves(evaluation.curves, given.curves)
    about_model = {"name": model.info.path.name, "fingerprint": model.info.fingerprint}
    write_json(given, evaluation.as_json() | {"model": about_model, "adapts": config.is_adaptive})
    return DONE


def _draw_curves(curves: Sequence[Any], folder: Path) -> None:
    from mien.studio.curves_picture import curves_picture

    for one in curves:
        print(f"curves -> {curves_picture(one, folder / f'{one.name}.png')}")


COMMANDS: Final = (
    Command(
        "evaluate",
        evaluate,
        (
            SESSIONS,
            MODEL,
            NO_ADAPT,
            JSON,
            ("--report", {**PATH, "metavar": "HTML", "help": "write a report page"}),
            ("--curves", {**PATH, "metavar": "FOLDER", "help": "draw a picture per session"}),
        ),
    ),
)

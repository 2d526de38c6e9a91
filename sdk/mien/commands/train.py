"""Train networks and turn them into the file that the headset runs."""

from __future__ import annotations

import argparse
import json
from typing import Final

from mien.commands.command import DONE, Command, chosen, write_json
from mien.commands.options import JSON, OUT, PATH, SEED, SESSIONS
from mien.commands.track import print_info


def train(given: argparse.Namespace) -> int:
    """Train the networks on labelled sessions; a run that stopped goes on where it was."""
    from mien.studio.evaluate import find_sessions
    from mien.studio.progress import Bars
    from mien.studio.tables import number, print_table
    from mien.train.config import TrainConfig
    from mien.train.fit import train as fit

    options = chosen(
        given, "labels", "validation_labels", "start", "epochs", "batch", "learning_rate", "seed",
        "width", "threads", "max_minutes", "cache", "shuffle_labels",
    )  # fmt: skip
    config = TrainConfig(
        sessions=tuple(find_sessions(given.sessions)),
        validation_sessions=tuple(find_sessions(given.validate)),
        out=given.out,
        **options,
    )
    with Bars() as bars:
        checkpoint = fit(config, progress=bars)
    history = json.loads(checkpoint.with_name("history.json").read_text(encoding="utf-8"))
    rows = [
        (kind, str(epoch["epoch"]), *(number(epoch[key]) for key in ("mean_r", "mean_mae")))
        for kind, epochs in history.items()
        for epoch in epochs
    ]
    print_table("validation", ("network", "epoch", "mean r", "mean MAE"), rows)
    print(f"checkpoint -> {checkpoint}")
    write_json(given, history)
    return DONE


def export(given: argparse.Namespace) -> int:
    """Turn a checkpoint into the int8 file that the headset runs."""
    from mien.train.export import export as write_model

    print(f"model -> {write_model(given.run, given.out)}")
    return print_info(given, given.out)


COMMANDS: Final = (
    Command(
        "train",
        train,
        (
            SESSIONS,
            OUT,
            SEED,
            JSON,
            ("--validate", {**PATH, "nargs": "+", "required": True, "help": "other wearers"}),
            ("--labels", {"help": "Parquet file of `mien label`, or `truth`"}),
            ("--validation-labels", {"help": "the same for --validate"}),
            ("--start", {"metavar": "RUN", "help": "begin with the weights of another run"}),
            ("--epochs", {"type": int}),
            ("--batch", {"type": int}),
            ("--learning-rate", {"type": float}),
            ("--width", {"type": float, "help": "channels, relative to the default"}),
            ("--threads", {"type": int}),
            ("--max-minutes", {"type": float}),
            (
                "--shuffle-labels",
                {"action": "store_true", "default": None, "help": "control: must score about 0"},
            ),
            ("--cache", {**PATH, "help": "folder of the crop cache"}),
        ),
    ),
    Command(
        "export", export, (("run", {**PATH, "help": "a run's folder, or model.pt"}), OUT, JSON)
    ),
)

"""Train networks and turn them into the file that the headset runs."""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from mien.commands.command import BAD, DONE, Command, chosen, write_json
from mien.commands.options import JSON, OUT, PATH, SEED, SESSIONS
from mien.commands.run_settings import require_complete, with_sessions
from mien.commands.track import print_info

REPORT_FILE: Final = "report.html"


def train(given: argparse.Namespace) -> int:
    """Train the networks on labelled sessions; a run that stopped goes on where it was.

    Settings come from --config, and what is given here wins. Several processes or machines
    share a run under torchrun.
    """
    from mien.train.run_file import run_text

    settings = _settings(given)
    if given.print_config:
        print(run_text(settings), end="")
        return DONE
    require_complete(settings)
    from mien.train.config import TrainConfig
    from mien.train.distribute import is_first_process
    from mien.train.fit import train as fit

    config = TrainConfig(**settings)
    if not is_first_process():
        fit(config)
        return DONE
    from mien.studio.progress import Bars

    with Bars() as bars:
        checkpoint = fit(config, progress=bars)
    history = json.loads(checkpoint.with_name("history.json").read_text(encoding="utf-8"))
    _tell(checkpoint, history)
    write_json(given, history)
    return DONE


def _settings(given: argparse.Namespace) -> dict[str, Any]:
    """Arguments of `TrainConfig` from the file and the flags; the flags win."""
    from mien.train.run_file import read_run_file

    settings = read_run_file(given.config) if given.config else {}
    settings |= chosen(
        given, "labels", "validation_labels", "start", "epochs", "batch", "learning_rate", "seed",
        "width", "threads", "max_minutes", "cache", "shuffle_labels", "patience", "device",
        "precision", "tensorboard", "out",
    )  # fmt: skip
    given_sessions = {
        "sessions": given.sessions,
        "validation_sessions": given.validate,
        "scenes": given.scenes,
        "validation_scenes": given.validation_scenes,
    }
    return with_sessions(settings, given_sessions)


def _tell(checkpoint: Path, history: Mapping[str, Any]) -> None:
    from mien.studio.tables import number, print_table
    from mien.studio.train_report import write_train_report
    from mien.studio.weight_curves import read_weight_entries
    from mien.train.checkpoint import load_trained
    from mien.train.task_weights.curve import CURVE_FILE

    model = load_trained(checkpoint)
    rows = [
        (kind, str(epoch["epoch"]), *(number(epoch[key]) for key in ("mean_r", "mean_mae")))
        for kind, epochs in history.items()
        for epoch in epochs
    ]
    print_table("validation", ("network", "epoch", "mean r", "mean MAE"), rows)
    report = write_train_report(
        history,
        checkpoint.with_name(REPORT_FILE),
        training=model.training,
        metrics=model.metrics,
        verification=model.verification,
        weights=read_weight_entries(checkpoint.with_name(CURVE_FILE)),
    )
    print(f"checkpoint -> {checkpoint}\nreport -> {report}")
    _print_verification(model.verification)


def _print_verification(verification: Mapping[str, Any] | None) -> int:
    from mien.studio.tables import number, print_table
    from mien.train.verification import refusal

    if verification:
        rows = [
            (name, number(verification[name]["mean_r"]), number(verification[name]["mean_mae"]))
            for name in ("clean", "covered")
        ]
        print_table("verification", ("half of the mix", "mean r", "mean MAE"), rows)
    reason = refusal(verification)
    print(f"not to be released: {reason}" if reason else "may be released")
    return BAD if reason else DONE


def verify(given: argparse.Namespace) -> int:
    """Measure a finished run on clean and covered images, and keep the result in its model.pt."""
    from mien.studio.evaluate import find_sessions
    from mien.studio.progress import Bars
    from mien.train.config import LoadConfig
    from mien.train.occlusion_scores import verify_run

    with Bars() as bars:
        verification = verify_run(
            given.run_folder,
            find_sessions(given.sessions),
            config=LoadConfig(**chosen(given, "cache")),
            progress=bars,
            **chosen(given, "labels"),
        )
    write_json(given, verification)
    return _print_verification(verification)


def export(given: argparse.Namespace) -> int:
    """Turn a checkpoint that passes verification into the int8 file that the headset runs."""
    from mien.train.export import export as write_model

    print(f"model -> {write_model(given.run_folder, given.out, is_forced=given.force)}")
    return print_info(given, given.out)


_RUN: Final = ("run_folder", {**PATH, "metavar": "run", "help": "a run's folder, or model.pt"})
_LABELS: Final = ("--labels", {"help": "Parquet file of `mien label`, or `truth`"})
_CACHE: Final = ("--cache", {**PATH, "help": "folder of the crop cache"})
_SWITCH: Final = {"action": "store_true", "default": None}

COMMANDS: Final = (
    Command(
        "train",
        train,
        (
            ("sessions", {**PATH, "nargs": "*", "help": "sessions, or folders of sessions"}),
            ("--config", {**PATH, "metavar": "TOML", "help": "settings of the run"}),
            ("--print-config", {"action": "store_true", "help": "print all settings and end"}),
            ("--out", {**PATH, "help": "folder of the run"}),
            SEED,
            JSON,
            ("--validate", {**PATH, "nargs": "+", "help": "other wearers"}),
            ("--scenes", {**PATH, "nargs": "+", "help": "sessions that teach all but the units"}),
            ("--validation-scenes", {**PATH, "nargs": "+", "help": "the same of other wearers"}),
            _LABELS,
            ("--validation-labels", {"help": "the same for --validate"}),
            ("--start", {"metavar": "RUN", "help": "begin with the weights of another run"}),
            ("--epochs", {"type": int}),
            ("--patience", {"type": int, "help": "epochs without a gain after which to stop"}),
            ("--batch", {"type": int}),
            ("--learning-rate", {"type": float}),
            ("--width", {"type": float, "help": "channels, relative to the default"}),
            ("--threads", {"type": int}),
            ("--device", {"help": "cpu, cuda or auto"}),
            ("--precision", {"help": "float32, bfloat16 or auto"}),
            ("--max-minutes", {"type": float}),
            ("--tensorboard", {**_SWITCH, "help": "also write curves for TensorBoard"}),
            ("--shuffle-labels", {**_SWITCH, "help": "control: must score about 0"}),
            _CACHE,
        ),
    ),
    Command("verify", verify, (_RUN, SESSIONS, _LABELS, _CACHE, JSON)),
    Command(
        "export",
        export,
        (
            _RUN,
            OUT,
            JSON,
            ("--force", {"action": "store_true", "help": "whatever its verification says"}),
        ),
    ),
)

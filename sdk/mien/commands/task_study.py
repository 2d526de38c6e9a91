"""Compare the rules for the task weights."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any, Final

from mien.commands.command import DONE, Command, chosen, write_json
from mien.commands.options import JSON, OUT, PATH, SEED
from mien.errors import ConfigError


def study_tasks(given: argparse.Namespace) -> int:
    """Train one network under every rule for the task weights, at equal compute.

    Settings come from --config, as for `mien train`, and what is given here wins; the epochs are
    those of uniform weights.
    """
    from mien.studio.progress import Bars
    from mien.study.task_page import write_task_study
    from mien.train.config import TrainConfig
    from mien.train.targets import KINDS
    from mien.train.task_study import TaskStudy, run_task_study

    settings = _settings(given)
    study = TaskStudy(
        train=TrainConfig(**settings),
        judge_sessions=_found(given.judge),
        judge_scenes=_found(given.judge_scenes),
        kinds=(given.camera,) if given.camera else KINDS,
        **chosen(given, "seeds", "samples"),
    )
    with Bars() as bars:
        report = run_task_study(study, progress=bars)
    report["command"] = _command(given, settings)
    page = write_task_study(report, given.out)
    print(page.read_text(encoding="utf-8"))
    write_json(given, report)
    return DONE


def _settings(given: argparse.Namespace) -> dict[str, Any]:
    from mien.train.run_file import read_run_file

    settings = read_run_file(given.config) if given.config else {}
    settings |= chosen(given, *_FLAGS, "out", "cache", "labels", "validation_labels")
    for name, flag in (
        ("sessions", given.sessions),
        ("validation_sessions", given.validate),
        ("scenes", given.scenes),
        ("validation_scenes", given.validation_scenes),
    ):
        settings[name] = _found(flag or settings.get(name))
        if not settings[name] and not name.endswith("scenes"):
            raise ConfigError(f"{name}: expected at least one, got none; name them, or --config")
    return settings


def _found(paths: list[Path] | None) -> tuple[Path, ...]:
    from mien.studio.evaluate import find_sessions

    return tuple(find_sessions(paths)) if paths else ()


_FLAGS: Final = ("epochs", "batch", "learning_rate", "width", "threads", "seed")
_FOLDERS: Final = ("--validate", "--judge", "--scenes", "--validation-scenes", "--judge-scenes")


def _command(given: argparse.Namespace, settings: dict[str, Any]) -> str:
    """What was asked for, without the paths of this machine."""
    folders = (f for f in _FOLDERS if getattr(given, f.lstrip("-").replace("-", "_")))
    files = (f for f in ("labels", "validation_labels", "config") if getattr(given, f))
    values = {
        name: settings.get(name, getattr(given, name))
        for name in (*_FLAGS, "seeds", "samples", "camera")
    }
    words = [
        "mien study tasks SESSIONS...",
        *(f"{flag} SESSIONS..." for flag in folders),
        *(f"{_flag(name)} FILE" for name in files),
        *(f"{_flag(name)} {value}" for name, value in values.items() if value is not None),
    ]
    return f"{' '.join(words)} --out {given.out.name}"


def _flag(name: str) -> str:
    return f"--{name.replace('_', '-')}"


COMMANDS: Final = (
    Command(
        "study tasks",
        study_tasks,
        (
            ("sessions", {**PATH, "nargs": "*", "help": "sessions, or folders of sessions"}),
            OUT,
            SEED,
            JSON,
            ("--config", {**PATH, "metavar": "TOML", "help": "settings of the runs"}),
            ("--validate", {**PATH, "nargs": "+", "help": "other wearers, to choose by"}),
            ("--judge", {**PATH, "nargs": "+", "help": "yet others, for the result"}),
            ("--scenes", {**PATH, "nargs": "+", "help": "rendered: emotion, identity, pixels"}),
            ("--validation-scenes", {**PATH, "nargs": "+", "help": "the same for --validate"}),
            ("--judge-scenes", {**PATH, "nargs": "+", "help": "the same for --judge"}),
            ("--labels", {"help": "Parquet file of `mien label`, or `truth`"}),
            ("--validation-labels", {"help": "the same for --validate and --judge"}),
            ("--camera", {"choices": ("eye", "mouth"), "help": "one kind of camera; default both"}),
            ("--seeds", {"type": int, "help": "runs of every rule; default 3"}),
            ("--samples", {"type": int, "help": "most samples; default all"}),
            ("--epochs", {"type": int, "help": "of uniform weights"}),
            ("--batch", {"type": int}),
            ("--learning-rate", {"type": float}),
            ("--width", {"type": float, "help": "channels, relative to the default"}),
            ("--threads", {"type": int}),
            ("--cache", {**PATH, "help": "folder of the crop cache"}),
        ),
    ),
)

"""Teach models who it is and what is felt, and measure how well they tell."""

from __future__ import annotations

import argparse
from typing import Final

from mien.commands.command import DONE, Command, chosen, write_json
from mien.commands.options import JSON, OUT, PATH, SEED, SESSIONS


def study_identity(given: argparse.Namespace) -> int:
    """Compare enrolments of different visits in one headset: equal error rate and its curve."""
    from mien.studio.evaluate import find_sessions
    from mien.studio.progress import Bars
    from mien.study.identity_page import PAGE_FILE, write_identity_study
    from mien.train.config import LoadConfig
    from mien.train.identity_scores import identity_scores

    with Bars() as bars:
        models = identity_scores(
            given.runs,
            find_sessions(given.sessions),
            config=LoadConfig(**chosen(given, "cache")),
            progress=bars,
        )
    runs = " ".join(one["name"] for one in models[1:])
    command = f"mien study identity SESSIONS... --runs {runs} --out {given.out.name}"
    report = write_identity_study(models, given.out, command=command)
    print((given.out / PAGE_FILE).read_text(encoding="utf-8"))
    write_json(given, report)
    return DONE


def study_emotion(given: argparse.Namespace) -> int:
    """Score what is felt: with the wearer's vector, without, with another's; and the baseline."""
    from mien.studio.evaluate import find_sessions
    from mien.studio.progress import Bars
    from mien.study.emotion_page import PAGE_FILE, write_emotion_study
    from mien.train.config import LoadConfig
    from mien.train.emotion_scores import emotion_scores

    alone = list(given.alone or ())
    with Bars() as bars:
        models = emotion_scores(
            [*given.runs, *alone],
            find_sessions(given.sessions),
            config=LoadConfig(**chosen(given, "cache")),
            progress=bars,
        )
    parts = models[: len(given.runs)], models[len(given.runs) :]
    named = [" ".join(one["name"] for one in part) for part in parts]
    runs = f"--runs {named[0]}" + (f" --alone {named[1]}" if alone else "")
    command = f"mien study emotion SESSIONS... {runs} --out {given.out.name}"
    report = write_emotion_study(*parts, given.out, command=command)
    print((given.out / PAGE_FILE).read_text(encoding="utf-8"))
    write_json(given, report)
    return DONE


def train_heads(given: argparse.Namespace) -> int:
    """Teach a finished run who it is and what is felt; its encoders and units stay as they are."""
    from mien.studio.evaluate import find_sessions
    from mien.studio.progress import Bars
    from mien.train.wearer_heads import WearerHeadsConfig, train_wearer_heads

    config = WearerHeadsConfig(
        run=given.run_folder,
        sessions=tuple(find_sessions(given.sessions)),
        out=given.out,
        **chosen(
            given, "identity_epochs", "emotion_epochs", "learning_rate", "unknown_share", "seed",
            "cache",
        ),
    )  # fmt: skip
    with Bars() as bars:
        print(f"checkpoint -> {train_wearer_heads(config, bars)}")
    return DONE


_RUNS: Final = ("--runs", {**PATH, "nargs": "+", "required": True, "help": "runs, or model.pt"})
_CACHE: Final = ("--cache", {**PATH, "help": "folder of the crop cache"})
COMMANDS: Final = (
    Command(
        "train-heads",
        train_heads,
        (
            ("run_folder", {**PATH, "metavar": "run", "help": "a run's folder, or model.pt"}),
            SESSIONS,
            OUT,
            ("--identity-epochs", {"type": int}),
            ("--emotion-epochs", {"type": int}),
            ("--learning-rate", {"type": float}),
            (
                "--unknown-share",
                {"type": float, "help": "samples without the wearer's vector; 1: emotion only"},
            ),
            SEED,
            _CACHE,
        ),
    ),
    Command("study identity", study_identity, (SESSIONS, OUT, JSON, _RUNS, _CACHE)),
    Command(
        "study emotion",
        study_emotion,
        (
            SESSIONS,
            OUT,
            JSON,
            _RUNS,
            (
                "--alone",
                {**PATH, "nargs": "+", "help": "runs without the wearers' vectors: the baseline"},
            ),
            _CACHE,
        ),
    ),
)

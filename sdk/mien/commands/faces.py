"""Compare with what is published: identity and emotion on CK+ and FER+."""

from __future__ import annotations

import argparse
from typing import Final

from mien.commands.command import DONE, Command, chosen, write_json
from mien.commands.options import JSON, OUT, PATH, SEED, WORKERS


def study_faces(given: argparse.Namespace) -> int:
    """Learn identity and emotion jointly on CK+ and FER+, beside the published numbers.

    Bring the data yourself, in the layout in which it is published. What is finished in --out is
    kept, so a study that stopped goes on.
    """
    from mien.studio.progress import Bars
    from mien.studio.tables import print_table
    from mien.study.faces_page import HEADING, headline, write_faces_study
    from mien.train.faces.config import FacesConfig
    from mien.train.faces.jobs import plain_settings
    from mien.train.faces.run import run_faces

    names = [flag.removeprefix("--").replace("-", "_") for flag, _ in _SETTINGS]
    config = FacesConfig(
        out=given.out, has_neutral=not given.no_neutral, **chosen(given, "seed", *names)
    )
    with Bars() as bars:
        report = run_faces(
            config,
            workers=given.workers,
            progress=bars,
            on_epoch=lambda what, done, total: bars.count(done, total, what=what),
        )
    settings = plain_settings(config)
    page = write_faces_study(report, given.out, command=_command(given), settings=settings)
    print_table("accuracy, %", HEADING, headline(report))
    print(f"tables -> {page}")
    write_json(given, report)
    return DONE


def _command(given: argparse.Namespace) -> str:
    """What was asked for, without the paths of this machine."""
    paths = (("ckplus", "DIR"), ("ferplus", "DIR"), ("fer2013", "CSV"), ("identities", "DIR"))
    words = [f"--{name} {word}" for name, word in paths if getattr(given, name)]
    for flag, option in (("--seed", SEED[1]), *_SETTINGS):
        value = getattr(given, flag.removeprefix("--").replace("-", "_"))
        if option.get("type") is not PATH["type"] and value is not None:
            words.append(flag if value is True else f"{flag} {value}")
    words += ["--no-neutral"] if given.no_neutral else []
    return f"mien study faces {' '.join(words)} --out {given.out.name}"


_SETTINGS: Final = (
    ("--ckplus", {**PATH, "metavar": "DIR", "help": "CK+: cohn-kanade-images, Emotion, ..."}),
    ("--ferplus", {**PATH, "metavar": "DIR", "help": "fer2013new.csv of FER+, or its folder"}),
    ("--fer2013", {**PATH, "metavar": "CSV", "help": "fer2013.csv of Kaggle"}),
    (
        "--identities",
        {**PATH, "metavar": "DIR", "help": "a folder of faces per person; default: those of CK+"},
    ),
    ("--votes", {"help": "FER+ learns from majority (default) or soft votes"}),
    ("--network", {"help": "expression network: small, resnet18 or auto"}),
    ("--seeds", {"type": int, "help": "how many seeds, from --seed on"}),
    ("--folds", {"type": int, "help": "of CK+; default 10"}),
    ("--side-px", {"type": int, "help": "side of the faces; default 48"}),
    ("--width", {"type": float, "help": "channels, relative to the published networks"}),
    ("--identity-epochs", {"type": int}),
    ("--expression-epochs", {"type": int}),
    ("--joint-epochs", {"type": int}),
    ("--batch", {"type": int}),
    ("--learning-rate", {"type": float}),
    ("--device", {"help": "cpu, cuda or auto"}),
    (
        "--shuffle-labels",
        {"action": "store_true", "default": None, "help": "control: must score about chance"},
    ),
)

COMMANDS: Final = (
    Command(
        "study faces",
        study_faces,
        (
            OUT,
            JSON,
            SEED,
            WORKERS,
            *_SETTINGS,
            ("--no-neutral", {"action": "store_true", "help": "CK+ with seven expressions"}),
        ),
    ),
)

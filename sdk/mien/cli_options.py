"""The words of the command line: which options each subcommand takes."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final, TypeAlias

from mien import schema

Option: TypeAlias = tuple[str, dict[str, Any]]
"""Name of an argument and the keywords of `add_argument`."""
_PATH: Final = {"type": Path}
_OUT: Final[Option] = ("--out", {"type": Path, "required": True, "help": "where to write"})
_JSON: Final[Option] = ("--json", {**_PATH, "metavar": "FILE", "help": "write the result as JSON"})
_MODEL: Final[Option] = ("--model", {**_PATH, "help": "model file; default: the shipped one"})
_SESSIONS: Final[Option] = (
    "sessions",
    {**_PATH, "nargs": "+", "help": "sessions, or folders of sessions"},
)
_NO_ADAPT: Final[Option] = (
    "--no-adapt",
    {"action": "store_true", "help": "no running recalibration to the wearer"},
)
_FPS: Final[Option] = ("--fps", {"type": float, "help": "frames per second"})
_RIG: Final[Option] = ("--rig", {**_PATH, "help": "rig.toml of the cameras"})
_SEED: Final[Option] = ("--seed", {"type": int})
_WORKERS: Final[Option] = ("--workers", {"type": int, "default": 1, "help": "processes"})

OPTIONS: Final[dict[str, tuple[Option, ...]]] = {
    "track": (
        ("source", {"help": "session, video file, folder of frames, or camera index"}),
        _OUT, _MODEL, _RIG, _FPS, _NO_ADAPT, _JSON,
        ("--camera", {"choices": schema.CAMERAS, "help": "which camera a lone video is"}),
        ("--incomplete", {"action": "store_true", "help": "take a session cut short"}),
        ("--live", {"action": "store_true", "help": "show the units meanwhile"}),
    ),
    "synth": (
        ("out", {**_PATH, "help": "folder for the sessions"}),
        (
            "--head",
            {**_PATH, "action": "append", "required": True, "help": "head file; again for more"},
        ),
        ("--recipe", {"default": "plain", "help": "plain, tiny, train, ..., or a .toml file"}),
        ("--split", {"help": "train, validation or test"}),
        ("--wearers", {"type": int, "help": "number of wearers"}),
        ("--seconds", {"type": float, "help": "length; default: the whole protocol"}),
        ("--motion", {**_PATH, "help": "recorded ARKit curves for spontaneous motion"}),
        ("--noise", {"type": float, "help": "sensor noise, 1 is usual"}),
        ("--max-resolution", {"type": int, "help": "longest side of an image, pixels"}),
        (
            "--truth",
            {"action": "append", "choices": ("boxes", "labels"), "help": "truth that takes space"},
        ),
        ("--ray", {"metavar": "ADDRESS", "help": "render on Ray: auto, local, or an address"}),
        _SEED, _FPS, _WORKERS, _JSON,
    ),
    "synth import-ict": (
        ("folder", {**_PATH, "help": "the checkout"}),
        _OUT,
        ("--identities", {"type": int, "default": 30, "help": "identity modes, the largest first"}),
    ),
    "label": (_SESSIONS, _OUT, _WORKERS, _JSON),
    "train": (
        _SESSIONS, _OUT, _SEED, _JSON,
        ("--validate", {**_PATH, "nargs": "+", "required": True, "help": "other wearers"}),
        ("--labels", {"help": "Parquet file of `mien label`, or `truth`"}),
        ("--validation-labels", {"help": "the same for --validate"}),
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
        ("--cache", {**_PATH, "help": "folder of the crop cache"}),
    ),
    "export": (("run", {**_PATH, "help": "a run's folder, or model.pt"}), _OUT, _JSON),
    "evaluate": (
        _SESSIONS, _MODEL, _NO_ADAPT, _JSON,
        ("--report", {**_PATH, "metavar": "HTML", "help": "write a report page"}),
        ("--curves", {**_PATH, "metavar": "FOLDER", "help": "draw a picture per session"}),
    ),
    "record": (
        ("out", {**_PATH, "help": "new session folder"}),
        ("--camera", {"action": "append", "required": True, "metavar": "NAME=INDEX"}),
        ("--wearer", {"default": "unknown", "help": "who wears the headset"}),
        ("--seconds", {"type": float, "help": "default: until Ctrl-C"}),
        ("--cues", {**_PATH, "help": "cues.csv to follow"}),
        _RIG, _FPS, _JSON,
    ),
    "info": (("model", {**_PATH, "nargs": "?", "help": "default: the shipped one"}), _JSON),
    "session check": (_SESSIONS, _JSON),
    "demo": (
        ("session", {**_PATH, "nargs": "?", "help": "default: the shipped sample"}),
        _MODEL,
        ("--out", {**_PATH, "default": Path("out/demo"), "help": "folder for the pictures"}),
    ),
}  # fmt: skip
"""Subcommand -> its arguments."""

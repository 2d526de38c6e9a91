"""Render sessions, and make heads to render."""

from __future__ import annotations

import argparse
from typing import Final

from mien.commands.command import DONE, Command, chosen, write_json
from mien.commands.options import FPS, JSON, OUT, PATH, SEED, WORKERS


def synth(given: argparse.Namespace) -> int:
    """Render sessions with exact truth."""
    from mien.studio.progress import Bars
    from mien.synth.head import load_head
    from mien.synth.recipe import load_recipe
    from mien.synth.sessions import render_sessions

    names = ("split", "wearers", "seed", "fps", "seconds", "motion", "noise", "max_resolution")
    changes = chosen(given, *names) | ({"truth": tuple(given.truth)} if given.truth else {})
    recipe = load_recipe(given.recipe, tuple(given.head), **changes)
    for path in given.head:
        for missing in load_head(path).lacks:
            print(f"{path.name} lacks {missing}")
    with Bars() as bars:
        paths = render_sessions(
            given.out,
            recipe,
            workers=given.workers,
            ray_address=given.ray,
            progress=lambda _name, done, total: bars.count(done, total),
        )
    print(f"{len(paths)} sessions -> {given.out}")
    write_json(given, {"sessions": [str(path) for path in paths]})
    return DONE


def import_ict(given: argparse.Namespace) -> int:
    """Build a head file from a checkout of ICT-FaceKit."""
    from mien.synth.head import load_head
    from mien.synth.ict import import_ict as build

    head = load_head(build(given.folder, given.out, identities=given.identities))
    print(f"{len(head.shapes)} shapes, {len(head.identity)} identity modes -> {given.out}")
    for missing in head.lacks:
        print(f"lacks {missing}")
    return DONE


COMMANDS: Final = (
    Command(
        "synth",
        synth,
        (
            ("out", {**PATH, "help": "folder for the sessions"}),
            (
                "--head",
                {**PATH, "action": "append", "required": True, "help": "head file; again for more"},
            ),
            ("--recipe", {"default": "plain", "help": "plain, tiny, train, ..., or a .toml file"}),
            ("--split", {"help": "train, validation or test"}),
            ("--wearers", {"type": int, "help": "number of wearers"}),
            ("--seconds", {"type": float, "help": "length; default: the whole protocol"}),
            ("--motion", {**PATH, "help": "recorded ARKit curves for spontaneous motion"}),
            ("--noise", {"type": float, "help": "sensor noise, 1 is usual"}),
            ("--max-resolution", {"type": int, "help": "longest side of an image, pixels"}),
            (
                "--truth",
                {
                    "action": "append",
                    "choices": ("boxes", "labels"),
                    "help": "truth that takes space",
                },
            ),
            ("--ray", {"metavar": "ADDRESS", "help": "render on Ray: auto, local, or an address"}),
            SEED,
            FPS,
            WORKERS,
            JSON,
        ),
    ),
    Command(
        "synth import-ict",
        import_ict,
        (
            ("folder", {**PATH, "help": "the checkout"}),
            OUT,
            (
                "--identities",
                {"type": int, "default": 30, "help": "identity modes, the largest first"},
            ),
        ),
    ),
)

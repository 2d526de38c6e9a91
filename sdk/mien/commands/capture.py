"""Record sessions and look after them."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from typing import Final

from mien.commands.command import BAD, DONE, Command, write_json
from mien.commands.options import FPS, JSON, PATH, RIG, SESSIONS, camera_and_place


def record(given: argparse.Namespace) -> int:
    """Record cameras into a session."""
    from mien.capture.cues import read_cues
    from mien.capture.record import RecordHooks
    from mien.capture.record import record as record_session

    hooks = RecordHooks(
        on_cue=lambda cue: print(f"\n  {cue.kind} {cue.name}".rstrip()),
        on_progress=lambda frames: print(f"\r  {frames}", end="", flush=True),
    )
    report = record_session(
        given.out,
        dict(camera_and_place("--camera", text) for text in given.camera),
        rig=given.rig,
        seconds=given.seconds,
        cues=read_cues(given.cues) if given.cues else (),
        fps=given.fps,
        meta={"wearer": given.wearer},
        hooks=hooks,
    )
    print()
    for name, camera in report.cameras.items():
        end = f", ended: {camera.stop_reason}" if camera.stop_reason else ""
        end += f", last bad: {camera.last_reason}" if camera.bad_frames else ""
        end += f", lost {camera.losses} times: {camera.loss_reason}" if camera.losses else ""
        print(f"{name:<12} {camera.frames} frames, {camera.bad_frames} bad{end}")
    print(f"session -> {report.path}")
    write_json(given, {"cameras": {n: asdict(c) for n, c in report.cameras.items()}})
    return BAD if any(camera.stop_reason for camera in report.cameras.values()) else DONE


def check(given: argparse.Namespace) -> int:
    """Name every broken rule of sessions."""
    from mien.capture.check import check_session

    found = {path: check_session(path) for path in given.sessions}
    for path, problems in found.items():
        for problem in problems:
            print(f"{path}: {problem}")
        print(f"{path}: {'good' if not problems else f'{len(problems)} problems'}")
    write_json(given, {str(path): [asdict(p) for p in found[path]] for path in found})
    return BAD if any(found.values()) else DONE


COMMANDS: Final = (
    Command(
        "record",
        record,
        (
            ("out", {**PATH, "help": "new session folder"}),
            (
                "--camera",
                {
                    "action": "append",
                    "required": True,
                    "metavar": "NAME=SOURCE",
                    "help": "eye_left=0, mouth=v4l2:ID (see mien sources), "
                    "eye_right=http://...; again for more",
                },
            ),
            ("--wearer", {"default": "unknown", "help": "who wears the headset"}),
            ("--seconds", {"type": float, "help": "default: until Ctrl-C"}),
            ("--cues", {**PATH, "help": "cues.csv to follow"}),
            RIG,
            FPS,
            JSON,
        ),
    ),
    Command("session check", check, (SESSIONS, JSON)),
)

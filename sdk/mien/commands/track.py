"""Follow a face, show it, and say what a model is."""

from __future__ import annotations

import argparse
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Final

from mien import schema
from mien.commands.command import BAD, DONE, Command, write_json
from mien.commands.options import FPS, JSON, MODEL, NO_ADAPT, OUT, PATH, RIG
from mien.config import TrackerConfig


def track(given: argparse.Namespace) -> int:
    """Follow a face: a session, a video, a folder of frames or a camera into a CSV file."""
    from mien.capture.sources import open_source
    from mien.studio.track_run import track_to_csv

    config = TrackerConfig(is_adaptive=not given.no_adapt)
    where = {"camera": given.camera, "rig": given.rig, "fps": given.fps}
    with open_source(given.source, **where, allow_incomplete=given.incomplete) as source:
        report = track_to_csv(
            source, given.out, model=given.model, config=config, is_live=given.live
        )
    write_json(given, report.as_json() | {"unreadable": source.bad_frames})
    for stage in report.stages:
        print(f"{stage.stage:<12} p50 {stage.p50_us:8.0f} us   p99 {stage.p99_us:8.0f} us")
    for name, camera in report.health.cameras.items():
        why = f", last: {camera.last_reason}" if camera.bad_frames else ""
        print(f"{name:<12} {camera.frames} frames, {camera.bad_frames} skipped{why}")
    if source.bad_frames:
        print(f"{source.bad_frames} images could not be read, last: {source.last_reason}")
    print(f"{report.health.states} states -> {given.out}")
    if report.health.source_error:
        print(f"mien: the source stopped early: {report.health.source_error}", file=sys.stderr)
    return BAD if report.health.source_error or report.health.states == 0 else DONE


def demo(given: argparse.Namespace) -> int:
    """Run the whole device path on the shipped sample and judge it."""
    from mien.studio.demo import run_demo

    return DONE if run_demo(given.session, given.out, model=given.model) else BAD


def info(given: argparse.Namespace) -> int:
    """Print what a model file says about itself."""
    return print_info(given, given.model)


def print_info(given: argparse.Namespace, path: Path | None) -> int:
    """Print what a model file says of itself; None: the shipped one."""
    from mien.runtime.model import default_path
    from mien.runtime.model_file import read_model_file

    _, about = read_model_file(path or default_path())
    facts = {
        "path": str(about.path),
        "schema_hash": schema.schema_hash(),
        "trained": list(about.trained),
        "preprocess": asdict(about.preprocess),
        "fusion": {name: dict(weights) for name, weights in about.fusion.items()},
        "body_bytes": about.body_bytes,
        "training": dict(about.training),
        "metrics": dict(about.metrics),
    }
    for name, fact in facts.items():
        is_long = name in {"trained", "metrics", "fusion"}
        print(f"{name:<12} {f'{len(fact)} values' if is_long else fact}")  # type: ignore[arg-type]
    write_json(given, facts)
    return DONE


COMMANDS: Final = (
    Command(
        "track",
        track,
        (
            ("source", {"help": "session, video file, folder of frames, or camera index"}),
            OUT,
            MODEL,
            RIG,
            FPS,
            NO_ADAPT,
            JSON,
            ("--camera", {"choices": schema.CAMERAS, "help": "which camera a lone video is"}),
            ("--incomplete", {"action": "store_true", "help": "take a session cut short"}),
            ("--live", {"action": "store_true", "help": "show the units meanwhile"}),
        ),
    ),
    Command(
        "demo",
        demo,
        (
            ("session", {**PATH, "nargs": "?", "help": "default: the shipped sample"}),
            MODEL,
            ("--out", {**PATH, "default": Path("out/demo"), "help": "folder for the pictures"}),
        ),
    ),
    Command(
        "info", info, (("model", {**PATH, "nargs": "?", "help": "default: the shipped one"}), JSON)
    ),
)

"""Follow a face, show it, and say what a model is."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import Final

from mien import schema
from mien.commands.command import BAD, DONE, Command, write_json
from mien.commands.options import FPS, JSON, MODEL, NO_ADAPT, PATH, RIG, camera_and_place
from mien.config import TrackerConfig
from mien.errors import ConfigError
from mien.outputs.udp import UdpSink


def track(given: argparse.Namespace) -> int:
    """Follow a face: a session, a video, a folder of frames or a camera into files and avatars."""
    from mien.capture.sources import open_source
    from mien.outputs.open_sink import open_file, open_network
    from mien.studio.track_run import track_into

    addresses = _addresses(given)
    config = TrackerConfig(is_adaptive=not given.no_adapt)
    where = {"camera": given.camera, "rig": given.rig, "fps": given.fps, "speed": given.speed}
    with ExitStack() as stack:
        source = stack.enter_context(
            open_source(_place(given.source), **where, allow_incomplete=given.incomplete)
        )
        files = [stack.enter_context(open_file(path)) for path in (given.out,) if path]
        senders = [
            stack.enter_context(open_network(one, allow_remote=given.allow_remote))
            for one in addresses
        ]
        report = track_into(
            source, [*files, *senders], model=given.model, config=config, is_live=given.live
        )
    write_json(given, report.as_json() | {"unreadable": source.bad_frames})
    for stage in report.stages:
        print(f"{stage.stage:<12} p50 {stage.p50_us:8.0f} us   p99 {stage.p99_us:8.0f} us")
    for name, camera in report.health.cameras.items():
        why = f", last: {camera.last_reason}" if camera.bad_frames else ""
        if camera.link.losses or not camera.link.is_up:
            why += f"; lost {camera.link.losses} times: {camera.link.reason}"
        print(f"{name:<12} {camera.frames} frames, {camera.bad_frames} skipped{why}")
    if source.bad_frames:
        print(f"{source.bad_frames} images could not be read, last: {source.last_reason}")
    print(f"{report.health.states} states -> {given.out or ', '.join(given.send)}")
    for sender in senders:
        _print_sending(sender)
    if report.health.source_error:
        print(f"mien: the source stopped early: {report.health.source_error}", file=sys.stderr)
    used = sum(camera.frames for camera in report.health.cameras.values())
    return BAD if report.health.source_error or used == 0 else DONE


def _place(words: Sequence[str]) -> str | dict[str, str]:
    """One source as it is, or several cameras by name."""
    is_named = words[0].partition("=")[0] in schema.CAMERAS
    if len(words) == 1 and not is_named:
        return words[0]
    return dict(camera_and_place("source", word) for word in words)


def _addresses(given: argparse.Namespace) -> list[str]:
    """Each `--send` as an address: `osc=HOST:PORT` is `osc://HOST:PORT`."""
    from mien.outputs.open_sink import PROTOCOLS

    if not (given.out or given.send):
        raise ConfigError("track: expected --out FILE or --send PROTOCOL, got neither")
    for word in given.send:
        if word.partition("=")[0] not in PROTOCOLS:
            known = ", ".join(PROTOCOLS)
            raise ConfigError(f"--send: expected {known} (=HOST:PORT if need be), got {word!r}")
    return [word.replace("=", "://", 1) for word in given.send]


def _print_sending(sink: UdpSink) -> None:
    health, to = sink.health, sink.destination
    print(f"{health.packets} packets -> {to.host}:{to.port}")
    if health.failed or health.refused:
        lost = f"{health.failed} packets not sent, {health.refused} refused"
        print(f"mien: {to.host}:{to.port}: {lost}, last: {health.last_reason}", file=sys.stderr)


def demo(given: argparse.Namespace) -> int:
    """Run the whole device path on the sample session and judge it."""
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
            (
                "source",
                {
                    "nargs": "+",
                    "help": "session, video file, folder of frames, camera index, v4l2:ID (see "
                    "mien sources) or http://... of an MJPEG camera; several live cameras: "
                    "NAME=SOURCE each",
                },
            ),
            ("--out", {**PATH, "metavar": "FILE", "help": "write values: .csv or .jsonl"}),
            (
                "--send",
                {
                    "action": "append",
                    "default": [],
                    "metavar": "PROTOCOL[=HOST:PORT]",
                    "help": "osc (VRChat), vmc, livelink or ifacialmocap; again for more",
                },
            ),
            (
                "--allow-remote",
                {"action": "store_true", "help": "let --send reach another machine"},
            ),
            MODEL,
            RIG,
            FPS,
            NO_ADAPT,
            JSON,
            ("--camera", {"choices": schema.CAMERAS, "help": "which camera a lone video is"}),
            (
                "--speed",
                {"type": float, "help": "play what is stored at 1 = its own pace, 2 = twice that"},
            ),
            ("--incomplete", {"action": "store_true", "help": "take a session cut short"}),
            ("--live", {"action": "store_true", "help": "show the units meanwhile"}),
        ),
    ),
    Command(
        "demo",
        demo,
        (
            ("session", {**PATH, "nargs": "?", "help": "default: the repository's sample"}),
            MODEL,
            ("--out", {**PATH, "default": Path("out/demo"), "help": "folder for the pictures"}),
        ),
    ),
    Command(
        "info", info, (("model", {**PATH, "nargs": "?", "help": "default: the shipped one"}), JSON)
    ),
)

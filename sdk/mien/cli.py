"""The command line: one function per subcommand, each calls one library function.

Exit status: 0 done; 1 done, and the result is bad; 2 it could not be done (the reason is on
standard error).
"""

from __future__ import annotations

import argparse
import json
import logging
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from mien import schema
from mien.cli_options import OPTIONS, Option
from mien.config import TrackerConfig
from mien.errors import MienError

DONE, BAD, FAILED, INTERRUPTED = 0, 1, 2, 130
EXTRA_OF_MODULE: Final = {
    "cv2": "camera",
    "rich": "studio",
    "matplotlib": "studio",
    "moderngl": "synth",
    "ray": "ray",
    "torch": "train",
    "litert_torch": "train",
    "ai_edge_quantizer": "train",
    "pyarrow": "train",
}


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
    _write_json(given, report.as_json() | {"unreadable": source.bad_frames})
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


def synth(given: argparse.Namespace) -> int:
    """Render sessions with exact truth."""
    from mien.studio.progress import Bars
    from mien.synth.head import load_head
    from mien.synth.recipe import load_recipe
    from mien.synth.sessions import render_sessions

    names = ("split", "wearers", "seed", "fps", "seconds", "motion", "noise", "max_resolution")
    changes = _chosen(given, *names) | ({"truth": tuple(given.truth)} if given.truth else {})
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
    _write_json(given, {"sessions": [str(path) for path in paths]})
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


def label(given: argparse.Namespace) -> int:
    """Turn cued sessions into graded labels by the movement metric."""
    from mien.studio.evaluate import find_sessions
    from mien.studio.progress import Bars
    from mien.studio.tables import print_table
    from mien.train.label_accuracy import accuracy_on
    from mien.train.labeller import label_sessions
    from mien.train.labels import read_labels

    sessions = find_sessions(given.sessions)
    with Bars() as bars:
        report = label_sessions(sessions, given.out, workers=given.workers, progress=bars.count)
    accuracy = accuracy_on(read_labels(given.out), sessions)
    scores = accuracy.units if accuracy else {}
    rows = [
        (name, str(good), str(bad), *_label_score(scores.get(name)))
        for name, (good, bad) in report.by_value().items()
    ]
    print_table("takes", ("value", "accepted", "refused", "r", "MAE"), rows)
    if accuracy:
        print(f"against exact truth: r {accuracy.mean_r:.3f}, MAE {accuracy.mean_mae:.3f}")
    print(f"labels of {len(sessions)} sessions -> {given.out}")
    _write_json(given, report.as_json() | {"accuracy": accuracy.as_json() if accuracy else None})
    return DONE


def train(given: argparse.Namespace) -> int:
    """Train the networks on labelled sessions; a run that stopped goes on where it was."""
    from mien.studio.evaluate import find_sessions
    from mien.studio.progress import Bars
    from mien.studio.tables import number, print_table
    from mien.train.config import TrainConfig
    from mien.train.fit import train as fit

    chosen = _chosen(
        given, "labels", "validation_labels", "epochs", "batch", "learning_rate", "seed",
        "width", "threads", "max_minutes", "cache", "shuffle_labels",
    )  # fmt: skip
    config = TrainConfig(
        sessions=tuple(find_sessions(given.sessions)),
        validation_sessions=tuple(find_sessions(given.validate)),
        out=given.out,
        **chosen,
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
    _write_json(given, history)
    return DONE


def export(given: argparse.Namespace) -> int:
    """Turn a checkpoint into the int8 file that the headset runs."""
    from mien.train.export import export as write_model

    print(f"model -> {write_model(given.run, given.out)}")
    return _print_info(given, given.out)


def evaluate(given: argparse.Namespace) -> int:
    """Score the real tracker against the exact truth of sessions."""
    from rich.console import Console

    from mien.runtime.model import Model
    from mien.studio.evaluate import evaluate_sessions, find_sessions
    from mien.studio.progress import Bars
    from mien.studio.report import write_report
    from mien.studio.tables import number, scores_table

    model = Model.load(given.model)
    config = TrackerConfig(is_adaptive=not given.no_adapt)
    with Bars() as bars:
        evaluation = evaluate_sessions(
            find_sessions(given.sessions), model, config=config, progress=bars
        )
    Console().print(scores_table(evaluation.scores))
    print(f"against shuffled truth (control): mean r {number(evaluation.control.mean_r)}")
    if given.report:
        print(f"report -> {write_report(evaluation, model.info, given.report)}")
    if given.curves:
        _draw_curves(evaluation.curves, given.curves)
    _write_json(given, evaluation.scores.as_json())
    return DONE


def check(given: argparse.Namespace) -> int:
    """Name every broken rule of sessions."""
    from mien.capture.check import check_session

    found = {path: check_session(path) for path in given.sessions}
    for path, problems in found.items():
        for problem in problems:
            print(f"{path}: {problem}")
        print(f"{path}: {'good' if not problems else f'{len(problems)} problems'}")
    _write_json(given, {str(path): [asdict(p) for p in found[path]] for path in found})
    return BAD if any(found.values()) else DONE


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
        dict(_camera_and_index(text) for text in given.camera),
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
        print(f"{name:<12} {camera.frames} frames, {camera.bad_frames} bad{end}")
    print(f"session -> {report.path}")
    _write_json(given, {"cameras": {n: asdict(c) for n, c in report.cameras.items()}})
    return BAD if any(camera.stop_reason for camera in report.cameras.values()) else DONE


def info(given: argparse.Namespace) -> int:
    """Print what a model file says about itself."""
    return _print_info(given, given.model)


def demo(given: argparse.Namespace) -> int:
    """Run the whole device path on the shipped sample and judge it."""
    from mien.studio.demo import run_demo

    return DONE if run_demo(given.session, given.out, model=given.model) else BAD


def _print_info(given: argparse.Namespace, path: Path | None) -> int:
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
    _write_json(given, facts)
    return DONE


def _draw_curves(curves: Sequence[Any], folder: Path) -> None:
    from mien.studio.curves_picture import curves_picture

    for one in curves:
        print(f"curves -> {curves_picture(one, folder / f'{one.name}.png')}")


def _label_score(score: Any) -> tuple[str, str]:  # noqa: ANN401 - known only with the extra
    """Pearson r, and MAE in shares of the session's largest take, where the truth is known."""
    if score is None or score.r is None:
        return "", ""
    return f"{score.r:.3f}", f"{score.mae_scaled:.3f}"


def _chosen(given: argparse.Namespace, *names: str) -> dict[str, Any]:
    """The options that were given; what was not stays the library's default."""
    return {name: getattr(given, name) for name in names if getattr(given, name) is not None}


def _write_json(given: argparse.Namespace, report: object) -> None:
    if given.json:
        given.json.parent.mkdir(parents=True, exist_ok=True)
        given.json.write_text(json.dumps(report, indent=1, default=str) + "\n", encoding="utf-8")


def _camera_and_index(text: str) -> tuple[str, str]:
    name, _, index = text.partition("=")
    if name not in schema.CAMERAS or not index:
        raise MienError(
            f"--camera: expected NAME=INDEX, NAME one of {', '.join(schema.CAMERAS)}, got {text!r}"
        )
    return name, index


COMMANDS: Final[dict[str, Callable[[argparse.Namespace], int]]] = {
    "track": track,
    "synth": synth,
    "synth import-ict": import_ict,
    "label": label,
    "train": train,
    "export": export,
    "evaluate": evaluate,
    "record": record,
    "info": info,
    "demo": demo,
}
"""Subcommand -> its function."""


def parser() -> argparse.ArgumentParser:
    """The whole command line."""
    top = argparse.ArgumentParser(
        prog="mien", description="Facial-expression values from headset cameras."
    )
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, function in COMMANDS.items():
        _add_command(commands, name, function, options=OPTIONS[name])
    session = commands.add_parser("session", help="Look after sessions.")
    actions = session.add_subparsers(dest="action", required=True, metavar="ACTION")
    _add_command(actions, "check", check, options=OPTIONS["session check"])
    return top


def _add_command(
    commands: Any,  # noqa: ANN401 - argparse keeps the class of it private
    name: str,
    function: Callable[[argparse.Namespace], int],
    *,
    options: Sequence[Option],
) -> None:
    command = commands.add_parser(name, help=function.__doc__, description=function.__doc__)
    for option, settings in options:
        command.add_argument(option, **settings)
    command.set_defaults(function=function)


def _with_joined_command(arguments: Sequence[str] | None) -> list[str]:
    """`synth` takes a folder of any name, so `synth import-ict` is a command of its own."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    joined = " ".join(words[:2])
    return [joined, *words[2:]] if joined in COMMANDS else words


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one subcommand and return the exit status."""
    given = parser().parse_args(_with_joined_command(arguments))
    logging.basicConfig(format="mien: %(message)s", level=logging.WARNING)
    try:
        status: int = given.function(given)
    except MienError as exc:
        print(f"mien: {exc}", file=sys.stderr)
        return FAILED
    except OSError as exc:
        print(f"mien: {exc}", file=sys.stderr)
        return FAILED
    except ModuleNotFoundError as exc:
        extra = EXTRA_OF_MODULE.get((exc.name or "").partition(".")[0])
        if extra is None:
            raise
        print(f"mien: {exc.name} is missing; pip install 'mien[{extra}]'", file=sys.stderr)
        return FAILED
    except KeyboardInterrupt:
        return INTERRUPTED
    return status

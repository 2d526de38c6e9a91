"""Measure how good mien is."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Final

from mien.commands import boxes, faces, runs, task_study, wearers
from mien.commands.command import BAD, DONE, Command, chosen, write_json
from mien.commands.options import JSON, MODEL, OUT, PATH, SEED, SESSIONS, WORKERS


def study_labels(given: argparse.Namespace) -> int:
    """Score labels against exact truth: by unit, by ablation, by flow, and on real clips."""
    from mien.studio.evaluate import find_sessions
    from mien.studio.progress import Bars
    from mien.studio.tables import number, print_table
    from mien.study.label_study import LabelStudy, run_label_study
    from mien.study.variants import FLOWS, VARIANTS

    skipped = FLOWS if given.no_flows else ()
    study = LabelStudy(
        sessions=tuple(find_sessions(given.sessions)),
        micro=tuple(find_sessions(given.micro or [])),
        out=given.out,
        cache=given.cache or Path.home() / ".cache" / "mien" / "study",
        footage=given.footage,
        variants=tuple(one for one in VARIANTS if one not in skipped),
        workers=given.workers,
        command=_command(given),
    )
    with Bars() as bars:
        tables = run_label_study(
            study, progress=lambda what, done, total: bars.count(done, total, what=what)
        )
    rows = [
        (one["kind"], one["variant"], *(number(one[key]) for key in ("r", "mae", "worst_r")))
        for one in tables["variants"]
    ]
    print_table("labels against exact truth", ("labels", "variant", "r", "MAE", "worst r"), rows)
    print(f"tables of {len(study.sessions)} sessions -> {given.out}")
    write_json(given, tables)
    return DONE


def study_faults(given: argparse.Namespace) -> int:
    """Inject every fault of a camera at random and tell what the tracker makes of it."""
    from mien.studio.demo import sample_path
    from mien.studio.progress import Bars
    from mien.study.fault_page import fault_markdown
    from mien.study.faults import FaultStudy, run_fault_study

    study = FaultStudy(
        session=given.session or sample_path(),
        model=given.model,
        times=given.times,
        seed=given.seed or 0,
        workers=given.workers,
    )
    with Bars() as bars:
        rows = run_fault_study(study, progress=bars)
    print(fault_markdown(rows))
    write_json(given, {"session": study.session.name, "rows": rows})
    return BAD if any(row["crashed"] for row in rows) else DONE


def study_occlusion(given: argparse.Namespace) -> int:
    """Score models against the area of the crop that is covered; the first is the baseline."""
    from mien.studio.evaluate import find_sessions
    from mien.studio.progress import Bars
    from mien.study.occlusion_page import PAGE_FILE, write_occlusion_study
    from mien.train.config import LoadConfig
    from mien.train.occlusion_scores import occlusion_scores

    sessions = find_sessions(given.sessions)
    with Bars() as bars:
        models = occlusion_scores(
            given.runs,
            sessions,
            config=LoadConfig(**chosen(given, "cache")),
            progress=bars,
            **chosen(given, "labels"),
        )
    runs = " ".join(one["name"] for one in models)
    command = f"mien study occlusion SESSIONS... --runs {runs} --out {given.out.name}"
    report = write_occlusion_study(models, given.out, command=command)
    print((given.out / PAGE_FILE).read_text(encoding="utf-8"))
    write_json(given, report)
    return DONE


def study_gating(given: argparse.Namespace) -> int:
    """Tell what a network that rests while nothing moves saves, and what it costs."""
    from mien.studio.evaluate import find_sessions
    from mien.studio.progress import Bars
    from mien.studio.tables import number, print_table
    from mien.study.gating import run_gating_study

    with Bars() as bars:
        told = run_gating_study(find_sessions(given.sessions), given.model, progress=bars)
    rows = [
        (name, number(told["mae"][name], digits=4), number(told["r"][name], digits=4), saved)
        for name, saved in (("always", "0 %"), ("gated", f"{told['saved']:.1%}"))
    ]
    print_table("spontaneous stretches", ("network", "MAE", "r", "inferences saved"), rows)
    print(
        f"{told['onsets']} onsets seen {number(told['delay_frames'])} frames later on average; "
        f"later: {number(told['later'])}, earlier: {number(told['earlier'])} of them"
    )
    write_json(given, told)
    return DONE


def _command(given: argparse.Namespace) -> str:
    """What was asked for, without the paths of this machine."""
    micro = " --micro SESSIONS..." if given.micro else ""
    footage = " --footage FOLDER" if given.footage else ""
    flows = " --no-flows" if given.no_flows else ""
    return f"mien study labels SESSIONS...{micro}{footage}{flows} --out {given.out.name}"


def study_enrolment(given: argparse.Namespace) -> int:
    """Enrol with the cues of sessions, and judge on the spontaneous stretches that follow."""
    from mien.studio.evaluate import find_sessions
    from mien.studio.progress import Bars
    from mien.studio.tables import number, print_table
    from mien.study.enrolment import run_enrolment_study

    with Bars() as bars:
        told = run_enrolment_study(find_sessions(given.sessions), given.model, progress=bars)
    rows = [
        (
            one["session"],
            ", ".join(one["cameras"]) or f"refused: {one['reason']}",
            *(
                f"{number(before, digits=4)} -> {number(after, digits=4)}"
                for before, after in (one["mae"], one["r"], one["uneven"])
            ),
        )
        for one in told
    ]
    print_table("before -> after", ("session", "better", "MAE", "r", "unevenness"), rows)
    write_json(given, told)
    return DONE


def study_slips(given: argparse.Namespace) -> int:
    """Compare what the tracker takes for a slip of the headset with exact poses."""
    from mien.studio.evaluate import find_sessions
    from mien.studio.progress import Bars
    from mien.studio.tables import print_table
    from mien.study.slips import run_slip_study

    with Bars() as bars:
        told = run_slip_study(find_sessions(given.sessions), given.model, progress=bars)
    rows = [
        (one["session"], f"{one['seconds']:.0f}", *(str(one[name]) for name in _SLIP_COUNTS))
        for one in told
    ]
    print_table("slips of the headset", ("session", "s", *_SLIP_COUNTS), rows)
    write_json(given, told)
    return DONE


_SLIP_COUNTS: Final = ("slips", "found", "rereads", "false")
COMMANDS: Final = (
    *boxes.COMMANDS,
    *faces.COMMANDS,
    *runs.COMMANDS,
    *task_study.COMMANDS,
    *wearers.COMMANDS,
    Command("study slips", study_slips, (SESSIONS, MODEL, JSON)),
    Command("study enrolment", study_enrolment, (SESSIONS, MODEL, JSON)),
    Command("study gating", study_gating, (SESSIONS, MODEL, JSON)),
    Command(
        "study occlusion",
        study_occlusion,
        (
            SESSIONS,
            OUT,
            JSON,
            (
                "--runs",
                {**PATH, "nargs": "+", "required": True, "help": "the first is the baseline"},
            ),
            ("--labels", {"help": "Parquet file of `mien label`; default: exact truth"}),
            ("--cache", {**PATH, "help": "folder of the crop cache"}),
        ),
    ),
    Command(
        "study faults",
        study_faults,
        (
            ("session", {**PATH, "nargs": "?", "help": "default: the repository's sample"}),
            ("--times", {"type": int, "default": 1000, "help": "how often each; default 1000"}),
            MODEL,
            SEED,
            WORKERS,
            JSON,
        ),
    ),
    Command(
        "study labels",
        study_labels,
        (
            SESSIONS,
            OUT,
            WORKERS,
            JSON,
            (
                "--micro",
                {**PATH, "nargs": "+", "help": "sessions that only the spotter is judged on"},
            ),
            ("--footage", {**PATH, "metavar": "FOLDER", "help": "real clips: study/footage.py"}),
            ("--cache", {**PATH, "help": "what was measured before; default: ~/.cache/mien/study"}),
            ("--no-flows", {"action": "store_true", "help": "leave OpenCV's flows out"}),
        ),
    ),
)

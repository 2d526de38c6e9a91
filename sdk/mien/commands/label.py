"""Turn sessions into labels."""

from __future__ import annotations

import argparse
import sys
from typing import Any, Final

from mien.commands.command import BAD, DONE, Command, write_json
from mien.commands.options import JSON, OUT, PATH, SESSIONS


def label(given: argparse.Namespace) -> int:
    """Turn cued sessions into graded labels by the movement metric."""
    from mien.commands.label_page import draw_session, write_first_page
    from mien.jobs import all_cores
    from mien.studio.evaluate import find_sessions
    from mien.studio.progress import Bars
    from mien.train.label_accuracy import accuracy_on
    from mien.train.label_file import read_labels
    from mien.train.label_run import Pages, label_sessions

    sessions = find_sessions(given.sessions)
    pages = Pages(given.report, draw_session) if given.report else None
    with Bars() as bars:
        report = label_sessions(
            sessions,
            given.out,
            workers=given.workers or all_cores(),
            ray_address=given.ray,
            pages=pages,
            progress=lambda what, done, total: bars.count(done, total, what=what),
        )
    accuracy = accuracy_on(read_labels(given.out), sessions)
    _print_takes(report, accuracy)
    for stream, count in report.unused().items():
        print(f"{stream} of {count} sessions is present and was not used")
    for name, reason in report.failed.items():
        print(f"mien: {name} is left out: {reason}", file=sys.stderr)
    for name, reason in report.empty().items():
        print(f"mien: {name} has no measured label: {reason}", file=sys.stderr)
    print(f"labels of {len(report.sessions)} of {len(sessions)} sessions -> {given.out}")
    if pages:
        print(f"report -> {write_first_page(pages, report)}")
    write_json(given, report.as_json() | {"accuracy": accuracy.as_json() if accuracy else None})
    return BAD if report.failed or report.empty() else DONE


def _print_takes(report: Any, accuracy: Any) -> None:  # noqa: ANN401 - known only with the extra
    from mien.studio.tables import number, print_table

    scores = accuracy.units if accuracy else {}
    rows = [
        (name, str(good), str(bad), *_label_score(scores.get(name)))
        for name, (good, bad) in report.by_value().items()
    ]
    print_table("takes", ("value", "accepted", "refused", "r", "MAE"), rows)
    if accuracy:
        means = number(accuracy.mean_r), number(accuracy.mean_mae)
        print("against exact truth: r {}, MAE {}".format(*means))


def _label_score(score: Any) -> tuple[str, str]:  # noqa: ANN401 - known only with the extra
    """Pearson r, and MAE in shares of the session's largest take, where the truth is known."""
    if score is None or score.r is None:
        return "", ""
    return f"{score.r:.3f}", f"{score.mae_scaled:.3f}"


COMMANDS: Final = (
    Command(
        "label",
        label,
        (
            SESSIONS,
            OUT,
            ("--workers", {"type": int, "help": "processes; default: one per core"}),
            ("--ray", {"metavar": "ADDRESS", "help": "label on Ray: auto, local, or an address"}),
            ("--report", {**PATH, "metavar": "FOLDER", "help": "write a page per session"}),
            JSON,
        ),
    ),
)

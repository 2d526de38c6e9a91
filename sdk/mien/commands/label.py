"""Turn sessions into labels."""

from __future__ import annotations

import argparse
from typing import Any, Final

from mien.commands.command import DONE, Command, write_json
from mien.commands.options import JSON, OUT, SESSIONS, WORKERS


def label(given: argparse.Namespace) -> int:
    """Turn cued sessions into graded labels by the movement metric."""
    from mien.studio.evaluate import find_sessions
    from mien.studio.progress import Bars
    from mien.studio.tables import print_table
    from mien.train.label_accuracy import accuracy_on
    from mien.train.label_file import read_labels
    from mien.train.labeller import label_sessions

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
    write_json(given, report.as_json() | {"accuracy": accuracy.as_json() if accuracy else None})
    return DONE


def _label_score(score: Any) -> tuple[str, str]:  # noqa: ANN401 - known only with the extra
    """Pearson r, and MAE in shares of the session's largest take, where the truth is known."""
    if score is None or score.r is None:
        return "", ""
    return f"{score.r:.3f}", f"{score.mae_scaled:.3f}"


COMMANDS: Final = (Command("label", label, (SESSIONS, OUT, WORKERS, JSON)),)

"""What the labels are worth: against exact truth, against ablations and against other flows.

The tables are `labels.json`, `labels.md` and `confidence.png`; `mien study labels` makes them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from mien.errors import TrainError
from mien.jobs import finished
from mien.study.confidence import confidence_picture, confidence_table
from mien.study.footage import run_footage
from mien.study.footage_page import footage_pictures
from mien.study.label_measure import Measured, MeasureJob, measure
from mien.study.label_page import label_markdown
from mien.study.label_scores import unit_table, variant_table
from mien.study.spot_table import spotting_table
from mien.study.variants import LABELS, VARIANTS

JSON_FILE: Final = "labels.json"
PAGE_FILE: Final = "labels.md"
PICTURE_FILE: Final = "confidence.png"

Progress = Callable[[str, int, int], None]
"""Called with (what was measured, measurements done, measurements in all)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelStudy:
    """What to measure, and where to keep it."""

    sessions: tuple[Path, ...]
    """Rendered sessions with truth, best of a split that nothing was tuned on."""
    out: Path
    cache: Path
    """What was measured before, by digest."""
    micro: tuple[Path, ...] = ()
    """Sessions that only the spotter is judged on, besides the others."""
    footage: Path | None = None
    """Folder of the real clips that `study.footage` names; None: left out."""
    variants: tuple[str, ...] = VARIANTS
    workers: int = 1
    command: str = ""
    """What stands in the page as the way to make it."""


def run_label_study(study: LabelStudy, *, progress: Progress | None = None) -> dict[str, Any]:
    """Measure what is not measured yet, write the tables and return them as plain data.

    Raises:
        TrainError: If there is no session, two have one name, or one has no truth.
        SessionError: If a session breaks the format.
    """
    names = [path.name for path in (*study.sessions, *study.micro)]
    if not study.sessions or len(set(names)) != len(names):
        raise TrainError(f"sessions: expected one or more with different names, got {names}")
    measured = _measured(study, progress)
    sessions = [measured[path.name] for path in study.sessions]
    tables: dict[str, Any] = {
        "command": study.command,
        "sessions": [one.session for one in sessions],
        "units": unit_table(sessions),
        "variants": variant_table(sessions, [v for v in study.variants if v in VARIANTS]),
        "confidence": confidence_table(sessions),
        "spotting": spotting_table(list(measured.values())),
    }
    if study.footage:
        footage = run_footage(study.footage)
        footage_pictures(footage, study.out)
        tables["footage"] = footage.table
    _write(tables, study.out)
    return tables


def _measured(study: LabelStudy, progress: Progress | None) -> dict[str, Measured]:
    variants = tuple(dict.fromkeys((LABELS, *study.variants)))
    jobs = [MeasureJob(path, variants, study.cache) for path in study.sessions]
    jobs += [MeasureJob(path, (LABELS,), study.cache) for path in study.micro]
    total, done = sum(len(job.variants) for job in jobs), 0

    def step(what: str) -> None:
        nonlocal done
        done += 1
        if progress:
            progress(what, done, total)

    found = finished(measure, jobs, workers=study.workers, on_step=step)
    return {one.session: one for one in sorted(found, key=lambda one: one.session)}


def _write(tables: dict[str, Any], out: Path) -> None:
    out.mkdir(parents=True, exist_ok=True)
    confidence_picture(tables["confidence"], out / PICTURE_FILE)
    files: Sequence[tuple[str, str]] = (
        (JSON_FILE, json.dumps(tables, indent=1) + "\n"),
        (PAGE_FILE, label_markdown(tables)),
    )
    for name, text in files:
        (out / name).write_text(text, encoding="utf-8")

"""Runs beside each other, as Markdown and JSON: what networks were taught with, unit by unit."""

from __future__ import annotations

import json
import statistics
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from mien import schema
from mien.study.markdown import number, spread, table

PAGE_FILE: Final = "runs.md"
DATA_FILE: Final = "runs.json"
_ABOUT: Final = (
    "The networks alone, in float, on {samples} crops of {wearers} wearers that none of them was "
    "trained on; {labels} is what they are scored against and what found the neutral crop beside "
    "each. Mean over runs that differ in their seed, ± the deviation between them.\n"
)

ALL: Final = "all"
"""The scope of every session, as `mien.train.run_scores` names it; pages know no torch."""

Told = Mapping[str, Any]
"""From `mien.train.run_scores.run_scores`."""
Runs = Sequence[Mapping[str, Any]]


def write_runs_page(told: Told, out: Path, *, command: str, reference: str = "") -> Path:
    """Write both files into a folder; returns the page.

    Args:
        told: From `mien.train.run_scores.run_scores`.
        out: The folder; it is made.
        command: What was asked for.
        reference: Group whose mean r the others' are shares of; empty: none.
    """
    out.mkdir(parents=True, exist_ok=True)
    content = {"command": command, "reference": reference, **told}
    (out / DATA_FILE).write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    page = out / PAGE_FILE
    page.write_text(runs_markdown(told, command=command, reference=reference), encoding="utf-8")
    return page


def runs_markdown(told: Told, *, command: str, reference: str = "") -> str:
    """The page; see `write_runs_page`."""
    labels = "exact truth" if told["labels"] == "truth" else told["labels"]
    about = _ABOUT.format(samples=told["samples"][ALL], wearers=told["wearers"][ALL], labels=labels)
    return "\n".join(
        (
            "# What networks were taught with\n",
            f"`{command}`\n",
            about,
            _means(told, reference),
            "## Units: r, both sides together\n",
            _units(told["groups"]),
        )
    )


def _means(told: Told, reference: str) -> str:
    scopes = list(told["samples"])
    heading = ["taught with", "runs", *(f"{scope}: r" for scope in scopes), "MAE"]
    rows = []
    for name, runs in told["groups"].items():
        row = [
            name,
            str(len(runs)),
            *(spread(run[scope]["mean_r"] for run in runs) for scope in scopes),
        ]
        row.append(spread(run[ALL]["mean_mae"] for run in runs))
        if reference:
            row.append(_share(runs, told["groups"][reference]))
        rows.append(row)
    if reference:
        heading.append(f"share of {reference}'s r")
    return table(heading, rows)


def _share(runs: Runs, of: Runs) -> str:
    mean, whole = (statistics.fmean(run[ALL]["mean_r"] or 0.0 for run in one) for one in (runs, of))
    return f"{100 * mean / whole:.1f} %" if whole else "-"


def _units(groups: Mapping[str, Runs]) -> str:
    rows = []
    for unit in schema.UNITS:
        cells = [number(_unit_r(runs, schema.value_names(unit))) for runs in groups.values()]
        if set(cells) != {"-"}:
            rows.append((unit.name, *cells))
    return table(("unit", *groups), rows)


def _unit_r(runs: Runs, values: Sequence[str]) -> float | None:
    """Mean r over runs and sides; None where the truth stands still."""
    found = [run[ALL]["units"].get(value, {}).get("r") for run in runs for value in values]
    known = [r for r in found if r is not None]
    return statistics.fmean(known) if known else None

"""What getting to know a wearer gains, as Markdown and JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from mien.study.markdown import number, table

PAGE_FILE: Final = "adaptation.md"
DATA_FILE: Final = "adaptation.json"


def write_adaptation_page(told: Mapping[str, Any], out: Path, *, command: str) -> Path:
    """Write both files into a folder; returns the page.

    Args:
        told: From `mien.train.adaptation_steps.run_adaptation_study`.
        out: The folder.
        command: What was asked for.
    """
    out.mkdir(parents=True, exist_ok=True)
    content = json.dumps({"command": command, **told}, indent=1) + "\n"
    (out / DATA_FILE).write_text(content, encoding="utf-8")
    page = out / PAGE_FILE
    page.write_text(adaptation_markdown(told, command=command), encoding="utf-8")
    return page


def adaptation_markdown(told: Mapping[str, Any], *, command: str) -> str:
    """The page."""
    wearers = told["wearers"]
    footage = max(one["footage_s"] for one in wearers)
    judged = sum(one["judged_s"] for one in wearers)
    return (
        "# What getting to know a wearer gains\n\n"
        f"{len(wearers)} wearers that the run has not learnt from. At most {footage:.1f} s of each "
        "adapt, from the first frame on: rest, one take of each unit, a gaze sweep. What follows "
        f"judges, {judged:.0f} s in all, every instant, against exact truth. Each step comes on "
        "top of those before it; the last block learns from the labels that `mien label` finds in "
        "the footage, and, for a bound, from the exact truth of the footage.\n\n"
        f"    {command}\n\n"
        f"{_steps(told)}\n"
        "## Wearers: MAE (r)\n\n"
        f"{_wearers(told)}\n"
        "## Fits\n\n"
        "How the last block came to be, and what it gains in the cued takes themselves, each half "
        "of a cue judged by a fit to the other halves.\n\n"
        f"{_fits(told)}\n"
        "## Units: MAE (r), both sides together\n\n"
        f"{_units(told)}"
    )


def _steps(told: Mapping[str, Any]) -> str:
    rows, first, before = [], None, None
    for step, score in told["steps"].items():
        mae = score["mean_mae"]
        first = mae if first is None else first
        rows.append(
            (
                step,
                number(mae, digits=4),
                number(score["mean_r"]),
                "-" if before is None else f"{1 - mae / before:+.1%}",
                f"{1 - mae / first:+.1%}",
            )
        )
        before = mae
    return table(("step", "MAE", "r", "error cut by it", "error cut in all"), rows)


def _wearers(told: Mapping[str, Any]) -> str:
    steps = list(told["steps"])
    rows = [
        (
            one["session"],
            *(f"{number(one['mae'][s], digits=4)} ({number(one['r'][s])})" for s in steps),
            f"{1 - one['mae'][steps[-2]] / one['mae'][steps[0]]:+.1%}",
        )
        for one in told["wearers"]
    ]
    return table(("wearer", *steps, "error cut"), rows)


def _fits(told: Mapping[str, Any]) -> str:
    rows = [
        (
            f"{one['session']}, {kind}, {step}",
            fit["reason"] or f"{fit['epochs']} epochs",
            f"{1 - fit['error_after'] / fit['error_before']:+.1%}" if fit["error_before"] else "-",
            ", ".join(how["enrolled"]["cameras"]) or how["enrolled"]["reason"],
        )
        for one in told["wearers"]
        for step, how in one["told"].items()
        for kind, fit in how.get("fits", {}).items()
    ]
    return table(("fit", "outcome", "squared error cut in the takes", "then enrolled"), rows)


def _units(told: Mapping[str, Any]) -> str:
    steps = told["steps"]
    names = next(iter(steps.values()))["units_mean"]
    rows = [
        (
            name,
            *(
                f"{number(one['units_mean'][name]['mae'])} ({number(one['units_mean'][name]['r'])})"
                for one in steps.values()
            ),
        )
        for name in names
    ]
    return table(("unit", *steps), rows)

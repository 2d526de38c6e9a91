"""A sweep as Markdown and JSON: what was tried, best first."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from mien.study.markdown import spread, table

PAGE_FILE: Final = "sweep.md"
DATA_FILE: Final = "sweep.json"


def write_sweep_page(tried: Sequence[Mapping[str, Any]], out: Path, *, command: str) -> Path:
    """Write both files into a folder; returns the page.

    Args:
        tried: From `mien.train.sweep.run_sweep`.
        out: The folder; it is made.
        command: What was asked for.
    """
    out.mkdir(parents=True, exist_ok=True)
    content = json.dumps({"command": command, "tried": list(tried)}, indent=1) + "\n"
    (out / DATA_FILE).write_text(content, encoding="utf-8")
    page = out / PAGE_FILE
    page.write_text(sweep_markdown(tried, command=command), encoding="utf-8")
    return page


def sweep_markdown(tried: Sequence[Mapping[str, Any]], *, command: str) -> str:
    """The page."""
    keys = list(tried[0]["choice"])
    rows = [
        (
            *(one["choice"][key] for key in keys),
            str(len(one["runs"])),
            *(spread(run[name] for run in one["runs"]) for name in ("mean_r", "mean_mae")),
            _failure(one["runs"]),
        )
        for one in tried
    ]
    about = "Mean over the seeds on the validation wearers, ± the deviation between them.\n"
    heading = (*keys, "runs", "mean r", "MAE", "failed")
    return "\n".join(("# What was tried\n", f"`{command}`\n", about, table(heading, rows)))


def _failure(runs: Sequence[Mapping[str, Any]]) -> str:
    """Why runs have no result, once for each reason."""
    return "; ".join(sorted({run["failed"] for run in runs if "failed" in run}))

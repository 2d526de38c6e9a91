"""A sweep as Markdown and JSON: what was tried, best first."""

from __future__ import annotations

import json
import statistics
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from mien.study.markdown import number, table

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
            *(_spread(one["runs"], name) for name in ("mean_r", "mean_mae")),
        )
        for one in tried
    ]
    about = "Mean over the seeds on the validation wearers, ± the deviation between them.\n"
    heading = (*keys, "runs", "mean r", "MAE")
    return "\n".join(("# What was tried\n", f"`{command}`\n", about, table(heading, rows)))


def _spread(runs: Sequence[Mapping[str, Any]], name: str) -> str:
    values = [run[name] or 0.0 for run in runs]
    mean = number(statistics.fmean(values))
    return f"{mean} ± {number(statistics.stdev(values))}" if len(values) > 1 else mean

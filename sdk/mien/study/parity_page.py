"""The parity study as Markdown: float and int8 by value, by head; what the file costs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from mien.study.markdown import number, table

JSON_FILE: Final = "parity.json"
PAGE_FILE: Final = "parity.md"
_ABOUT: Final = (
    "Run `{run}`, {crops} crops of wearers that were not trained on; float is PyTorch, int8 is the "
    "file under LiteRT, and both see the same crop beside the same neutral.\n"
)
_HEADS: Final = (
    "By output, on {} crops: how far int8 is from float; `range` holds 98 % of the float values, "
    "`same class` is how often the largest score is of the same class.\n"
)
_COST: Final = (
    "Multiplications by weights, and whole calls of the runtime on one thread of this machine.\n"
)


def write_parity_study(report: Mapping[str, Any], out: Path, *, command: str) -> Path:
    """Write the tables and their numbers.

    Args:
        report: From `mien.train.parity.parity`.
        out: Folder to write into; it is made.
        command: How the tables are made, for the page.

    Returns:
        The page.
    """
    out.mkdir(parents=True, exist_ok=True)
    told = {"command": command, **report}
    (out / JSON_FILE).write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
    page = out / PAGE_FILE
    page.write_text(parity_markdown(told), encoding="utf-8")
    return page


def parity_markdown(report: Mapping[str, Any]) -> str:
    """The page of a study, `command` and what `parity` returns."""
    crops = " and ".join(f"{n} {kind}" for kind, n in report["samples"].items())
    return "\n".join(
        (
            "# int8 against float\n",
            f"`{report['command']}`\n",
            _ABOUT.format(run=report["run"], crops=crops),
            _goals(report["goals"]),
            "## By value\n",
            _values(report["values"]),
            "## By head\n",
            _HEADS.format(report["head_crops"]),
            _heads(report["heads"]),
            "## What it costs\n",
            _COST,
            _costs(report["signatures"]),
            table(("part", "bytes"), [(name, f"{n:,}") for name, n in report["bytes"].items()]),
        )
    )


def _goals(goals: Mapping[str, Mapping[str, Any]]) -> str:
    names = {"mae": "largest difference of a value's MAE", "bytes": "size of the file, bytes"}
    rows = [
        (names[key], *(_goal(key, one[name]) for name in ("asked", "reached")), _yes(one["met"]))
        for key, one in goals.items()
    ]
    return table(("goal", "at most", "reached", "met"), rows)


def _goal(key: str, value: float) -> str:
    return f"{value:,}" if key == "bytes" else f"{value:.4f}"


def _yes(is_so: object) -> str:
    return "yes" if is_so else "**no**"


def _values(values: list[dict[str, Any]]) -> str:
    rows = [
        (
            f"{one['value']} ({one['camera']})",
            *(number(mae, digits=4) for mae in one["mae"]),
            f"{one['mae'][1] - one['mae'][0]:+.4f}",
            *(number(r) for r in one["r"]),
        )
        for one in values
    ]
    return table(("value (camera)", "MAE float", "int8", "difference", "r float", "int8"), rows)


def _heads(heads: list[dict[str, Any]]) -> str:
    rows = [
        (
            f"`{one['output']}`",
            "x".join(map(str, one["shape"])),
            " .. ".join(number(end, digits=2) for end in one["range"]),
            number(one["mean"], digits=4),
            number(one["largest"]),
            number(one["r"], digits=4),
            number(one["same_class"], digits=4),
        )
        for one in heads
    ]
    heading = ("output", "shape", "range", "mean difference", "largest", "r", "same class")
    return table(heading, rows)


def _costs(signatures: list[dict[str, Any]]) -> str:
    rows = [
        (
            f"`{one['signature']}`",
            f"{one['multiply_adds'] / 1e6:.2f} M",
            f"{one['median_us']:.0f}",
            f"{one['fastest_us']:.0f}",
            f"{one['calls']:,}",
        )
        for one in signatures
    ]
    return table(("signature", "multiply-adds", "us, median", "fastest", "calls"), rows)

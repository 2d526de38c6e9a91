"""The study of units and their regions as Markdown and JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from mien.study.markdown import number, table

JSON_FILE: Final = "boxes.json"
PAGE_FILE: Final = "boxes.md"
_ABOUT: Final = """\
{crops} crops of {sessions} sessions of wearers, headsets and motion that were not trained on. A
unit shows from 0.2 on. F1: does it show (threshold chosen on validation)? AP: average precision
where a find is right if its rectangle overlaps the exact one by at least 0.5. Overlap: mean
intersection over union where it shows. The face is in every crop, so its F1 says nothing.
"""
_MICRO: Final = """\
Micro-expressions last 40 to 500 ms and peak at 0.1 to 0.3. All units together, in uncued stretches:
those above 0.1 within a micro-expression, against those at rest. Told: above the threshold, which
is chosen on the micro-expressions of validation. Placed: told, and overlap at least 0.5.
"""

Tables = Mapping[str, Any]
"""From `mien.study.boxes.box_tables`."""


def write_box_study(tables: Tables, out: Path, *, command: str) -> Path:
    """Write `boxes.md` and `boxes.json`; returns the page.

    Args:
        tables: What was measured.
        out: Folder to write into; it is made.
        command: How the tables are made, for the page.
    """
    out.mkdir(parents=True, exist_ok=True)
    content = {"command": command, **tables}
    (out / JSON_FILE).write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    page = out / PAGE_FILE
    page.write_text(box_markdown(tables, command=command), encoding="utf-8")
    return page


def box_markdown(tables: Tables, *, command: str) -> str:
    """The page."""
    about = _ABOUT.format(crops=tables["crops"], sessions=tables["sessions"])
    means = [
        (f"mean, {group} ({one['units']} units)", "", *_scores(one))
        for group, one in tables["means"].items()
        if one["units"]
    ]
    rows = [
        (f"{one['name']} ({one['camera']})", str(one["shown"]), *_scores(one))
        for one in tables["units"]
    ]
    parts = [
        "# Units and their regions\n",
        f"`{command}`\n",
        about,
        table(("unit", "shown in", "F1", "AP at 0.5", "overlap"), [*means, *rows]),
    ]
    if tables["micro"]:
        parts += ["## Micro-expressions\n", _MICRO, _micro(tables["micro"])]
    return "\n".join(parts)


def _scores(one: Mapping[str, Any]) -> tuple[str, str, str]:
    return number(one["f1"]), number(one["ap"]), number(one["iou"])


def _micro(micro: Mapping[str, Any]) -> str:
    head = ("peak", "units shown in", "told", "placed", "F1", "AP at 0.5", "overlap")
    rows = [("all", str(micro["shown"]), "", "", *_scores(micro))]
    rows += [
        (name, str(one["shown"]), number(one["told"]), number(one["placed"]), "", "", "")
        for name, one in micro["by_intensity"].items()
    ]
    return table(head, rows)

"""The occlusion study as Markdown and as a picture: accuracy by covered area, a line per model."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from mien.studio.theme import FAINT, INK, LEFT, MIDDLE, PANEL, RIGHT, paper, save
from mien.study.markdown import number, table

JSON_FILE: Final = "occlusion.json"
PAGE_FILE: Final = "occlusion.md"
PICTURE_FILE: Final = "occlusion.png"
_ABOUT: Final = (
    "{} crops of wearers that were not trained on; the same covers for every model, mean over "
    "the values that move.\n"
)
_ASKED: Final = "Drop of the mean r by area; E6 asks for a ratio of at most 0.50:\n"

Models = Sequence[dict[str, Any]]
"""From `mien.train.occlusion_scores.occlusion_scores`; the first is the baseline."""


def write_occlusion_study(models: Models, out: Path, *, command: str) -> dict[str, Any]:
    """Write the tables and the picture.

    Args:
        models: One entry per model; drops are compared with the first one's.
        out: Folder to write into; it is made.
        command: How the tables are made, for the page.

    Returns:
        What `occlusion.json` holds.
    """
    report = {"command": command, "models": list(models), "verdicts": verdicts(models)}
    out.mkdir(parents=True, exist_ok=True)
    (out / JSON_FILE).write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    (out / PAGE_FILE).write_text(_markdown(report), encoding="utf-8")
    _picture(models, out / PICTURE_FILE)
    return report


def verdicts(models: Models) -> list[dict[str, Any]]:
    """E6 for every model after the first: is clean accuracy kept, is the drop halved?

    Returns:
        Per model `clean` (difference of the clean mean r, its own minus the baseline's) and by
        `area` the `drop` of both and their `ratio`; None where the baseline drops nothing.
    """
    first, *others = models
    return [
        {
            "model": other["name"],
            "baseline": first["name"],
            "clean": other["areas"][0]["mean_r"] - first["areas"][0]["mean_r"],
            "drops": [
                _drops(first["areas"], other["areas"], at) for at in range(1, len(first["areas"]))
            ],
        }
        for other in others
    ]


def _drops(first: Models, other: Models, at: int) -> dict[str, Any]:
    before, after = (one[0]["mean_r"] - one[at]["mean_r"] for one in (first, other))
    return {
        "area": first[at]["area"],
        "baseline_drop": before,
        "drop": after,
        "ratio": after / before if before > 0 else None,
    }


def _markdown(report: dict[str, Any]) -> str:
    models = report["models"]
    names = [f"{one['name']} (trained {100 * one['share']:.0f} % covered)" for one in models]
    heads = [f"{name}: {what}" for name in names for what in ("mean r", "MAE")]
    parts = [
        "# Accuracy under covers\n",
        f"`{report['command']}`\n",
        _ABOUT.format(sum(models[0]["samples"].values())),
        "## By covered area\n",
        table(("area", "covered", *heads), _rows(models, "areas", "area")),
        "## By kind of cover, at a fifth of the crop\n",
        table(("cover", "covered", *heads), _rows(models, "covers", "cover")),
    ]
    for one in report["verdicts"]:
        rows = [
            (f"{100 * drop['area']:.0f} %", number(drop["baseline_drop"]), number(drop["drop"]),
             number(drop["ratio"], digits=2))
            for drop in one["drops"]
        ]  # fmt: skip
        parts += [
            f"## {one['model']} against {one['baseline']}\n",
            f"Clean mean r {one['clean']:+.3f}. {_ASKED}",
            table(("area", one["baseline"], one["model"], "ratio"), rows),
        ]
    return "\n".join(parts)


def _rows(models: Models, group: str, key: str) -> list[tuple[str, ...]]:
    rows = []
    for entries in zip(*(one[group] for one in models), strict=True):
        label = entries[0][key]
        cells = [cell for one in entries for cell in (one["mean_r"], one["mean_mae"])]
        name = label if isinstance(label, str) else f"{100 * label:.0f} %"
        rows.append((name, number(entries[0]["covered"]), *map(number, cells)))
    return rows


def _picture(models: Models, path: Path) -> Path:
    figure = paper(7.0, 4.0)
    axes = figure.add_subplot(figure.add_gridspec(1, 1, left=0.1, right=0.98, bottom=0.14)[0])
    axes.set_facecolor(PANEL)
    axes.tick_params(colors=FAINT)
    for number_of, one in enumerate(models):
        colour = (LEFT, RIGHT, MIDDLE, INK)[number_of % 4]
        x = [100 * entry["covered"] for entry in one["areas"]]
        y = [entry["mean_r"] for entry in one["areas"]]
        axes.plot(x, y, "o-", color=colour, label=one["name"])
    axes.set(xlim=(0, None), ylim=(0, 1))
    axes.set_xlabel("covered area, % of the crop", color=FAINT)
    axes.set_ylabel("mean r", color=FAINT)
    axes.set_title("accuracy under covers", loc="left", color=INK, fontsize=11)
    axes.legend(facecolor=PANEL, labelcolor=INK, edgecolor=FAINT)
    return save(figure, path)

"""The identity study as Markdown and as a picture: the curve of each model."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from mien.studio.theme import FAINT, INK, LEFT, MIDDLE, PANEL, RIGHT, paper, save
from mien.study.markdown import table

JSON_FILE: Final = "identity.json"
PAGE_FILE: Final = "identity.md"
PICTURE_FILE: Final = "identity.png"
_ABOUT: Final = (
    "Enrolments of {wearers} wearers who were not trained on (headsets: {headsets}). Each is "
    "compared with those of other visits in the same headset: {same} pairs of one wearer and "
    "{other} of two. The enrolments of a visit are stretches of one recording, so pairs are not "
    "independent. `pictures` compares the crops at rest themselves, once a visit.\n"
)
_VIEW: Final = "eyes and mouth"

Models = Sequence[dict[str, Any]]
"""From `mien.train.identity_scores.identity_scores`."""


def write_identity_study(models: Models, out: Path, *, command: str) -> dict[str, Any]:
    """Write the tables and the picture.

    Args:
        models: One entry per model.
        out: Folder to write into; it is made.
        command: How the tables are made, for the page.

    Returns:
        What `identity.json` holds.
    """
    report = {"command": command, "models": list(models)}
    out.mkdir(parents=True, exist_ok=True)
    (out / JSON_FILE).write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    (out / PAGE_FILE).write_text(_markdown(models, command), encoding="utf-8")
    _picture(models, out / PICTURE_FILE)
    return report


def _markdown(models: Models, command: str) -> str:
    last = models[-1]
    same, other = last["views"][_VIEW]["pairs"]
    views = list(last["views"])
    about = _ABOUT.format(
        wearers=last["wearers"], headsets=last["headsets"], same=same, other=other
    )
    rates = [
        (one["name"], *(_share(one["views"][view]["equal_error_rate"]) for view in views))
        for one in models
    ]
    falses = list(last["views"][_VIEW]["true_matches"])
    matches = [
        (one["name"], *(_share(one["views"][_VIEW]["true_matches"][at]) for at in falses))
        for one in models
    ]
    return "\n".join(
        [
            "# Telling wearers apart\n",
            f"`{command}`\n",
            about,
            "## Equal error rate\n",
            table(("model", *views), rates),
            f"## True matches by share of false ones, {_VIEW}\n",
            table(("model", *(_share(float(at)) for at in falses)), matches),
        ]
    )


def _share(value: float) -> str:
    return f"{100 * value:.1f} %"


def _picture(models: Models, path: Path) -> Path:
    figure = paper(5.0, 4.6)
    axes = figure.add_subplot(figure.add_gridspec(1, 1, left=0.14, right=0.97, bottom=0.12)[0])
    axes.set_facecolor(PANEL)
    axes.tick_params(colors=FAINT)
    colours = (INK, LEFT, RIGHT, MIDDLE)
    for number, one in enumerate(models):
        x, y = zip(*one["views"][_VIEW]["curve"], strict=True)
        colour = colours[number % len(colours)]
        line = "-" if number < len(colours) else "--"
        axes.plot([100 * v for v in x], [100 * v for v in y], line, color=colour, label=one["name"])
    axes.plot((0, 100), (100, 0), ":", color=FAINT)
    axes.set(xlim=(0, 100), ylim=(0, 101))
    axes.set_xlabel("two wearers taken for one, %", color=FAINT)
    axes.set_ylabel("one wearer known again, %", color=FAINT)
    axes.set_title(f"telling wearers apart, {_VIEW}", loc="left", color=INK, fontsize=11)
    axes.legend(facecolor=PANEL, labelcolor=INK, edgecolor=FAINT, loc="lower right")
    return save(figure, path)

"""The emotion study as Markdown: joint with identity, and the emotion-only baseline (D6)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from statistics import mean, stdev
from typing import Any, Final

from mien.study.markdown import table

JSON_FILE: Final = "emotion.json"
PAGE_FILE: Final = "emotion.md"
_OWN, _NONE, _OTHER = "own vector", "no vector", "another's vector"
_FIVE: Final = "eyes, 5 classes"
_ABOUT: Final = (
    "{wearers} wearers who were not trained on; {joint} seeds joint, {alone} emotion only; mean "
    "and deviation over the seeds. The vector is enrolled on the other visit.\n"
)
_EYEMOTION: Final = (
    "Published for the eyes alone: 74 % of 5 classes, real wearers in one kind of headset "
    "(Eyemotion, arXiv 1707.07204). These are rendered: the numbers are not the same thing.\n"
)

Models = Sequence[dict[str, Any]]
"""From `mien.train.emotion_scores.emotion_scores`."""


def write_emotion_study(joint: Models, alone: Models, out: Path, *, command: str) -> dict[str, Any]:
    """Write the tables.

    Args:
        joint: One entry per seed of models that were trained with the wearers' vectors.
        alone: The same of models that were trained without any: the baseline; may be empty.
        out: Folder to write into; it is made.
        command: How the tables are made, for the page.

    Returns:
        What `emotion.json` holds.
    """
    report = {"command": command, "joint": list(joint), "alone": list(alone)}
    out.mkdir(parents=True, exist_ok=True)
    (out / JSON_FILE).write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    (out / PAGE_FILE).write_text(_markdown(joint, alone, command), encoding="utf-8")
    return report


def _markdown(joint: Models, alone: Models, command: str) -> str:
    rows = [("joint, own vector", joint, _OWN), ("joint, no vector", joint, _NONE)]
    rows += [("joint, another's vector", joint, _OTHER)]
    if alone:
        rows.append(("emotion only", alone, _NONE))
    views = list(joint[0]["views"])
    parts = [
        "# Telling what is felt\n",
        f"`{command}`\n",
        _ABOUT.format(wearers=joint[0]["wearers"], joint=len(joint), alone=len(alone)),
    ]
    for what, key in (("Accuracy", "accuracy"), ("Mean recall of the classes", "recall")):
        parts += [
            f"## {what}, %\n",
            table(
                ("model", *views),
                [
                    (name, *(_spread([one["views"][view][vector][key] for one in models])
                             for view in views))
                    for name, models, vector in rows
                ],
            ),
        ]  # fmt: skip
    parts.append(_EYEMOTION)
    for view in (_FIVE, "eyes", "eyes and mouth"):
        parts += [f"## Confusion, {view}, %, {joint[0]['name']} with {_OWN}\n"]
        parts += [_confusion(joint[0]["views"][view][_OWN])]
    return "\n".join(parts)


def _spread(values: Sequence[float]) -> str:
    middle = f"{100 * mean(values):.1f}"
    return f"{middle} ± {100 * stdev(values):.1f}" if len(values) > 1 else middle


def _confusion(scores: dict[str, Any]) -> str:
    rows = [
        (name, str(sum(counts)), *(f"{100 * n / max(1, sum(counts)):.0f}" for n in counts))
        for name, counts in zip(scores["classes"], scores["confusion"], strict=True)
    ]
    return table(("truth", "instants", *scores["classes"]), rows)

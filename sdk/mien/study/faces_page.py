"""The study on published faces as Markdown: our numbers beside the paper's (D)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from mien.study.faces_score import accuracy, by_class, confusion, over_runs, sign_test
from mien.study.markdown import number, table

JSON_FILE: Final = "faces.json"
PAGE_FILE: Final = "faces.md"
PUBLISHED: Final = {"CK+": 0.9931, "FER+": 0.8429}
"""Accuracy of joint learning in the paper, doi 10.1109/TAFFC.2018.2880201."""
BASELINE: Final = "emotion only"
JOINT: Final = "joint"
SWAPPED: Final = "another's vector"
ASKED: Final = (BASELINE, JOINT, SWAPPED, "own neutral's vector", "another's neutral vector")
HEADING: Final = ("data", "published", *ASKED[:3], "p")
"""Of `headline`."""
CHANCE_BELOW: Final = 0.05
"""A difference that chance alone makes more often than that is called none."""
FEWEST_OF_A_UNIT: Final = 20
"""Pictures with an action unit, below which its row is left out."""
_ABOUT: Final = """\
Known of the paper: both numbers, an identity feature of 160 values that is learned from people,
a small expression network for few pictures and an 18-layer residual one for many, both features
concatenated under new fully connected layers, joint learning on expression data alone. All else
is our choice, so a difference to its numbers is not a difference in method alone.
"""
_PROTOCOL: Final = {
    "CK+": (
        "Pictures: the last three frames of each labelled sequence{neutral}, {crop}. Subjects in "
        "ascending order of their number go to the {splits} folds in turn; no subject is in two. "
        "The last epoch is kept: nothing is chosen on the tested fold."
    ),
    "FER+": (
        "Training learns from {votes} votes; PublicTest chooses the epoch, PrivateTest is what is "
        "judged, both by majority. Single votes do not count; unknown, no face and pictures "
        "without a clear vote are left out."
    ),
}

Report = Mapping[str, Mapping[str, Any]]
"""From `mien.train.faces.run.run_faces`."""


def write_faces_study(
    report: Report, out: Path, *, command: str, settings: Mapping[str, Any]
) -> Path:
    """Write `faces.md` and `faces.json`.

    Args:
        report: Data set -> what was found.
        out: Folder to write into; it is made.
        command: How the tables are made.
        settings: Of the study, plain values.

    Returns:
        The page.
    """
    out.mkdir(parents=True, exist_ok=True)
    content = {"command": command, "settings": dict(settings), "data": dict(report)}
    (out / JSON_FILE).write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    page = out / PAGE_FILE
    page.write_text(faces_markdown(report, command=command, settings=settings), encoding="utf-8")
    return page


def faces_markdown(report: Report, *, command: str, settings: Mapping[str, Any]) -> str:
    """The page."""
    parts = ["# Identity and emotion, learned jointly\n", f"`{command}`\n"]
    if settings["shuffle_labels"]:
        parts.append("**Control: the training expressions were dealt to the wrong pictures.**\n")
    parts += [table(HEADING, headline(report)), _LEGEND, _ABOUT]
    for data, found in report.items():
        parts += _section(data, found, settings)
    parts += ["## Settings\n", f"`{json.dumps(dict(settings))}`\n"]
    return "\n".join(parts)


_LEGEND: Final = """\
Accuracy over all tested pictures, %. *Emotion only* is the same network without the identity
branch, trained for as many epochs; *another's vector* is the joint network with the identity of
another person's picture, and must be worse than *joint*. *p*: how likely chance alone parts the
two networks so far (exact sign test on pictures that only one of them gets right; frames of one
sequence are not independent, so it is too small on CK+).
"""


def headline(report: Report) -> list[tuple[str, ...]]:
    """Rows of data set, published, emotion only, joint, another's vector and p, %."""
    return [_row(data, found) for data, found in report.items()]


def _row(data: str, found: Mapping[str, Any]) -> tuple[str, ...]:
    results = found["results"]
    shares = [_percent(accuracy(confusion(results, name))) for name in ASKED[:3]]
    p = _chance(found, BASELINE)
    return (data, _percent(PUBLISHED[data]), *shares, number(p, digits=4))


def _chance(found: Mapping[str, Any], name: str) -> float:
    """How likely chance alone parts the joint network so far from another one."""
    pairs = [one["only_right"][name] for one in found["results"]]
    return sign_test(*(sum(pair[at] for pair in pairs) for at in (0, 1)))


def _percent(share: float | None) -> str:
    return number(None if share is None else 100 * share, digits=2)


def _section(data: str, found: Mapping[str, Any], settings: Mapping[str, Any]) -> list[str]:
    return [
        f"## {data}\n",
        _protocol(data, found, settings) + "\n",
        table(("network", "accuracy, %", "mean of runs, %", "deviation"), _network_rows(found)),
        _verdict(found) + "\n",
        "### By expression\n",
        table(("expression", "pictures", *ASKED[:3]), _class_rows(found)),
        f"### Confusion of the joint network, {data}\n",
        table(("truth \\ said", *found["expressions"]), _confusion_rows(found)),
        *_units(found),
        "### Runs\n",
        table(("run", "people", "pictures", *ASKED[:3], "identity EER"), _run_rows(found)),
        *_identity(found),
    ]


def _protocol(data: str, found: Mapping[str, Any], settings: Mapping[str, Any]) -> str:
    has_neutral = settings["has_neutral"]
    crop = "aligned by the eyes' landmarks" if found["has_landmarks"] else "the middle of each"
    told = _PROTOCOL[data].format(
        neutral=" and its first as neutral" if has_neutral else "",
        crop=crop,
        splits=found["splits"],
        votes=settings["votes"],
    )
    networks = sorted({one["network"] for one in found["results"]})
    return (
        f"{sum(found['pictures'])} pictures of {len(found['expressions'])} expressions. {told} "
        f"Expression network: {', '.join(networks)}."
    )


def _network_rows(found: Mapping[str, Any]) -> list[tuple[str, ...]]:
    results = found["results"]
    return [
        (name, _percent(accuracy(confusion(results, name))), *map(_percent, mean_and_deviation))
        for name in ASKED
        if (mean_and_deviation := over_runs(results, name))[0] is not None
    ]


def _verdict(found: Mapping[str, Any]) -> str:
    results = found["results"]
    baseline, joint, swapped = (accuracy(confusion(results, name)) or 0.0 for name in ASKED[:3])
    gain, loss = 100 * (joint - baseline), 100 * (joint - swapped)
    helps = _judged(gain, _chance(found, BASELINE), ("helps", "harms"))
    used = _judged(loss, _chance(found, SWAPPED), ("is used", "misleads"))
    return (
        f"Identity {helps}: {gain:+.2f} points beside *{BASELINE}*. Its vector {used}: "
        f"another's costs {loss:.2f} points."
    )


def _judged(points: float, p: float, words: tuple[str, str]) -> str:
    """What may be said of a difference."""
    if p >= CHANCE_BELOW:
        return f"makes no difference beyond chance (p {p:.2f})"
    return words[0] if points > 0 else words[1]


def _class_rows(found: Mapping[str, Any]) -> list[tuple[str, ...]]:
    counts = [by_class(confusion(found["results"], name)) for name in ASKED[:3]]
    tested = confusion(found["results"], JOINT).sum(axis=1)
    return [
        (name, str(tested[at]), *(_percent(one[at]) for one in counts))
        for at, name in enumerate(found["expressions"])
    ]


def _confusion_rows(found: Mapping[str, Any]) -> list[tuple[str, ...]]:
    counts = confusion(found["results"], JOINT)
    return [(name, *map(str, counts[at].tolist())) for at, name in enumerate(found["expressions"])]


def _units(found: Mapping[str, Any]) -> list[str]:
    """Which action units of the peak go with errors; nothing where nobody coded them."""
    tables = [one["action_units"] for one in found["results"]]
    rows = []
    for unit in sorted({int(name) for one in tables for name in one}):
        of_unit = [one[str(unit)] for one in tables if str(unit) in one]
        pictures, *right = (
            sum(one[name] for one in of_unit) for name in ("pictures", BASELINE, JOINT)
        )
        if pictures >= FEWEST_OF_A_UNIT:
            rows.append((f"AU {unit}", str(pictures), *(_percent(n / pictures) for n in right)))
    heading = ("coded at the peak", "pictures", BASELINE, JOINT)
    return ["### By action unit\n", table(heading, rows)] if rows else []


def _run_rows(found: Mapping[str, Any]) -> list[tuple[str, ...]]:
    return [
        (
            f"seed {one['seed']}, {one['split']}",
            str(one["people"] or "-"),
            str(one["test"]),
            *(_percent(accuracy(confusion([one], name))) for name in ASKED[:3]),
            _percent((one["identity"]["verification"] or {}).get("equal_error_rate")),
        )
        for one in found["results"]
    ]


def _identity(found: Mapping[str, Any]) -> list[str]:
    """Of the first run: the others differ in people or seed."""
    first = found["results"][0]
    told, verified = first["identity"], first["identity"]["verification"]
    about = (
        f"Identity was learned from {told['source']} ({told['people']} people, "
        f"{told['pictures']} pictures in the first run)"
    )
    if verified is None:
        return ["### Identity\n", f"{about}; there were no pairs to verify it on.\n"]
    same, different = verified["pairs"]
    rows = [(_percent(false), _percent(true)) for false, true in verified["roc"]]
    checked = (
        f"{about}, and verified on {same} pairs of one person and {different} of two, of "
        f"{verified['people']} other people: equal error rate "
        f"{_percent(verified['equal_error_rate'])} %.\n"
    )
    return [
        "### Identity\n",
        checked,
        table(("false matches, %", "true matches, %"), rows),
    ]

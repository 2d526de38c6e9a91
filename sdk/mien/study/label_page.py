"""The tables of the label study as a Markdown page that says what it measured."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from mien import schema
from mien.study.footage_page import footage_markdown
from mien.study.label_measure import DIFFERENCE, METRIC
from mien.study.label_scores import CUED, GOAL_LEAST_R, GOAL_MAE, GOAL_R, KINDS
from mien.study.markdown import number, table

HEAD: Final = """# Labels against exact truth

{sessions} sessions: {names}.

    {command}

A label says "this share of the wearer's largest take" (A10), so it is compared with the truth in
the same shares: each session's truth of a value over the largest truth in that session's accepted
takes. That is one number per session and value, taken from the truth alone: nothing is fitted to
the labels. `MAE, as is` compares without it; the difference is how far from 1 the takes peaked.
Counted are labels that an image gave and that the mask lets through, pooled over the sessions.
`cued`: takes, where one unit was asked for, and the lids whenever they blink. `spontaneous`:
speech, emotions and other stretches without a cue, where many units move at once.
"""


def label_markdown(tables: Mapping[str, Any]) -> str:
    """The page."""
    head = HEAD.format(
        sessions=len(tables["sessions"]),
        names=", ".join(tables["sessions"]),
        command=tables["command"] or "mien study labels SESSIONS... --out DIR",
    )
    parts = [head, _units(tables["units"]), _splits(tables["units"]), _variants(tables["variants"])]
    parts += [_confidence(tables["confidence"]), _spotting(tables["spotting"])]
    if "footage" in tables:
        parts.append(footage_markdown(tables["footage"]))
    return "\n".join(parts)


def _units(units: Mapping[str, Any]) -> str:
    parts = {kind: {one["name"]: one for one in units[kind]["values"]} for kind in KINDS}
    names = [name for name in schema.VALUE_NAMES if any(name in parts[kind] for kind in KINDS)]
    rows = [
        (name, *(cell for kind in KINDS for cell in _cells(parts[kind].get(name))))
        for name in names
    ]
    means = [cell for kind in KINDS for cell in _mean_cells(units[kind]["mean"])]
    rows.append((f"**mean over what flow sees**; goal r {GOAL_R}, MAE {GOAL_MAE}", *means))
    columns = ("labels", "r", "MAE", "MAE, as is")
    heading = ("value", *(f"{kind}: {column}" for kind in KINDS for column in columns))
    rests = [one["rest_wrong"] for one in units[CUED]["values"]]
    return (
        table(heading, rows)
        + f"\nBelow {GOAL_LEAST_R}: bold. Gaze and the tongue are not told by flow and not in the "
        f"mean. Labels at rest whose truth is above 0.1: {max(rests, default=0.0):.3%} of the "
        "worst value.\n"
    )


def _cells(one: Mapping[str, Any] | None) -> tuple[str, ...]:
    if one is None:
        return ("-",) * 4
    is_low = one["seen"] and one["r"] is not None and one["r"] < GOAL_LEAST_R
    r = f"**{number(one['r'])}**" if is_low else number(one["r"])
    return str(one["n"]), r, number(one["mae"]), number(one["mae_of_truth_as_it_is"])


def _mean_cells(mean: Mapping[str, Any]) -> tuple[str, ...]:
    return str(mean["n"]), f"**{number(mean['r'])}**", f"**{number(mean['mae'])}**", ""


def _splits(units: Mapping[str, Any]) -> str:
    rows = [
        (f"{split} {name}", *(c for kind in KINDS for c in _summary_cells(units[kind][key][name])))
        for split, key in (("head", "by_head"), ("rig", "by_rig"), ("session", "by_session"))
        for name in units[CUED][key]
    ]
    columns = ("labels", "r", "MAE", "worst r")
    heading = ("", *(f"{kind}: {column}" for kind in KINDS for column in columns))
    return "## By head, rig and session\n\n" + table(heading, rows)


def _summary_cells(one: Mapping[str, Any]) -> tuple[str, ...]:
    return str(one["n"]), number(one["r"]), number(one["mae"]), number(one["worst_r"])


def _variants(rows: list[Mapping[str, Any]]) -> str:
    text = (
        "## With one thing taken away or replaced\n\n"
        "Means over values that flow can see. First over the labels that the variant itself lets "
        "through, then over those of the labeller, whatever the variant says there, refused or "
        "not: a variant may not look good by refusing what it got wrong. Normalising per take can "
        "only hurt where a unit has more than one.\n\n"
    )
    heading = ("variant", "labels", "r", "MAE", "worst r", "same labels: r", "MAE", "worst r")
    for kind in KINDS:
        cells = [
            (
                one["variant"],
                *_summary_cells(one),
                *(number(one.get(f"same_rows_{key}")) for key in ("r", "mae", "worst_r")),
            )
            for one in rows
            if one["kind"] == kind
        ]
        text += f"{kind}:\n\n{table(heading, cells)}\n"
    return text


def _confidence(found: Mapping[str, Any]) -> str:
    rows = [(_bin_name(one), str(one["n"]), *_error_cells(one)) for one in found["bins"]]
    rank = number(found["rank_correlation"], digits=2)
    return (
        "## Confidence against true error\n\n"
        f"Spearman's rank correlation of confidence and error: {rank}. `confidence.png` draws it."
        "\n\n" + table(("confidence", "labels", "mean error", "median", "90 %"), rows)
    )


def _bin_name(one: Mapping[str, Any]) -> str:
    return f"{one['from']:g} to {one['to']:g}{', masked' if one['masked'] else ''}"


def _error_cells(one: Mapping[str, Any]) -> Iterator[str]:
    return (number(one[key]) for key in ("mae", "median", "p90"))


def _spotting(found: Mapping[str, Any]) -> str:
    text = (
        "## Spotting micro-expressions\n\n"
        f"{found['sessions']} sessions. A spot is a hit at an intersection over union of 0.5 with "
        "a true interval; F1 over all sessions together, as MEGC counts. Of the false alarms each "
        "intensity bears its share. The baseline is the mean absolute difference from the usual "
        "look around, with the spotter's blinks and edges; its threshold was chosen where the "
        "spotter's was, and `best F1 here` is what the best threshold for these very sessions "
        "would give.\n\n"
    )
    rows = [
        (method, name, *_spot_cells(one))
        for method in (METRIC, DIFFERENCE)
        for name, one in (*found[method]["by_intensity"].items(), ("all", found[method]["all"]))
    ]
    heading = ("method", "intensity", "true", "hits", "false", "F1", "apex error, ms", "unit right")
    best = ", ".join(
        f"{method} {max(found[method]['f1_by_snr'].values()):.3f}"
        for method in (METRIC, DIFFERENCE)
    )
    return text + table(heading, rows) + f"\nBest F1 here: {best}.\n"


def _spot_cells(one: Mapping[str, Any]) -> tuple[str, ...]:
    return (
        str(one["true"]),
        str(one["hits"]),
        number(one["false"], digits=1),
        number(one["f1"], digits=2),
        number(one["apex_error_ms"], digits=0),
        number(one["unit_share"], digits=2),
    )

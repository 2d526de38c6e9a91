"""The card of a model file (Mitchell et al., "Model Cards for Model Reporting", FAT* 2019).

Every number in it is read from the file, from results of `mien evaluate` and `mien study parity`,
or counted over them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from mien import schema
from mien.runtime.model_file import ModelInfo
from mien.study.card_text import CAVEATS, DATA_SOURCES, ETHICS, FACTORS, INTENDED, METRICS
from mien.study.markdown import number, table

WEAK_R: Final = 0.5
"""A value that follows the truth less than this is listed as a weakness."""

Facts = Mapping[str, Any]


def model_card(
    info: ModelInfo,
    results: Mapping[str, Facts],
    *,
    file_bytes: int,
    command: str,
    trained_on: Facts | None = None,
    parity: Facts | None = None,
) -> str:
    """The card as Markdown.

    Args:
        info: What the file says of itself.
        results: Name of a set of sessions -> what `mien evaluate --json` wrote.
        file_bytes: Size of the file.
        command: How the card is made.
        trained_on: From `mien.train.provenance.provenance`; None: what the file says.
        parity: What `mien study parity --json` wrote.

    Raises:
        ValueError: If a result is of another model.
    """
    for name, result in results.items():
        if (of := result.get("model", {}).get("fingerprint")) != info.fingerprint:
            raise ValueError(
                f"{name}: expected a result of `mien evaluate --json` with model "
                f"{info.fingerprint}, got {of}; evaluate this file"
            )
    data = trained_on or info.training.get("data")
    parts = (
        f"# Model card: {info.path.name}\n",
        f"`{command}`\n",
        "## Model details\n",
        _details(info, file_bytes),
        "## Intended use\n",
        INTENDED,
        "## Factors\n",
        FACTORS,
        "## Metrics\n",
        METRICS,
        "## Training data\n",
        _training_data(info, data),
        "## Evaluation data\n",
        _evaluation_data(results),
        "## Licences of the data\n",
        _licences([data or {}, *(_heads_of(result) for result in results.values())]),
        *(part for name, result in results.items() for part in _results(name, result, info)),
        *_heads(info.heads),
        "## Verification under covers\n",
        _verification(info.training),
        "## Quantisation\n",
        _quantisation(info, parity),
        "## Known weaknesses\n",
        _weaknesses(info, results),
        "## Ethical considerations\n",
        ETHICS,
        "## Caveats and recommendations\n",
        CAVEATS,
    )
    return "\n".join(parts).rstrip() + "\n"


def _details(info: ModelInfo, file_bytes: int) -> str:
    training = info.training
    signatures = "; ".join(f"`{name}`: {', '.join(of)}" for name, of in info.signatures.items())
    facts = {
        "what it is": "convolutional networks, one per kind of camera, in one TFLite file",
        "signatures and outputs": signatures,
        "file": f"{file_bytes:,} bytes, of which the flatbuffer {info.body_bytes:,}",
        "fingerprint": f"`{info.fingerprint}` (SHA-256 of the flatbuffer)",
        "values": f"{len(info.trained)} of {schema.VALUE_COUNT}, schema `{schema.schema_hash()}`",
        "run": f"{training.get('run', 'unknown')}, seed {training.get('seed', 'unknown')}",
        "begun with": _start(training),
        "labels": _LABELS.get(str(training.get("labels")), "unknown"),
        "epochs kept": _by_kind(training.get("epochs")),
        "samples": _by_kind(training.get("samples")),
        "width": str(training.get("width", "unknown")),
        "covered samples": str(training.get("occlusion", "none: made before covers were drawn")),
        "licence": "Apache-2.0",
    }
    return table(("fact", "value"), facts.items())


_LABELS: Final = {
    "truth": "exact values of rendered sessions",
    "metric": "made by `mien label` from cued sessions, without hand-made labels",
}


def _start(training: Facts) -> str:
    """The runs that it goes back to, the last one first."""
    start = training.get("start")
    if not start:
        return "random weights"
    epochs = _by_kind(start.get("epochs"))
    return f"run {start.get('run', 'unknown')} (epochs: {epochs}), begun with {_start(start)}"


def _by_kind(counts: Facts | float | None) -> str:
    if not counts:
        return "unknown"
    if not isinstance(counts, Mapping):
        return f"{counts:,}"
    return ", ".join(f"{kind} {count:,}" for kind, count in counts.items())


def _training_data(info: ModelInfo, data: Facts | None) -> str:
    if data is None:
        count = info.training.get("sessions", "unknown")
        return (
            f"Sessions: {count}. The file was made before it was kept what they are of; "
            "`--trained-on` tells it.\n"
        )
    return _about_sessions(data)


def _about_sessions(data: Facts) -> str:
    rows = [("sessions", str(data["sessions"])), ("wearers", str(data["wearers"]))]
    rows += [
        (key, ", ".join(f"{name} ({count})" for name, count in data[key].items()))
        for key in ("source", "split", "head", "rig")
        if key in data
    ]
    return table(("of", "what"), rows)


def _evaluation_data(results: Mapping[str, Facts]) -> str:
    rows = [
        (
            name,
            str(len(result["sessions"])),
            str(len({one.get("wearer", one["name"]) for one in result["sessions"]})),
            *(_named(result, key) for key in ("split", "source", "head", "rig")),
            f"{sum(one['instants'] for one in result['sessions']):,}",
        )
        for name, result in results.items()
    ]
    heading = ("result", "sessions", "wearers", "split", "source", "heads", "rigs", "instants")
    return table(heading, rows)


def _named(result: Facts, key: str) -> str:
    return ", ".join(sorted({one.get(key, "unknown") for one in result["sessions"]}))


def _heads_of(result: Facts) -> Facts:
    return {"head": dict.fromkeys(one.get("head", "unknown") for one in result["sessions"])}


def _licences(data: Sequence[Facts]) -> str:
    heads = sorted({head for one in data for head in one.get("head", ()) if head != "unknown"})
    rows = [
        (head, source.what, source.address, source.licence)
        for head in heads
        for source in DATA_SOURCES.get(head, ())
    ]
    text = table(("head", "what", "from", "licence"), rows)
    if unknown := [head for head in heads if head not in DATA_SOURCES]:
        text += f"\n**Of unknown origin and licence: {', '.join(unknown)}.**\n"
    return text


def _results(name: str, result: Facts, info: ModelInfo) -> Iterator[str]:
    yield f"## Results: {name}\n"
    adapts = "as it adapts to the wearer" if result.get("adapts") else "without adapting"
    yield (
        f"The whole tracker, {adapts}: mean r {number(result['mean_r'])}, "
        f"mean MAE {number(result['mean_mae'])}; against shuffled truth "
        f"{number(result['control']['mean_r'])}.\n"
    )
    for key, groups in result["groups"].items():
        yield table((key, "mean r", "mean MAE"), _means(groups))
    sessions = {
        f"{one['name']} ({one.get('head', '?')}, {one.get('rig', '?')})": one
        for one in result["sessions"]
    }
    yield table(("session", "mean r", "mean MAE"), _means(sessions))
    yield table(("value", "r", "MAE", "instants", "taught"), _values(result["units"], info))


def _heads(heads: Facts) -> Iterator[str]:
    if not heads:
        return
    yield "## Results: heads, float networks on the validation sessions\n"
    rows = [row for kind, of in heads.items() for row in _told(of, f"{kind}: ")]
    yield table(("camera: head", "scores"), rows)


def _told(scores: Facts, name: str) -> Iterator[tuple[str, str]]:
    """A row for each innermost table of scores."""
    numbers = {key: one for key, one in scores.items() if not isinstance(one, Mapping)}
    if numbers:
        yield name, ", ".join(f"{key} {_score(one)}" for key, one in numbers.items())
    for key, one in scores.items():
        if isinstance(one, Mapping):
            yield from _told(one, f"{name}{key}" if name.endswith(": ") else f"{name}, {key}")


def _score(value: Any) -> str:  # noqa: ANN401 - int, float or None
    return f"{value:,}" if isinstance(value, int) else number(value)


def _means(groups: Mapping[str, Facts]) -> list[tuple[str, ...]]:
    return [(name, number(one["mean_r"]), number(one["mean_mae"])) for name, one in groups.items()]


def _values(units: Mapping[str, Facts], info: ModelInfo) -> list[tuple[str, ...]]:
    return [
        (
            name,
            number(one["r"]),
            number(one["mae"]),
            f"{one['n']:,}",
            "yes" if name in info.trained else "no",
        )
        for name, one in units.items()
    ]


def _verification(training: Facts) -> str:
    found = training.get("verification")
    if not found:
        return "None: the run was never verified on covered images.\n"
    refused = training.get("refused")
    return (
        f"Mean r {number(found['clean_r'])} on clean and {number(found['covered_r'])} on covered "
        f"images, {number(found['kept'])} of it kept. "
        + (f"**Refused, and written by force: {refused}.**\n" if refused else "Passed.\n")
    )


def _quantisation(info: ModelInfo, parity: Facts | None) -> str:
    scale, zero = info.preprocess.scale, info.preprocess.zero_point
    text = (
        "Weights int8 per channel, activations int8, ranges from crops of training sessions; "
        f"input scale {scale}, zero point {zero}.\n"
    )
    if parity is None:
        return text + "\nNot compared with the float networks here: see `mien study parity`.\n"
    goals = {name: one["reached"] for name, one in parity["goals"].items()}
    rows = [
        (one["signature"], f"{one['multiply_adds']:,}", f"{one['median_us']:.0f}")
        for one in parity["signatures"]
    ]
    return (
        f"{text}\nThe largest difference of a value's MAE from that of the float networks is "
        f"{number(goals['mae'], digits=4)}.\n\n"
        + table(("signature", "multiply-adds", "us, median of a call"), rows)
    )


def _weaknesses(info: ModelInfo, results: Mapping[str, Facts]) -> str:
    untaught = [name for name in schema.VALUE_NAMES if name not in info.trained]
    lines = [f"- Never taught: {', '.join(untaught)}."] if untaught else []
    for name, result in results.items():
        lines += [
            f"- {name}: {line}"
            for line in (*_weak(result["units"], "all sessions"), *_weak_groups(result))
        ]
    return "\n".join(lines or ["- None by these rules."]) + "\n"


def _weak(units: Mapping[str, Facts], where: str) -> Iterator[str]:
    weak = {name: one["r"] for name, one in units.items() if _is_below(one["r"])}
    if weak:
        listed = ", ".join(f"{name} {number(r)}" for name, r in sorted(weak.items(), key=_by_r))
        yield f"r under {WEAK_R} over {where}: {listed}."
    unjudged = [name for name, one in units.items() if one["r"] is None]
    if unjudged:
        yield f"not judged over {where}, for the truth does not move: {', '.join(unjudged)}."


def _weak_groups(result: Facts) -> Iterator[str]:
    """Of each head and rig, what is weak there alone."""
    overall = {name for name, one in result["units"].items() if _is_below(one["r"])}
    for groups in result["groups"].values():
        known = {name: one for name, one in groups.items() if one["mean_r"] is not None}
        for name, one in known.items():
            weak = {n: u["r"] for n, u in one["units"].items() if _is_below(u["r"])}
            here = sorted(((n, r) for n, r in weak.items() if n not in overall), key=_by_r)
            if here:
                listed = ", ".join(f"{n} {number(r)}" for n, r in here)
                yield f"r under {WEAK_R} on {name} besides: {listed}."
        if len(known) > 1:
            worst = min(known, key=lambda name: known[name]["mean_r"])
            yield f"worst on {worst}: mean r {number(known[worst]['mean_r'])}."


def _is_below(r: float | None) -> bool:
    return r is not None and r < WEAK_R


def _by_r(item: tuple[str, float]) -> float:
    return item[1]

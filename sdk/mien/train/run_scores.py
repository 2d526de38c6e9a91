"""How well runs do on the same sessions, over all of them and by head.

The measuring half of the study that compares what networks were taught with (A5, other heads).

The network alone, in float, beside a neutral found by the truth: what the headset's side adds or
takes is `mien evaluate`'s to tell.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from mien import metrics
from mien.capture.session import open_session
from mien.errors import TrainError
from mien.schema import CameraKind
from mien.train.checkpoint import TrainedModel, load_trained
from mien.train.config import TRUTH, LoadConfig
from mien.train.provenance import provenance
from mien.train.samples import Samples, load_samples
from mien.train.targets import KINDS, Rows
from mien.train.validate import in_values, known_values, merged_metrics, predict
from mien.train.verification import mean_of
from mien.types import Progress, silent

ALL: Final = "all"
"""The scope that holds every session."""

Pair = tuple[Rows, Rows]
"""Truth and outputs, each of shape (N, VALUE_COUNT), NaN where unknown."""


def run_scores(
    groups: Mapping[str, Sequence[Path]],
    sessions: Sequence[Path],
    *,
    labels: str = TRUTH,
    config: LoadConfig | None = None,
    progress: Progress = silent,
) -> dict[str, Any]:
    """Score runs on the same samples.

    Args:
        groups: What they were taught with -> `model.pt` files or folders of runs, one per seed.
        sessions: Of wearers that none of them was trained on.
        labels: What they are scored against: exact truth, or a label file.
        config: Which frames count, and where crops are kept.
        progress: Told of each session read and each run.

    Returns:
        `groups`: name -> a list with, per run, scope (`all` and each head) -> `mean_r`,
        `mean_mae` and `units` (value -> `r`, `mae`, `n`, `camera`); `samples` and `wearers` by
        scope; `labels`, what they were scored against.

    Raises:
        TrainError: If a checkpoint is none, or runs were made for different crops.
        SessionError: If a session cannot be read.
    """
    models = {name: [load_trained(run) for run in runs] for name, runs in groups.items()}
    every = [model for found in models.values() for model in found]
    if len({model.preprocess for model in every}) != 1:
        raise TrainError("runs: expected runs for the same crops, got different preprocessing")
    by_head = _by_head(sessions)
    load = (config or LoadConfig()).cropped_as(every[0].preprocess)
    samples = {
        head: load_samples(paths, labels, config=load, progress=progress, what=f"head {head}")
        for head, paths in by_head.items()
    }
    jobs = progress(
        [(name, model) for name, found in models.items() for model in found],
        what="runs",
        total=len(every),
    )
    told: dict[str, list[dict[str, Any]]] = {name: [] for name in models}
    for name, model in jobs:
        told[name].append(_scored(model, samples))
    return {"labels": Path(labels).name, "groups": told, **_counts(by_head, samples)}


def _by_head(sessions: Sequence[Path]) -> dict[str, list[Path]]:
    found: dict[str, list[Path]] = {}
    for path in sessions:
        found.setdefault(str(open_session(path).meta.get("head", "unknown")), []).append(path)
    return dict(sorted(found.items()))


def _counts(
    by_head: Mapping[str, Sequence[Path]], samples: Mapping[str, Mapping[CameraKind, Samples]]
) -> dict[str, Any]:
    crops = {head: sum(len(found[kind]) for kind in KINDS) for head, found in samples.items()}
    sessions = {ALL: [path for paths in by_head.values() for path in paths], **by_head}
    return {
        "samples": {ALL: sum(crops.values()), **crops},
        "wearers": {scope: provenance(paths)["wearers"] for scope, paths in sessions.items()},
    }


def _scored(
    model: TrainedModel, samples: Mapping[str, Mapping[CameraKind, Samples]]
) -> dict[str, Any]:
    pairs = {head: {kind: _pair(model, of[kind]) for kind in KINDS} for head, of in samples.items()}
    scopes = {ALL: list(pairs.values())} | {head: [of] for head, of in pairs.items()}
    return {scope: _of_scope(parts, model.fusion) for scope, parts in scopes.items()}


def _pair(model: TrainedModel, samples: Samples) -> Pair:
    outputs = predict(model.networks[samples.kind], samples, model.preprocess)
    return known_values(samples), in_values(outputs, samples)


def _of_scope(
    parts: Sequence[Mapping[CameraKind, Pair]], fusion: Mapping[str, Mapping[str, float]]
) -> dict[str, Any]:
    scores = {}
    for kind in KINDS:
        truth, got = (np.concatenate([part[kind][side] for part in parts]) for side in (0, 1))
        scores[kind] = metrics.score(truth, got)
    merged = merged_metrics(scores, fusion)
    return {**mean_of(merged), "units": merged}

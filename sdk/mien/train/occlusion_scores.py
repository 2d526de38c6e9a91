"""How accurate models are under covers of given areas (E6): the measuring half of the study."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from mien.errors import TrainError
from mien.schema import CameraKind
from mien.train.checkpoint import MODEL_FILE, TrainedModel, load_trained, save_trained
from mien.train.config import TRUTH, LoadConfig
from mien.train.occluder import Cover, draw_cover
from mien.train.occlusion import cover_of_area
from mien.train.samples import Samples, load_samples
from mien.train.targets import KINDS
from mien.train.validate import merged_metrics, predict, score_outputs
from mien.train.verification import mean_of, verify
from mien.types import Progress, silent

AREAS: Final = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5)
"""Covered shares of a crop that the study measures at."""
SINGLE_AREA: Final = 0.2
"""Area at which each kind of cover is measured by itself."""
SINGLE_COVERS: Final = ("hair", "strap", "finger", "smear", "glare")
"""Those that can get in the way of every camera."""
_SEED: Final = 2_026_112_1

CoverOf = Callable[[CameraKind, int], Cover]


def occlusion_scores(
    runs: Sequence[Path],
    sessions: Sequence[Path],
    *,
    labels: str = TRUTH,
    config: LoadConfig | None = None,
    progress: Progress = silent,
) -> list[dict[str, Any]]:
    """Score models on the same covered samples.

    Args:
        runs: `model.pt` files, or folders of runs.
        sessions: Of wearers that none of them was trained on.
        labels: What they are scored against: exact truth, or a label file.
        config: Which frames count, and where crops are kept.
        progress: Told of each session read and each measurement.

    Returns:
        Per model its `name`, the `share` of covered samples that it was trained with, `areas`
        (asked for, `covered` on average, `mean_r`, `mean_mae`) and `covers` (kind, `mean_r`,
        `mean_mae` at `SINGLE_AREA`).

    Raises:
        TrainError: If a checkpoint is none, or models were made for different crops.
        SessionError: If a session cannot be read.
    """
    models = [load_trained(run) for run in runs]
    if len({model.preprocess for model in models}) != 1:
        raise TrainError("runs: expected models for the same crops, got different preprocessing")
    samples = load_samples(
        sessions,
        labels,
        config=(config or LoadConfig()).cropped_as(models[0].preprocess),
        progress=progress,
        what="sessions",
    )
    jobs = [(run, model, lies_over) for run, model in zip(runs, models, strict=True)
            for lies_over in _conditions()]  # fmt: skip
    found: dict[Path, dict[str, list[dict[str, Any]]]] = {}
    for run, model, (group, facts, cover_of) in progress(jobs, what="covers", total=len(jobs)):
        entry = facts | _score(model, samples, cover_of)
        found.setdefault(run, {"areas": [], "covers": []})[group].append(entry)
    return [
        {
            "name": _name(run),
            "share": model.training.get("occlusion", 0.0),
            "samples": {kind: len(samples[kind]) for kind in KINDS},
            **found[run],
        }
        for run, model in zip(runs, models, strict=True)
    ]


def verify_run(
    run: Path,
    sessions: Sequence[Path],
    *,
    labels: str = TRUTH,
    config: LoadConfig | None = None,
    progress: Progress = silent,
) -> dict[str, Any]:
    """Verify a model that is finished, and write the result into its `model.pt`.

    Args:
        run: `model.pt`, or the run's folder.
        sessions: Of wearers that it was not trained on; best those that it was validated on.
        labels: What it is scored against.
        config: Which frames count, and where crops are kept.
        progress: Told of each session read.

    Returns:
        The verification, see `mien.train.verification.verify`.

    Raises:
        TrainError: If the checkpoint is none, or a session has no labels.
        SessionError: If a session cannot be read.
    """
    model = load_trained(run)
    load = (config or LoadConfig()).cropped_as(model.preprocess)
    samples = load_samples(sessions, labels, config=load, progress=progress, what="sessions")
    verification = verify(model.networks, samples, preprocess=model.preprocess, fusion=model.fusion)
    path = run / MODEL_FILE if run.is_dir() else run
    save_trained(path, replace(model, verification=verification))
    return verification


def _conditions() -> list[tuple[str, dict[str, Any], CoverOf | None]]:
    areas = [("areas", {"area": area}, _at_area(area) if area else None) for area in AREAS]
    covers = [
        ("covers", {"cover": name, "area": SINGLE_AREA}, _of_name(name)) for name in SINGLE_COVERS
    ]
    return [*areas, *covers]


def _at_area(area: float) -> CoverOf:
    return lambda kind, number: cover_of_area(
        kind, area, key=(_SEED, round(100 * area), KINDS.index(kind), number)
    )


def _of_name(name: str) -> CoverOf:
    return lambda kind, number: draw_cover(name, SINGLE_AREA, (_SEED, KINDS.index(kind), number))


def _score(
    model: TrainedModel, samples: Mapping[CameraKind, Samples], cover_of: CoverOf | None
) -> dict[str, Any]:
    scores, areas = {}, []
    for kind in KINDS:

        def lies_over(number: int, kind: CameraKind = kind) -> Cover | None:
            if cover_of is None:
                return None
            cover = cover_of(kind, number)
            areas.append(cover.area)
            return cover

        outputs = predict(model.networks[kind], samples[kind], model.preprocess, cover_of=lies_over)
        scores[kind] = score_outputs(outputs, samples[kind])
    covered = sum(areas) / len(areas) if areas else 0.0
    return {"covered": covered, **mean_of(merged_metrics(scores, model.fusion))}


def _name(run: Path) -> str:
    return run.resolve().name if run.is_dir() else run.resolve().parent.name

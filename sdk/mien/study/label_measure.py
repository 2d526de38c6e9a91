"""One session, labelled in every way, beside its truth; what was measured once is not again.

The crops are decoded once and shared by all variants. Each variant leaves one file, named after a
digest of the session, the settings and the code: a study that was stopped goes on where it was.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any, Final

import numpy as np

from mien.capture.session import Session, open_session
from mien.errors import TrainError
from mien.jobs import Step
from mien.study.digest import measurement_digest
from mien.study.frame_difference import spot_by_difference
from mien.study.micro_truth import judged_spans, micro_truths
from mien.study.spot_score import SpotOutcome, judge_spots
from mien.study.variants import LABELS, settings_of
from mien.train.label_pairs import LabelPairs, pair_labels
from mien.train.label_tracks import CameraCrops
from mien.train.labeller import Labelled, label_crops, read_crops
from mien.train.spot_curves import stretches
from mien.train.spotting import SpotConfig, spots_of

SNRS: Final = (3.0, 4.0, 5.0, 6.0, 8.0, 10.0, 12.0, 15.0, 20.0, 30.0)
"""Thresholds at which both spotters are judged."""
METRIC, DIFFERENCE = "movement metric", "frame difference"

Outcomes = Mapping[str, Mapping[float, SpotOutcome]]
"""Method -> threshold -> outcome."""


@dataclass(frozen=True, slots=True)
class MeasureJob:
    """What to measure of one session."""

    session: Path
    variants: tuple[str, ...]
    cache: Path


@dataclass(frozen=True, slots=True)
class Measured:
    """One session."""

    session: str
    head: str
    rig: str
    pairs: Mapping[str, LabelPairs]
    """Variant -> its labels beside the truth."""
    spots: Outcomes
    """Empty where the truth holds no micro-expression."""


def measure(job: MeasureJob, step: Step) -> Measured:
    """Measure one session, as far as it is not measured yet.

    Args:
        job: What to measure.
        step: Told after each variant.

    Raises:
        TrainError: If the session has no truth.
        SessionError: If it breaks the format.
    """
    bench = _Bench(job, open_session(job.session))
    pairs = {}
    for variant in job.variants:
        pairs[variant] = bench.pairs(variant)
        step(f"{job.session.name}: {variant}")
    meta = bench.session.meta
    head, rig = (str(meta.get(key, "unknown")) for key in ("head", "rig"))
    return Measured(job.session.name, head, rig, pairs, bench.spots())


class _Bench:
    """Reads, labels and stores; crops and labels are made when first needed."""

    def __init__(self, job: MeasureJob, session: Session) -> None:
        truth = session.truth()
        if truth is None:
            raise TrainError(f"{session.path}: expected a session with truth.csv, got none")
        self.session, self._truth, self._cache = session, truth, job.cache
        self._views: dict[str, CameraCrops] = {}
        self._labelled: Labelled | None = None

    def pairs(self, variant: str) -> LabelPairs:
        path = self._file(variant, settings_of(variant), ".npz")
        if not path.exists():
            table = self._label(variant).table
            _store_pairs(pair_labels(table, self._truth), path)
        return _load_pairs(path)

    def spots(self) -> Outcomes:
        path = self._file("spots", (settings_of(LABELS), SpotConfig(), SNRS), ".json")
        if not path.exists():
            _write_text(path, json.dumps(self._judge()))
        stored = json.loads(path.read_text(encoding="utf-8"))
        return {
            method: {float(snr): SpotOutcome.of_json(one) for snr, one in found.items()}
            for method, found in stored.items()
        }

    def _judge(self) -> dict[str, dict[float, dict[str, Any]]]:
        cues = self.session.cues()
        truths = micro_truths(self.session.path, cues)
        if truths is None:
            return {}
        configs = [replace(SpotConfig(), min_snr=snr) for snr in SNRS]
        settings, cameras = settings_of(LABELS), self._label(LABELS).cameras
        shown = stretches(cameras, self._crops(), cues, config=settings)
        ours = [[spot for one in shown for spot in spots_of(one, c)] for c in configs]
        bare = [replace(config, min_share=0.0) for config in configs]
        theirs = spot_by_difference(cameras, self._crops(), cues, labels=settings, configs=bare)
        t_ns = next(iter(self._crops().values())).t_ns
        known: dict[str, Any] = {
            "truths": truths,
            "judged": judged_spans(cues),
            "period_ns": int(np.median(np.diff(t_ns))),
            "values": self._truth,
        }
        return {
            method: {
                snr: asdict(judge_spots(spots, **known))
                for snr, spots in zip(SNRS, found, strict=True)
            }
            for method, found in ((METRIC, ours), (DIFFERENCE, theirs))
        }

    def _label(self, variant: str) -> Labelled:
        if variant == LABELS and self._labelled is not None:
            return self._labelled
        labelled = label_crops(
            self.session.path.name,
            self._crops(),
            self.session.cues(),
            config=settings_of(variant),
        )
        if variant == LABELS:
            self._labelled = labelled
        return labelled

    def _crops(self) -> dict[str, CameraCrops]:
        if not self._views:
            self._views = {name: read_crops(self.session, name) for name in self.session.cameras}
        return self._views

    def _file(self, what: str, settings: object, suffix: str) -> Path:
        digest = measurement_digest(self.session.path, settings)
        name = f"{self.session.path.name}-{what.replace(' ', '_')}-{digest}{suffix}"
        return self._cache / name


def measured_rows(one: Measured, variant: str) -> LabelPairs:
    """The rows of a variant that may be scored."""
    pairs = one.pairs[variant]
    return pairs.where(pairs.mask)


def _store_pairs(pairs: LabelPairs, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    columns: dict[str, Any] = {one.name: getattr(pairs, one.name) for one in fields(pairs)}
    with part.open("wb") as file:
        np.savez_compressed(file, **columns)
    part.replace(path)


def _load_pairs(path: Path) -> LabelPairs:
    with np.load(path, allow_pickle=False) as stored:
        return LabelPairs(*(stored[one.name] for one in fields(LabelPairs)))


def _write_text(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    part.write_text(text, encoding="utf-8")
    part.replace(path)

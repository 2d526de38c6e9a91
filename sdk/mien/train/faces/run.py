"""The whole study: every split of CK+ and FER+, with every seed; what is finished is kept."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import numpy as np

from mien.jobs import finished
from mien.train.faces.cohn_kanade import TakenSequence, read_faces, read_portraits, read_sequences
from mien.train.faces.config import FacesConfig
from mien.train.faces.experiment import People
from mien.train.faces.faces import Faces, Portraits, Rows, Split
from mien.train.faces.ferplus import read_ferplus
from mien.train.faces.folds import subject_folds
from mien.train.faces.identities import kept_back, read_identities
from mien.train.faces.jobs import IdentityFile, IdentityJob, SplitJob, device_of, run_job
from mien.types import Progress, silent

CKPLUS: Final = "CK+"
FERPLUS: Final = "FER+"

EpochProgress: TypeAlias = Callable[[str, int, int], None]
"""Told what is learned, how many epochs are done, and of how many."""


def run_faces(
    config: FacesConfig,
    *,
    workers: int = 1,
    progress: Progress = silent,
    on_epoch: EpochProgress | None = None,
) -> dict[str, Any]:
    """Run what is not finished yet.

    Args:
        config: What to compare.
        workers: Processes, at least 1.
        progress: Told of each picture read.
        on_epoch: Told of each epoch learned.

    Returns:
        Data set -> `expressions`, `pictures` per expression, `crop` and `results`, one per
        split and seed, from `run_split`.

    Raises:
        TrainError: If data break their layout, or `config.out` holds another study.
        ConfigError: If a device is asked for that is not there.
    """
    device_of(config)  # refuse before an hour of reading
    sequences = read_sequences(config.ckplus) if config.ckplus else ()
    portraits = _portraits(config, sequences, progress)
    seeds = range(config.seed, config.seed + config.seeds)
    shared = _shared(config, portraits, seeds, on_epoch=on_epoch) if config.identities else {}
    told = {}
    for data, splits in _splits(config, sequences, progress).items():
        jobs = [
            SplitJob(
                data=data,
                split=split,
                identity=shared.get(seed) or _people(config, portraits, split, seed=seed),
                seed=seed,
                config=config,
            )
            for seed in seeds
            for split in splits
        ]
        _run(jobs, workers=workers, on_epoch=on_epoch)
        told[data] = _report(splits, jobs, has_landmarks=bool(sequences and sequences[0].landmarks))
    return told


def _shared(
    config: FacesConfig,
    portraits: Portraits,
    seeds: Iterable[int],
    *,
    on_epoch: EpochProgress | None,
) -> dict[int, IdentityFile]:
    """Identity of the people of `--identities` by seed, learned where it is not there yet."""
    found = {}
    for seed in seeds:
        train, kept = kept_back(portraits, config.kept_back, seed=seed)
        people = People(source="people of --identities", train=train, kept_back=kept)
        job = IdentityJob(people=people, seed=seed, config=config)
        path = job.done(_Meter(config.identity_epochs, on_epoch).step)
        found[seed] = IdentityFile(path, job.fingerprint())
    return found


def _splits(
    config: FacesConfig, sequences: Sequence[TakenSequence], progress: Progress
) -> dict[str, tuple[Split, ...]]:
    found: dict[str, tuple[Split, ...]] = {}
    if sequences:
        faces = read_faces(
            sequences, side_px=config.side_px, has_neutral=config.has_neutral, progress=progress
        )
        found[CKPLUS] = subject_folds(faces, folds=config.folds)
    if config.ferplus is not None and config.fer2013 is not None:
        split = read_ferplus(
            config.ferplus,
            config.fer2013,
            voting=config.votes,
            side_px=config.side_px,
            progress=progress,
        )
        found[FERPLUS] = (split,)
    return found


def _portraits(
    config: FacesConfig, sequences: Sequence[TakenSequence], progress: Progress
) -> Portraits:
    if config.identities is not None:
        return read_identities(config.identities, side_px=config.side_px, progress=progress)
    return read_portraits(sequences, side_px=config.side_px, progress=progress)


def _people(config: FacesConfig, portraits: Portraits, split: Split, *, seed: int) -> People:
    """Who of CK+ identity is learned from for a split: nobody who is tested."""
    tested = set(split.test.people.tolist())
    if tested != {""}:
        everyone = set(portraits.people.tolist())
        return People(
            source="subjects of the training folds",
            train=portraits.of(everyone - tested),
            kept_back=portraits.of(tested),
        )
    train, kept = kept_back(portraits, config.kept_back, seed=seed)
    return People(source="subjects of CK+", train=train, kept_back=kept)


@dataclass(slots=True)
class _Meter:
    """Counts the epochs of all jobs."""

    total: int
    tell: EpochProgress | None
    done: int = 0

    def step(self, what: str) -> None:
        self.done += 1
        if self.tell is not None:
            self.tell(f"{what}: epochs", self.done, self.total)


def _run(jobs: Sequence[SplitJob], *, workers: int, on_epoch: EpochProgress | None) -> None:
    due = [job for job in jobs if job.result() is None]
    meter = _Meter(sum(job.epochs for job in due), on_epoch)
    for _name in finished(run_job, due, workers=workers, on_step=meter.step):
        pass


def _report(
    splits: Sequence[Split], jobs: Sequence[SplitJob], *, has_landmarks: bool
) -> dict[str, Any]:
    first = splits[0]
    parts = [first.train, first.test, *([first.validation] if first.validation else [])]
    return {
        "expressions": list(first.train.expressions),
        "pictures": np.sum([_count(part) for part in parts], axis=0).tolist(),
        "has_landmarks": has_landmarks,
        "splits": len(splits),
        "results": [job.result() for job in jobs],
    }


def _count(faces: Faces) -> Rows:
    return np.bincount(faces.truth, minlength=len(faces.expressions))

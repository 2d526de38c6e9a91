"""A training run: both networks, epoch by epoch, resumable, chosen on validation alone (A5)."""

from __future__ import annotations

import hashlib
import json
import logging
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from mien import schema
from mien.errors import TrainError
from mien.schema import CameraKind
from mien.train.checkpoint import (
    MODEL_FILE,
    RUN_FILE,
    TrainedModel,
    load_trained,
    read_state,
    save_trained,
    write_state,
)
from mien.train.config import TRUTH, TrainConfig
from mien.train.learner import Learner
from mien.train.network import Encoder, make_network
from mien.train.samples import Samples, load_samples
from mien.train.targets import KINDS, OUTPUTS
from mien.train.validate import (
    fusion_weights,
    merged_metrics,
    predict,
    score_outputs,
    squared_errors,
    validation_loss,
)
from mien.types import Progress, silent

HISTORY_FILE: Final = "history.json"
_CALIBRATION_CROPS = 256
_FREE_FIELDS = ("out", "cache", "threads", "max_minutes")
"""Settings that may change when a run goes on."""

logger = logging.getLogger("mien")


@dataclass(slots=True)
class _Track:
    """One kind of camera within a run."""

    learner: Learner
    validation: Samples
    best: dict[str, Tensor]
    """Weights of the best epoch."""
    best_loss: float
    best_epoch: int
    history: list[dict[str, Any]]


def train(config: TrainConfig, progress: Progress = silent) -> Path:
    """Train both networks on labelled sessions, or go on with a run that stopped.

    Args:
        config: What to learn from and how; `config.out` is the folder of the run.
        progress: Told of each session read and each batch.

    Returns:
        `model.pt` in the folder of the run, for `export`. Beside it lie `run.pt`, to go on
        from, and `history.json`, losses and mean r per epoch.

    Raises:
        SessionError: If a session cannot be read.
        TrainError: If there are no labels, or `config.out` holds a run with other settings.
    """
    tracks = _prepared(config, progress)
    # One network per thread: two threads within one network wait for each other at every
    # layer, and on a busy machine that costs ten times what it gains.
    workers = min(len(tracks), config.threads)
    start_ns = time.monotonic_ns()
    with _torch_threads(config.threads // workers), ThreadPoolExecutor(workers) as pool:
        for epoch in range(min(track.learner.epoch for track in tracks.values()), config.epochs):
            due = [track for track in tracks.values() if track.learner.epoch == epoch]
            list(pool.map(lambda track: _run_epoch(track, config, progress), due))
            _save_run(tracks, config)
            minutes = (time.monotonic_ns() - start_ns) / 60e9
            if config.max_minutes and minutes >= config.max_minutes:
                logger.warning("stopped after epoch %d: %.1f minutes passed", epoch + 1, minutes)
                break
        path = config.out / MODEL_FILE
        save_trained(path, _trained_model(tracks, config))
    return path


def _prepared(config: TrainConfig, progress: Progress) -> dict[CameraKind, _Track]:
    fingerprint = _fingerprint(config)
    path = config.out / RUN_FILE
    saved = read_state(path) if path.exists() else None
    if saved is not None and saved["fingerprint"] != fingerprint:
        raise TrainError(
            f"{config.out}: expected a run with the same settings, got another; "
            "train into another folder"
        )
    samples = load_samples(
        config.sessions, config.labels, config=config, progress=progress, what="training sessions"
    )
    validation = load_samples(
        config.validation_sessions,
        config.validation_labels or config.labels,
        config=config,
        progress=progress,
        what="validation sessions",
    )
    if config.shuffle_labels:
        samples = {kind: found.shuffled(config.seed) for kind, found in samples.items()}
    tracks = {
        kind: _Track(Learner(samples[kind], config), validation[kind], {}, float("inf"), 0, [])
        for kind in KINDS
    }
    begun = load_trained(Path(config.start)) if config.start and saved is None else None
    if begun is not None and begun.width != config.width:
        raise TrainError(
            f"{config.start}: width: expected {config.width:g}, got {begun.width:g}; "
            f"give --width {begun.width:g}"
        )
    for kind, track in tracks.items():
        if saved is not None:
            _restore(track, saved["tracks"][kind])
        elif begun is not None:
            track.learner.start_from(begun.networks[kind].state_dict())
    return tracks


def _run_epoch(track: _Track, config: TrainConfig, progress: Progress) -> None:
    learner, start_ns = track.learner, time.monotonic_ns()
    loss = learner.run_epoch(progress)
    outputs = predict(learner.average, track.validation, config.samples.preprocess)
    reached = validation_loss(outputs, track.validation, learner.balance_U.numpy())
    scores = score_outputs(outputs, track.validation)
    track.history.append(
        {
            "epoch": learner.epoch,
            "loss": loss,
            "validation_loss": reached,
            "mean_r": scores.mean_r,
            "mean_mae": scores.mean_mae,
            "seconds": (time.monotonic_ns() - start_ns) / 1e9,
        }
    )
    logger.info("%s %s", track.validation.kind, track.history[-1])
    if reached < track.best_loss:
        track.best_loss, track.best_epoch = reached, learner.epoch
        track.best = {k: v.clone() for k, v in learner.average.state_dict().items()}


def _save_run(tracks: Mapping[CameraKind, _Track], config: TrainConfig) -> None:
    saved = {
        kind: {
            "learner": track.learner.state(),
            "best": track.best,
            "best_loss": track.best_loss,
            "best_epoch": track.best_epoch,
            "history": track.history,
        }
        for kind, track in tracks.items()
    }
    write_state(config.out / RUN_FILE, {"fingerprint": _fingerprint(config), "tracks": saved})
    history = {kind: track.history for kind, track in tracks.items()}
    (config.out / HISTORY_FILE).write_text(json.dumps(history, indent=1) + "\n", encoding="utf-8")


def _restore(track: _Track, saved: Mapping[str, Any]) -> None:
    track.learner.restore(saved["learner"])
    track.best, track.best_loss = dict(saved["best"]), float(saved["best_loss"])
    track.best_epoch, track.history = int(saved["best_epoch"]), list(saved["history"])


def _fingerprint(config: TrainConfig) -> str:
    """Hash of the settings, the sessions' names and the label files' content."""
    settings = {k: v for k, v in asdict(config).items() if k not in _FREE_FIELDS}
    for name in ("sessions", "validation_sessions"):
        settings[name] = [path.name for path in settings[name]]
    settings["schema"] = schema.schema_hash()
    settings["start"] = _start_digest(settings["start"])
    for name in ("labels", "validation_labels"):
        settings[name] = _label_digest(settings[name])
    return hashlib.sha256(json.dumps(settings, sort_keys=True).encode()).hexdigest()


def _start_digest(start: str) -> str:
    if not start:
        return ""
    networks = load_trained(Path(start)).networks.values()
    weights = (weight for network in networks for weight in network.state_dict().values())
    return hashlib.sha256(b"".join(weight.numpy().tobytes() for weight in weights)).hexdigest()


def _label_digest(labels: str) -> str:
    if labels in ("", TRUTH):
        return labels
    try:
        return hashlib.sha256(Path(labels).read_bytes()).hexdigest()
    except OSError as exc:
        raise TrainError(f"{labels}: expected a label file, got {exc.strerror or exc}") from exc


def _trained_model(tracks: Mapping[CameraKind, _Track], config: TrainConfig) -> TrainedModel:
    networks: dict[CameraKind, Encoder] = {}
    outputs = {}
    for kind, track in tracks.items():
        networks[kind] = make_network(kind, width=config.width)
        networks[kind].load_state_dict(track.best)
        outputs[kind] = predict(networks[kind], track.validation, config.samples.preprocess)
    errors = {kind: squared_errors(outputs[kind], tracks[kind].validation) for kind in KINDS}
    moving = {kind: tracks[kind].learner.samples.moving() for kind in KINDS}
    scores = {kind: score_outputs(outputs[kind], tracks[kind].validation) for kind in KINDS}
    fusion = fusion_weights(errors, moving)
    return TrainedModel(
        networks=networks,
        width=config.width,
        calibration={kind: _calibration(track.learner.samples) for kind, track in tracks.items()},
        preprocess=config.samples.preprocess,
        trained=_trained_values(moving),
        training=_description(tracks, config),
        metrics=merged_metrics(scores, fusion),
        fusion=fusion,
    )


def _trained_values(moving: Mapping[CameraKind, list[bool]]) -> tuple[str, ...]:
    known = {
        kind: {name for name, is_moving in zip(OUTPUTS[kind], flags, strict=True) if is_moving}
        for kind, flags in moving.items()
    }
    return tuple(
        name
        for name, unit in schema.UNIT_OF_VALUE.items()
        if unit.name in known["eye"] or name in known["mouth"]
    )


def _description(tracks: Mapping[CameraKind, _Track], config: TrainConfig) -> dict[str, Any]:
    """What the model file says about its training; no paths of this machine."""
    return {
        "run": config.out.resolve().name,
        "seed": config.seed,
        "labels": TRUTH if config.labels == TRUTH else "metric",
        "is_shuffled": config.shuffle_labels,
        "sessions": len(config.sessions),
        "validation_sessions": len(config.validation_sessions),
        "samples": {kind: len(track.learner.samples) for kind, track in tracks.items()},
        "epochs": {kind: track.best_epoch for kind, track in tracks.items()},
        "width": config.width,
        "start": load_trained(Path(config.start)).training if config.start else None,
    }


def _calibration(samples: Samples) -> NDArray[np.int8]:
    """Crops spread evenly over the samples, for the ranges of the int8 file."""
    rows = np.unique(np.linspace(0, len(samples) - 1, _CALIBRATION_CROPS).astype(np.intp))
    return samples.pairs(rows)


@contextmanager
def _torch_threads(count: int) -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)

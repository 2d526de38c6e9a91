"""A training run: both networks, epoch by epoch, resumable, chosen on validation alone (A5)."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from threading import Lock
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray

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
from mien.train.distribute import Place, joined
from mien.train.event_log import EventLog
from mien.train.fingerprint import fingerprint
from mien.train.head_scores import score_heads
from mien.train.learner import Learner
from mien.train.network import Encoder, make_network
from mien.train.occlusion import halves
from mien.train.provenance import provenance
from mien.train.samples import Samples, load_samples
from mien.train.targets import KINDS, OUTPUTS
from mien.train.task_weights.curve import CURVE_FILE, WeightCurve, write_curves
from mien.train.track import Track
from mien.train.validate import (
    fusion_weights,
    merged_metrics,
    predict,
    score_outputs,
    squared_errors,
)
from mien.train.verification import verification_cover, verify
from mien.types import Progress, silent

HISTORY_FILE: Final = "history.json"
_CALIBRATION_CROPS = 256

logger = logging.getLogger("mien")


def train(config: TrainConfig, progress: Progress = silent) -> Path:
    """Train both networks on labelled sessions, or go on with a run that stopped.

    Under `torchrun` every process calls this with the same settings; the first one writes.

    Args:
        config: What to learn from and how; `config.out` is the folder of the run.
        progress: Told of each session read and each batch.

    Returns:
        `model.pt` in the folder of the run, for `export`. Beside it lie `run.pt`, to go on
        from, and `history.json`, losses and r per epoch.

    Raises:
        SessionError: If a session cannot be read.
        ConfigError: If there is not the device, the package or the number of parts asked for.
        TrainError: If there are no labels, a loss is not finite, or `config.out` holds a run
            with other settings.
    """
    with joined(config) as place:
        tracks = _prepared(config, progress, place=place)
        place.wait()  # all have read run.pt before the first one writes it
        keeper = _Keeper(tracks, config, place)
        with closing(keeper):
            _run_epochs(tracks, config, progress, keeper=keeper)
        path = config.out / MODEL_FILE
        if place.is_first:
            save_trained(path, _trained_model(tracks, config, progress))
        place.wait()
    return path


class _Keeper:
    """Writes what a run leaves on disk, at the end of epochs and within long ones."""

    def __init__(
        self, tracks: Mapping[CameraKind, Track], config: TrainConfig, place: Place
    ) -> None:
        self.place = place
        self._tracks, self._config = tracks, config
        self._fingerprint = fingerprint(config)
        self._lock = Lock()
        self._saved_ns = time.monotonic_ns()
        done = min(len(track.history) for track in tracks.values())
        is_logging = config.tensorboard and place.is_first
        self._events = EventLog(config.out, epochs_done=done) if is_logging else None

    def after_step(self) -> None:
        """Save if it is time; called by the threads of both networks."""
        if not self.place.is_first or not self._lock.acquire(blocking=False):
            return
        try:
            if (time.monotonic_ns() - self._saved_ns) / 60e9 >= self._config.save_minutes:
                self._write_state()
        finally:
            self._lock.release()

    def save(self) -> None:
        """Save at the end of an epoch."""
        if not self.place.is_first:
            return
        with self._lock:
            self._write_state()
            history = {kind: track.history for kind, track in self._tracks.items()}
            _write_text(self._config.out / HISTORY_FILE, json.dumps(history, indent=1) + "\n")
            curves: dict[str, WeightCurve] = {
                kind: track.learner.weigher.curve for kind, track in self._tracks.items()
            }
            write_curves(self._config.out / CURVE_FILE, curves)
            if self._events:
                self._events.write(history)

    def close(self) -> None:
        """Leave the event files whole."""
        if self._events:
            self._events.close()

    def _write_state(self) -> None:
        saved = {kind: track.state() for kind, track in self._tracks.items()}
        state = {"fingerprint": self._fingerprint, "tracks": saved}
        write_state(self._config.out / RUN_FILE, state)
        self._saved_ns = time.monotonic_ns()


def _write_text(path: Path, text: str) -> None:
    part = path.with_name(path.name + ".part")
    part.write_text(text, encoding="utf-8")
    part.replace(path)


def _run_epochs(
    tracks: Mapping[CameraKind, Track],
    config: TrainConfig,
    progress: Progress,
    *,
    keeper: _Keeper,
) -> None:
    # One network per thread: two threads within one network wait for each other at every
    # layer, and on a busy machine that costs ten times what it gains. Processes that share a
    # run have to exchange in the same order, so there it is one after the other.
    workers = 1 if keeper.place.processes > 1 else min(len(tracks), config.threads)
    start_ns = time.monotonic_ns()
    with _torch_threads(max(1, config.threads // workers)), ThreadPoolExecutor(workers) as pool:
        while due := [track for track in tracks.values() if not track.is_finished]:
            epoch = min(track.learner.epoch for track in due)
            now = [track for track in due if track.learner.epoch == epoch]
            list(pool.map(lambda track: track.run_epoch(progress, keeper.after_step), now))
            keeper.save()
            minutes = keeper.place.agreed((time.monotonic_ns() - start_ns) / 60e9)
            if config.max_minutes and minutes >= config.max_minutes:
                logger.warning("stopped after epoch %d: %.1f minutes passed", epoch + 1, minutes)
                break
    keeper.save()


def _prepared(config: TrainConfig, progress: Progress, *, place: Place) -> dict[CameraKind, Track]:
    saved = _saved(config)
    if not place.is_first:
        place.wait()  # the first one fills the crop cache
    sessions, _ = halves(config.sessions, config.occlusion.verification_share, seed=config.seed)
    samples = load_samples(
        sessions,
        config.labels,
        config=config,
        progress=progress,
        what="training sessions",
        scenes=config.scenes,
    )
    validation = _validation(config, progress)
    if place.is_first:
        place.wait()
    if config.shuffle_labels:
        samples = {kind: found.shuffled(config.seed) for kind, found in samples.items()}
    tracks = {
        kind: Track(Learner(samples[kind], config, place), validation[kind]) for kind in KINDS
    }
    is_begun = config.start and saved is None
    begun = load_trained(Path(config.start), is_start=True) if is_begun else None
    if begun is not None and begun.width != config.width:
        raise TrainError(
            f"{config.start}: width: expected {config.width:g}, got {begun.width:g}; "
            f"give --width {begun.width:g}"
        )
    for kind, track in tracks.items():
        if saved is not None:
            track.restore(saved["tracks"][kind])
        elif begun is not None:
            track.learner.start_from(begun.networks[kind].state_dict())
    return tracks


def _saved(config: TrainConfig) -> dict[str, Any] | None:
    path = config.out / RUN_FILE
    saved = read_state(path) if path.exists() else None
    if saved is not None and saved["fingerprint"] != fingerprint(config):
        raise TrainError(
            f"{config.out}: expected a run with the same settings, got another; "
            "train into another folder"
        )
    return saved


def _validation(config: TrainConfig, progress: Progress) -> dict[CameraKind, Samples]:
    return load_samples(
        config.validation_sessions,
        config.validation_labels or config.labels,
        config=config,
        progress=progress,
        what="validation sessions",
        scenes=config.validation_scenes,
    )


def _verification(
    tracks: Mapping[CameraKind, Track], config: TrainConfig, progress: Progress
) -> dict[CameraKind, Samples]:
    """The samples to verify on: of the wearers kept back, or of the validation sessions."""
    _, kept = halves(config.sessions, config.occlusion.verification_share, seed=config.seed)
    if not kept:
        return {kind: track.validation for kind, track in tracks.items()}
    what = "verification sessions"
    return load_samples(kept, config.labels, config=config, progress=progress, what=what)


def _trained_model(
    tracks: Mapping[CameraKind, Track], config: TrainConfig, progress: Progress
) -> TrainedModel:
    networks: dict[CameraKind, Encoder] = {}
    outputs = {}
    for kind, track in tracks.items():
        networks[kind] = make_network(kind, width=config.width)
        networks[kind].load_state_dict(track.kept[1])
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
        heads=_head_scores(networks, tracks, config),
        verification=verify(
            networks,
            _verification(tracks, config, progress),
            preprocess=config.samples.preprocess,
            fusion=fusion,
        ),
    )


def _head_scores(
    networks: Mapping[CameraKind, Encoder],
    tracks: Mapping[CameraKind, Track],
    config: TrainConfig,
) -> dict[str, Any]:
    return {
        kind: score_heads(
            networks[kind].eval(),
            tracks[kind].validation,
            config.samples.preprocess,
            cover_of=partial(verification_cover, kind),
        )
        for kind in KINDS
    }


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


def _description(tracks: Mapping[CameraKind, Track], config: TrainConfig) -> dict[str, Any]:
    """What the model file says about its training; no paths of this machine."""
    sessions, kept = halves(config.sessions, config.occlusion.verification_share, seed=config.seed)
    return {
        "run": config.out.resolve().name,
        "seed": config.seed,
        "labels": TRUTH if config.labels == TRUTH else "metric",
        "is_shuffled": config.shuffle_labels,
        "sessions": len(sessions),
        "validation_sessions": len(config.validation_sessions),
        "verification_sessions": len(kept or config.validation_sessions),
        "data": provenance((*sessions, *config.scenes)),
        "samples": {kind: len(track.learner.samples) for kind, track in tracks.items()},
        "epochs": {kind: track.kept[0] for kind, track in tracks.items()},
        "occlusion": config.occlusion.share,
        "width": config.width,
        "start": load_trained(Path(config.start), is_start=True).training if config.start else None,
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

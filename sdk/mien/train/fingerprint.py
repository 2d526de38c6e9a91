"""What makes two runs the same: settings, the sessions' names and the content of the labels."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from pathlib import Path

from mien import schema
from mien.errors import TrainError
from mien.train.checkpoint import load_trained
from mien.train.config import TRUTH, TrainConfig
from mien.train.task_weights.curve import curve_file

_FREE_FIELDS = (
    *("out", "cache", "threads", "max_minutes", "save_minutes", "tensorboard"),
    *("device", "precision", "keep"),
)
"""Settings that may change when a run goes on. Another device or precision gives other last
digits, and may be all there is to finish on."""


def fingerprint(config: TrainConfig) -> str:
    """Hash of what a run learns from and how.

    Raises:
        TrainError: If a label file or the run to start from cannot be read.
    """
    settings = {k: v for k, v in asdict(config).items() if k not in _FREE_FIELDS}
    for name in ("sessions", "validation_sessions", "scenes", "validation_scenes"):
        settings[name] = [path.name for path in settings[name]]
    settings["schema"] = schema.schema_hash()
    settings["start"] = _start_digest(settings["start"])
    settings["tasks"]["replay"] = _curve_digest(settings["tasks"]["replay"])
    for name in ("labels", "validation_labels"):
        settings[name] = _label_digest(settings[name])
    return hashlib.sha256(json.dumps(settings, sort_keys=True).encode()).hexdigest()


def _start_digest(start: str) -> str:
    if not start:
        return ""
    networks = load_trained(Path(start), is_start=True).networks.values()
    weights = (weight for network in networks for weight in network.state_dict().values())
    return hashlib.sha256(b"".join(weight.numpy().tobytes() for weight in weights)).hexdigest()


def _curve_digest(replay: str) -> str:
    if not replay:
        return ""
    path = curve_file(Path(replay))
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as exc:
        raise TrainError(f"{path}: expected a weight curve, got {exc.strerror or exc}") from exc


def _label_digest(labels: str) -> str:
    if labels in ("", TRUTH):
        return labels
    try:
        return hashlib.sha256(Path(labels).read_bytes()).hexdigest()
    except OSError as exc:
        raise TrainError(f"{labels}: expected a label file, got {exc.strerror or exc}") from exc

"""What a training run leaves on disk: `run.pt` to go on from, `model.pt` to export."""

from __future__ import annotations

import os
import pickle
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray

from mien import schema
from mien.config import PreprocessConfig
from mien.errors import TrainError
from mien.schema import CameraKind
from mien.train.network import Encoder, make_network
from mien.train.targets import KINDS

RUN_FILE: Final = "run.pt"
MODEL_FILE: Final = "model.pt"
FORMAT: Final = "mien-trained"


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainedModel:
    """Everything that export needs."""

    networks: Mapping[CameraKind, Encoder]
    """In evaluation mode."""
    width: float
    calibration: Mapping[CameraKind, NDArray[np.int8]]
    """Training crops by kind, each beside its neutral, shape (N, 2, 128, 128), int8 codes."""
    preprocess: PreprocessConfig
    trained: tuple[str, ...]
    """Values that had labels that move."""
    training: Mapping[str, Any]
    """Run, seed, sessions, labels, epochs."""
    metrics: Mapping[str, Any]
    """Value name -> r, mae, n on the validation sessions."""
    fusion: Mapping[str, Mapping[str, float]]
    """Value name -> camera kind -> weight."""
    heads: Mapping[str, Any] = field(default_factory=dict)
    """Kind of camera -> what its heads reached on the validation sessions, see `score_heads`."""
    verification: Mapping[str, Any] | None = None
    """How it did on clean and covered images, from `verify`; None: it was never verified."""


def save_trained(path: Path, model: TrainedModel) -> None:
    """Write `model.pt`, whole or not at all."""
    write_state(
        path,
        {
            "format": FORMAT,
            "schema_hash": schema.schema_hash(),
            "width": model.width,
            "networks": {kind: model.networks[kind].state_dict() for kind in KINDS},
            "calibration": {kind: torch.from_numpy(model.calibration[kind]) for kind in KINDS},
            "preprocess": asdict(model.preprocess),
            "trained": list(model.trained),
            "training": dict(model.training),
            "metrics": dict(model.metrics),
            "fusion": {name: dict(weights) for name, weights in model.fusion.items()},
            "heads": dict(model.heads),
            "verification": None if model.verification is None else dict(model.verification),
        },
    )


def load_trained(path: Path, *, is_start: bool = False) -> TrainedModel:
    """Read `model.pt`, given it or the folder of the run.

    Args:
        path: Of the file or the folder.
        is_start: It is to be trained on: heads that it was made without begin at random.

    Raises:
        TrainError: If it is missing, not a checkpoint, or made for another schema.
    """
    path = path / MODEL_FILE if path.is_dir() else path
    state = read_state(path)
    for what, expected in (("format", FORMAT), ("schema_hash", schema.schema_hash())):
        if state.get(what) != expected:
            raise TrainError(f"{path}: {what}: expected {expected}, got {state.get(what)}")
    networks = {kind: make_network(kind, width=state["width"]) for kind in KINDS}
    for kind, network in networks.items():
        try:
            given = dict(state["networks"][kind])
            if is_start:
                given = {**_heads_of(network), **given}
            network.load_state_dict(given)
        except (KeyError, RuntimeError) as exc:
            raise TrainError(f"{path}: {kind}: expected this version's network, got {exc}") from exc
        network.eval()
    return TrainedModel(
        networks=networks,
        width=state["width"],
        calibration={kind: state["calibration"][kind].numpy() for kind in KINDS},
        preprocess=PreprocessConfig(**state["preprocess"]),
        trained=tuple(state["trained"]),
        training=state["training"],
        metrics=state["metrics"],
        fusion=state["fusion"],
        heads=state.get("heads", {}),
        verification=state.get("verification"),  # files of earlier versions have none
    )


def _heads_of(network: Encoder) -> dict[str, torch.Tensor]:
    return {name: x for name, x in network.state_dict().items() if name.startswith("heads.")}


def write_state(path: Path, state: Mapping[str, Any]) -> None:
    """Write tensors and plain values, whole or not at all: killed at any point, the old stays."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    with part.open("wb") as file:
        torch.save(dict(state), file)
        file.flush()
        os.fsync(file.fileno())  # a power cut may keep the new name and lose the content
    part.replace(path)


def read_state(path: Path) -> dict[str, Any]:
    """Read what `write_state` wrote; nothing in the file is executed.

    Raises:
        TrainError: If the file is missing or damaged.
    """
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
    except (OSError, RuntimeError, EOFError, pickle.UnpicklingError, ValueError) as exc:
        raise TrainError(f"{path}: expected a checkpoint of `mien train`, got {exc}") from exc
    if not isinstance(state, dict):
        raise TrainError(f"{path}: expected a checkpoint of `mien train`, got {type(state)}")
    return state

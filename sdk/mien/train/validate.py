"""What a network reaches on sessions of other wearers, in the wearer's own values."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from mien import metrics, schema
from mien.config import PreprocessConfig
from mien.schema import CameraKind
from mien.train.augment import cover_batch, real_values
from mien.train.losses import masked_mse
from mien.train.occluder import Cover
from mien.train.samples import Samples
from mien.train.targets import OUTPUTS, Rows, decode

_BATCH = 128
_MIN_MSE = 1e-6


def predict(
    network: nn.Module,
    samples: Samples,
    preprocess: PreprocessConfig,
    *,
    cover_of: Callable[[int], Cover | None] | None = None,
) -> Rows:
    """Outputs of a network for every sample.

    Args:
        network: Put into evaluation mode; it computes where it lies.
        samples: What it sees.
        preprocess: How crops were made.
        cover_of: What lies over a sample, by its number; None: nothing lies over any.

    Returns:
        Shape (N, U), float32, 0..1.
    """
    network.eval()
    device = next(network.parameters()).device
    rows = np.arange(len(samples))
    found: list[Tensor] = []
    with torch.inference_mode():
        for start in range(0, len(samples), _BATCH):
            codes = samples.pairs(rows[start : start + _BATCH])
            x_BCHW = real_values(codes, preprocess)
            if cover_of:
                covers = [cover_of(row) for row in rows[start : start + _BATCH].tolist()]
                cover_batch(x_BCHW, covers, preprocess)
            x_BCHW = x_BCHW.contiguous(memory_format=torch.channels_last)
            found.append(network(x_BCHW.to(device)).cpu())
    return torch.cat(found).numpy()


def validation_loss(outputs: Rows, samples: Samples, balance: NDArray[np.float32]) -> float:
    """Balanced masked error without the emphasis on activation: the measure of an epoch."""
    is_gaze_U = torch.zeros(len(OUTPUTS[samples.kind]), dtype=torch.bool)
    loss = masked_mse(
        torch.from_numpy(outputs),
        torch.from_numpy(samples.targets),
        torch.from_numpy(samples.weights),
        balance_U=torch.from_numpy(balance),
        is_gaze_U=is_gaze_U,
    )
    return float(loss)


def score_outputs(outputs: Rows, samples: Samples) -> metrics.Scores:
    """Score outputs against the labels, per value of the wearer."""
    return metrics.score(known_values(samples), in_values(outputs, samples))


def known_values(samples: Samples) -> Rows:
    """The labels as the wearer's values, shape (N, VALUE_COUNT), NaN where there is none."""
    return in_values(np.where(samples.weights > 0, samples.targets, np.nan), samples)


def in_values(outputs: Rows, samples: Samples) -> Rows:
    """A network's outputs, shape (N, U), as the wearer's values, (N, VALUE_COUNT)."""
    values = np.full((len(samples), schema.VALUE_COUNT), np.nan, np.float32)
    for part, camera in enumerate(samples.part_cameras):
        is_in = samples.part == part
        values[is_in] = decode(outputs[is_in], camera)
    return values


def squared_errors(outputs: Rows, samples: Samples) -> Rows:
    """Mean squared error per output where there are labels, NaN where there are none."""
    weights = samples.weights
    total = weights.sum(0)
    error = (weights * (outputs - samples.targets) ** 2).sum(0)
    mean: Rows = np.where(total > 0, error / np.maximum(total, 1e-12), np.nan).astype(np.float32)
    return mean


def fusion_weights(
    errors: Mapping[CameraKind, Rows], moving: Mapping[CameraKind, Sequence[bool]]
) -> dict[str, dict[str, float]]:
    """How much each camera counts for the values that both kinds see (A13).

    Inverse error variance on the validation sessions; a kind that had no labels counts nothing.

    Args:
        errors: Mean squared error per output and kind, from `squared_errors`.
        moving: Which outputs had labels to learn from.
    """
    weights: dict[str, dict[str, float]] = {}
    for name, unit in schema.UNIT_OF_VALUE.items():
        if unit.cameras != ("eye", "mouth"):
            continue
        columns = {
            "eye": schema.EYE_OUTPUTS.index(unit.name),
            "mouth": schema.MOUTH_OUTPUTS.index(name),
        }
        trust = {
            kind: _trust(errors[kind][columns[kind]], is_known=moving[kind][columns[kind]])
            for kind in errors
        }
        total = sum(trust.values())
        if total > 0:
            weights[name] = {kind: round(share / total, 4) for kind, share in trust.items()}
    return weights


def _trust(mse: float, *, is_known: bool) -> float:
    return 1 / max(float(mse), _MIN_MSE) if is_known and np.isfinite(mse) else 0.0


def merged_metrics(
    scores: Mapping[CameraKind, metrics.Scores], fusion: Mapping[str, Mapping[str, float]]
) -> dict[str, dict[str, Any]]:
    """Value name -> r, mae, n and the camera they are of: for what both see, the better one."""
    merged: dict[str, dict[str, Any]] = {}
    for name, unit in schema.UNIT_OF_VALUE.items():
        kind = max(unit.cameras, key=lambda k: fusion.get(name, {}).get(k, 0.0))
        entry = scores[kind].units[name]
        if entry.n:
            merged[name] = {"r": entry.r, "mae": entry.mae, "n": entry.n, "camera": kind}
    return merged

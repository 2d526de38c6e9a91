"""Masked mean squared error (A5), balanced between values and towards activation.

Shape suffixes: B batch, U outputs, N samples.
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from mien import schema
from mien.train.targets import Rows

_MIN_STD = 0.05
_LARGEST_RATIO = 6.0


def output_balance(targets: Rows, weights: Rows) -> NDArray[np.float32]:
    """How much each output counts, so that rare and weak movements are learnt too.

    The inverse deviation of its labels, bounded, with mean 1 over the outputs that have labels.

    Args:
        targets: Shape (N, U), float32, 0..1.
        weights: Shape (N, U), float32, 0 where there is no label.

    Returns:
        Shape (U,), float32; 0 for an output without any label.
    """
    total = weights.sum(0, dtype=np.float64)
    mean = (weights * targets).sum(0, dtype=np.float64) / np.maximum(total, 1e-12)
    variance = (weights * (targets - mean) ** 2).sum(0, dtype=np.float64) / np.maximum(total, 1e-12)
    balance = 1 / np.maximum(np.sqrt(variance), _MIN_STD)
    is_known = total > 0
    if is_known.any():
        balance = np.minimum(balance, balance[is_known].min() * _LARGEST_RATIO)
        balance /= balance[is_known].mean()
    return np.where(is_known, balance, 0).astype(np.float32)


def activation(target_BU: Tensor, is_gaze_U: Tensor) -> Tensor:
    """How far each target is from rest, 0..1: a weight from 0, gaze from straight ahead."""
    return torch.where(is_gaze_U, (target_BU - 0.5).abs() * 2, target_BU)


def masked_mse(
    output_BU: Tensor,
    target_BU: Tensor,
    weight_BU: Tensor,
    *,
    balance_U: Tensor,
    is_gaze_U: Tensor,
    activation_weight: float = 0.0,
    batch_weight: float | None = None,
) -> Tensor:
    """Mean squared error over what is labelled.

    `sum(w e^2) / sum(w)`, with `w = weight * balance * (1 + activation_weight * activation)`
    above and `w = weight` below, so that a missing label neither pulls nor dilutes.

    Args:
        output_BU: What the network gives, 0..1.
        target_BU: Labels, 0..1; anything finite where there is none.
        weight_BU: Trust in each label, 0 where there is none.
        balance_U: From `output_balance`.
        is_gaze_U: True for gaze outputs.
        activation_weight: How much more a full activation counts than a neutral one.
        batch_weight: Sum of the weights to divide by, where these rows are a process's part of
            a larger batch; None: the sum of these.

    Returns:
        A scalar; 0 for a batch without any label.
    """
    emphasis_BU = 1 + activation_weight * activation(target_BU, is_gaze_U)
    error_BU = (output_BU - target_BU).square()
    total = (weight_BU * balance_U * emphasis_BU * error_BU).sum()
    if batch_weight is not None:
        return total / max(batch_weight, 1e-6)
    return total / weight_BU.sum().clamp_min(1e-6)


def gaze_outputs(outputs: tuple[str, ...]) -> list[bool]:
    """Which of a network's outputs are gaze."""
    return [name in schema.UNIT_BY_NAME and schema.UNIT_BY_NAME[name].is_gaze for name in outputs]

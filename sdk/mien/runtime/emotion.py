"""What is felt, from what each camera's network says of it (D)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

EMOTIONS: Final = (
    *("neutral", "happiness", "sadness", "surprise", "fear", "anger", "disgust", "contempt"),
)
"""Ekman's seven, and a face at rest, in the order of a network's logits."""


def fused_emotion(
    logits: Sequence[NDArray[np.floating]], confidence: Sequence[float]
) -> NDArray[np.float32]:
    """Chances of each emotion, from the mean of the cameras' logits weighted by confidence.

    Args:
        logits: One array per camera, each of shape (8,).
        confidence: Of each camera, 0..1; one that sees nothing counts nothing.

    Returns:
        Shape (8,), float32, in the order of `EMOTIONS`, sum 1; all NaN where no camera counts.
    """
    trust = np.asarray(confidence, np.float64)
    if not trust.size or trust.sum() <= 0:
        return np.full(len(EMOTIONS), np.nan, np.float32)
    mean = trust @ np.stack(logits).astype(np.float64) / trust.sum()
    chance = np.exp(mean - mean.max())
    shares: NDArray[np.float32] = (chance / chance.sum()).astype(np.float32)
    return shares

"""What is felt: the expression's feature beside the wearer's cached vector (D2, D3).

The vector is enrolled once and costs nothing per frame. Zeros stand for an unknown wearer, and a
share of the training samples has none, so that a wearer who did not agree is served too (D5).

Shape suffixes: B batch, D features, I vector, K classes.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 - torch's own habit
from numpy.typing import NDArray
from torch import Tensor, nn

from mien.runtime.emotion import EMOTIONS
from mien.runtime.wearer_vector import VECTOR_SIZE
from mien.train.maps import Channels, Maps

UNKNOWN_SHARE: Final = 0.3
"""Of the training samples: the wearer is unknown."""
_HIDDEN: Final = 32
_LENGTH: Final = VECTOR_SIZE**0.5
"""Of the vector inside the head: its numbers are then about 1, as the features are, and int8 can
hold both in one tensor."""
_ANOTHER_DAY: Final = 1.5
"""Length of the noise on a vector in training, to keep wearers from being learnt by heart. With
it, and more weight decay, 5 classes from the eyes with the own vector went from 90.6 to 91.8 and
92.4 % on rendered validation wearers: about the deviation over 3 seeds."""
_WEIGHTS: Final = (0.4, *(1.0,) * (len(EMOTIONS) - 1))
"""A face at rest counts less: it is what most frames show."""


class EmotionHead(nn.Module):
    """Feature and vector side by side, then new fully connected layers."""

    def __init__(self, channels: Channels) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(channels.feature + VECTOR_SIZE, _HIDDEN),
            nn.ReLU6(inplace=True),
            nn.Linear(_HIDDEN, len(EMOTIONS)),
        )

    def forward(self, maps: Maps, vector_BI: Tensor) -> Tensor:
        """Logits, shape (B, K).

        Args:
            maps: Of the encoder.
            vector_BI: Of the wearer, of length 1 or all 0.
        """
        logits_BK: Tensor = self.layers(tandem(maps.feature, vector_BI))
        return logits_BK


def tandem(feature_BD: Tensor, vector_BI: Tensor) -> Tensor:
    """Feature and vector as one (D3), shape (B, D + I)."""
    return torch.cat([feature_BD, vector_BI * _LENGTH], dim=1)


def emotion_loss(logits_BK: Tensor, emotion_B: Tensor) -> Tensor:
    """Weighted cross-entropy.

    Args:
        logits_BK: From the head.
        emotion_B: Index in `EMOTIONS`, int64; -1 unknown.

    Returns:
        A scalar; 0 for a batch without any label.
    """
    is_known_B = emotion_B >= 0
    if not bool(is_known_B.any()):
        return logits_BK.sum() * 0.0
    weights_K = logits_BK.new_tensor(_WEIGHTS, dtype=torch.float32)
    return F.cross_entropy(logits_BK[is_known_B], emotion_B[is_known_B], weights_K)


def forget_some(
    vectors: NDArray[np.float32], rng: np.random.Generator, *, share: float = UNKNOWN_SHARE
) -> NDArray[np.float32]:
    """Vectors as of another day, and some of them not known.

    Args:
        vectors: Of a batch, shape (B, VECTOR_SIZE), of length 1 or all 0.
        rng: The only source of chance.
        share: How many are left out, 0..1.

    Returns:
        Same shape, again of length 1 or all 0.
    """
    is_known = (rng.random(len(vectors)) >= share) & vectors.any(axis=1)
    other = vectors + rng.standard_normal(vectors.shape, np.float32) * (_ANOTHER_DAY / _LENGTH)
    other /= np.linalg.norm(other, axis=1, keepdims=True)
    return np.where(is_known[:, None], other, np.float32(0))

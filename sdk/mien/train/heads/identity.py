"""Who it is: 160 numbers that are alike for one face and unlike for two (D1).

Learnt by telling the wearers of the training sessions apart. A headset makes its wearers look
alike and unlike all others, so a wearer is told apart only from those who wore the same one:
knowing the headset must not help. The wearers' prototypes serve training alone; what ships gives
the vector of any face.

Shape suffixes: B batch, C channels, I vector, P wearers.
"""

from __future__ import annotations

from typing import Final

import torch
import torch.nn.functional as F  # noqa: N812 - torch's own habit
from torch import Tensor, nn

from mien.runtime.wearer_vector import VECTOR_SIZE
from mien.train.maps import Channels, Maps

_MAPS: Final = 10
"""Of 4 x 4: what is where is part of a face."""
_SHARPNESS: Final = 16.0
"""A cosine times this is a logit."""
_MARGIN: Final = 0.2
"""So much more alike than anybody else's prototype the own one has to be.

Source: Wang et al., "CosFace: Large Margin Cosine Loss for Deep Face Recognition", CVPR 2018,
with a smaller margin and sharpness: tens of wearers, not thousands."""


class IdentityHead(nn.Module):
    """The vector of one crop; that of a wearer is the mean over an enrolment."""

    def __init__(self, channels: Channels) -> None:
        super().__init__()
        hidden = channels.last
        self.body = nn.Sequential(
            nn.Conv2d(channels.coarse, hidden, 3, stride=2, padding=1, bias=False),
            nn.BatchNorm2d(hidden),
            nn.ReLU6(inplace=True),
            nn.Conv2d(hidden, _MAPS, 1),
        )

    def forward(self, maps: Maps) -> Tensor:
        """Shape (B, VECTOR_SIZE), of any length: only the direction counts."""
        vector_BCHW: Tensor = self.body(maps.coarse)
        return vector_BCHW.flatten(1)


class Prototypes(nn.Module):
    """One direction for each wearer of a run; never exported."""

    is_rival_PP: Tensor

    def __init__(self, headset_P: Tensor) -> None:
        """Start anywhere.

        Args:
            headset_P: Which headset each wearer had, int64; -1 unknown, and then nobody else's.
        """
        super().__init__()
        self.directions = nn.Parameter(torch.randn(len(headset_P), VECTOR_SIZE) * 0.1)
        is_shared_PP = (headset_P[:, None] == headset_P[None]) & (headset_P >= 0)
        is_own_PP = torch.eye(len(headset_P), dtype=torch.bool, device=headset_P.device)
        self.register_buffer("is_rival_PP", is_shared_PP | is_own_PP)

    def forward(self, vector_BI: Tensor) -> Tensor:
        """Cosine with each wearer's prototype, shape (B, P)."""
        directions_PI = F.normalize(self.directions, dim=1)
        return F.normalize(vector_BI.float(), dim=1) @ directions_PI.T


def identity_loss(cosine_BP: Tensor, person_B: Tensor, is_rival_PP: Tensor) -> Tensor:
    """Cross-entropy among those who share a headset, with a margin.

    Args:
        cosine_BP: From `Prototypes`.
        person_B: Whose crop it is, int64; -1 unknown.
        is_rival_PP: From `Prototypes`, bool.

    Returns:
        A scalar; 0 for a batch in which nobody is known.
    """
    is_known_B = person_B >= 0
    if not bool(is_known_B.any()):
        return cosine_BP.sum() * 0.0
    person_B, cosine_BP = person_B[is_known_B], cosine_BP[is_known_B]
    own_BP = F.one_hot(person_B, cosine_BP.shape[1])
    logits_BP = _SHARPNESS * (cosine_BP - _MARGIN * own_BP)
    logits_BP = logits_BP.masked_fill(~is_rival_PP[person_B], float("-inf"))
    return F.cross_entropy(logits_BP, person_B)

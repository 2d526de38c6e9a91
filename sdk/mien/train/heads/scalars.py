"""Heads that read the feature vector alone: the opening of the lids, and the lower face (A13)."""

from __future__ import annotations

from typing import Final

import torch
from torch import Tensor, nn

from mien import schema
from mien.train.maps import Channels, Maps

APERTURE_MM: Final = 16.0
"""Opening of the lids that the output 1 stands for."""
_NEUTRAL_LOGIT: Final = -2.5


class ApertureHead(nn.Module):
    """Height of the opening of one eye, as a share of `APERTURE_MM`."""

    def __init__(self, channels: Channels) -> None:
        super().__init__()
        self.linear = nn.Linear(channels.feature, 1)

    def forward(self, maps: Maps) -> Tensor:
        """Shape (B, 1), 0..1."""
        return torch.sigmoid(self.linear(maps.feature))


class FallbackHead(nn.Module):
    """`schema.FALLBACK_OUTPUTS` from an eye: what a missing mouth camera leaves to guess (A13)."""

    def __init__(self, channels: Channels) -> None:
        super().__init__()
        self.linear = nn.Linear(channels.feature, len(schema.FALLBACK_OUTPUTS))
        nn.init.constant_(self.linear.bias, _NEUTRAL_LOGIT)

    def forward(self, maps: Maps) -> Tensor:
        """Shape (B, F), 0..1."""
        return torch.sigmoid(self.linear(maps.feature))


def squared_loss(output_BU: Tensor, target_BU: Tensor, weight_BU: Tensor) -> Tensor:
    """Mean squared error over what is known.

    Args:
        output_BU: 0..1.
        target_BU: 0..1; anything finite where there is none.
        weight_BU: Trust in each target, 0 where there is none.

    Returns:
        A scalar; 0 where nothing is known.
    """
    error_BU = weight_BU * (output_BU - target_BU).square()
    return error_BU.sum() / weight_BU.sum().clamp_min(1e-6)

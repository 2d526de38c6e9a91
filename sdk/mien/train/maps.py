"""What an encoder makes of a crop, on its way to the outputs: what heads read.

Shape suffixes: B batch, C channels, H height, W width.
"""

from __future__ import annotations

from typing import NamedTuple

from torch import Tensor


class Channels(NamedTuple):
    """Channels of each map."""

    stem: int
    fine: int
    coarse: int
    last: int
    feature: int


class Maps(NamedTuple):
    """One batch inside an encoder."""

    stem: Tensor
    """Shape (B, C, 32, 32)."""
    fine: Tensor
    """Shape (B, C, 16, 16)."""
    coarse: Tensor
    """Shape (B, C, 8, 8), after attention."""
    last: Tensor
    """Shape (B, C, 4, 4)."""
    feature: Tensor
    """Shape (B, C)."""
    attention: Tensor
    """Shape (B, 1, 8, 8), 0..1: how much each region counts (E5)."""

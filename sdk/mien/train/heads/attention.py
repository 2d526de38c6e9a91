"""How well the attention tells what is hidden: it is taught by the covers that are drawn (E5)."""

from __future__ import annotations

from typing import Final

from torch import Tensor

_LEAST: Final = 1e-4


def attention_loss(attention_B1HW: Tensor, seen_B1HW: Tensor) -> Tensor:
    """Binary cross-entropy against the share of each region that no cover hides.

    Args:
        attention_B1HW: Of the encoder, 0..1, shape (B, 1, 8, 8).
        seen_B1HW: 1 where nothing was drawn over the region, same shape.

    Returns:
        A scalar.
    """
    # torch's own refuses NaN, which has to reach the loss and be told of there.
    share_B1HW = attention_B1HW.clamp(_LEAST, 1 - _LEAST)
    told_B1HW = seen_B1HW * share_B1HW.log() + (1 - seen_B1HW) * (1 - share_B1HW).log()
    return -told_B1HW.mean()

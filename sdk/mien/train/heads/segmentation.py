"""Which pixel shows what, on a grid of 32 x 32 (B4): the scene-understanding task of an encoder.

Shape suffixes: B batch, K classes, H height, W width.
"""

from __future__ import annotations

from typing import Final

import torch
import torch.nn.functional as F  # noqa: N812 - torch's own habit
from torch import Tensor, nn

from mien.schema import CameraKind
from mien.train.maps import Channels, Maps

GRID: Final = 32
"""Side of the segmentation."""
UNKNOWN: Final = 255
"""Class of a pixel that is not known, and teaches nothing."""
CLASSES: Final[dict[CameraKind, tuple[str, ...]]] = {
    "eye": ("other", "skin", "lid", "sclera", "iris", "pupil"),
    "mouth": ("other", "skin", "lips", "teeth", "tongue", "mouth"),
}
"""Names of the classes by kind of camera; `mouth` is its inside."""
_WIDTH: Final = 16
_RARE: Final = 4.0
"""A pixel of anything but skin and background counts so much more: pupils are small."""


class SegmentationHead(nn.Module):
    """Lateral 1x1 convolutions of three maps, added top down, then one 3x3."""

    def __init__(self, channels: Channels, kind: CameraKind) -> None:
        super().__init__()
        given = (channels.stem, channels.fine, channels.coarse)
        self.lateral = nn.ModuleList(nn.Conv2d(count, _WIDTH, 1) for count in given)
        self.mix = nn.Conv2d(_WIDTH, _WIDTH, 3, padding=1)
        self.classes = nn.Conv2d(_WIDTH, len(CLASSES[kind]), 1)

    def forward(self, maps: Maps) -> Tensor:
        """Logits, shape (B, K, 32, 32)."""
        fine_BCHW = self.lateral[1](maps.fine) + _doubled(self.lateral[2](maps.coarse))
        stem_BCHW = F.relu6(self.lateral[0](maps.stem) + _doubled(fine_BCHW))
        logits_BKHW: Tensor = self.classes(F.relu6(self.mix(stem_BCHW)))
        return logits_BKHW


def _doubled(x_BCHW: Tensor) -> Tensor:
    return F.interpolate(x_BCHW, scale_factor=2.0, mode="nearest")


def segmentation_loss(logits_BKHW: Tensor, classes_BHW: Tensor) -> Tensor:
    """Weighted cross-entropy over the known pixels.

    Args:
        logits_BKHW: From the head.
        classes_BHW: uint8 codes of `CLASSES`; `UNKNOWN` teaches nothing.

    Returns:
        A scalar; 0 where no pixel is known.
    """
    target_BHW = classes_BHW.long()
    weight_K = logits_BKHW.new_full((logits_BKHW.shape[1],), _RARE)
    weight_K[:2] = 1.0
    known = (target_BHW != UNKNOWN).sum()
    total = F.cross_entropy(
        logits_BKHW, target_BHW, weight_K, ignore_index=UNKNOWN, reduction="sum"
    )
    return total / torch.clamp(known, min=1)

"""What the child network gives beside the units: one file a head, with its loss."""

from __future__ import annotations

from torch import nn

from mien.schema import CameraKind
from mien.train.heads.boxes import BoxHead
from mien.train.heads.emotion import EmotionHead
from mien.train.heads.identity import IdentityHead
from mien.train.heads.scalars import ApertureHead, FallbackHead
from mien.train.heads.segmentation import SegmentationHead
from mien.train.maps import Channels


def make_heads(channels: Channels, kind: CameraKind) -> nn.ModuleDict:
    """The heads of one kind of camera, with random weights."""
    heads: dict[str, nn.Module] = {
        "segmentation": SegmentationHead(channels, kind),
        "boxes": BoxHead(channels, kind),
        "identity": IdentityHead(channels),
        "emotion": EmotionHead(channels),
    }
    if kind == "eye":
        heads |= {"aperture": ApertureHead(channels), "fallback": FallbackHead(channels)}
    return nn.ModuleDict(heads)

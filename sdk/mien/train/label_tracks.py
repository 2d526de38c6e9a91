"""Displacement of the skin over a segment: consecutive flow, held by the neutral key frame (A8).

`mien.vision.follow` says how. Rejected: key-frame flow to the frame as it is; it falls short of
large movements and so bends the curve at its peak.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from mien.train.label_config import LabelConfig
from mien.train.label_flows import StepFollower, dis_medium, farneback
from mien.train.label_segments import Segment
from mien.types import CameraModel, Gray8
from mien.vision import follow
from mien.vision.follow import FollowResult, median_image

Crops: TypeAlias = NDArray[np.uint8]
"""Gray crops of one camera, shape (N, S, S), uint8."""
Fields: TypeAlias = NDArray[np.float32]
"""Displacement on the grid, shape (N, h, w, 2), float32, crop pixels, x then y."""
Trusts: TypeAlias = NDArray[np.float32]
"""Confidence on the grid, shape (N, h, w), float32, 0..1."""


@dataclass(frozen=True, slots=True)
class CameraCrops:
    """What the labeller reads of one camera."""

    camera: CameraModel
    t_ns: NDArray[np.int64]
    """Capture times, shape (N,), int64, increasing."""
    crops: Crops


@dataclass(frozen=True, slots=True)
class Track:
    """What the skin did in one segment, relative to its neutral key frame."""

    segment: Segment
    key: Gray8
    moved_px: Fields
    trust: Trusts


class FollowsSkin(Protocol):
    """`mien.vision.follow.Follower`, or what stands in for it."""

    def run(self, key: Gray8, frames: Crops) -> FollowResult:
        """Displacement and confidence on the grid at each frame."""
        ...


class Follower:
    """Follows the skin of one camera through segments, by the flow that the settings name."""

    def __init__(self, size: int, config: LabelConfig) -> None:
        self._key_frames = config.key_frames
        self._follows = _follows_skin(size, config)

    def follow(self, crops: Crops, segment: Segment) -> Track:
        """Displacement at each frame of a segment.

        Args:
            crops: All crops of the camera, shape (N, size, size), uint8, contiguous.
            segment: Which of them, and which are the key.

        Returns:
            Fields of shape (segment.last - segment.first, h, w, 2) and their confidence.
        """
        key = key_frame(crops, segment, self._key_frames)
        return Track(segment, key, *self._follows.run(key, crops[segment.first : segment.last]))


def _follows_skin(size: int, config: LabelConfig) -> FollowsSkin:
    if config.flow_by != "mien":
        engine = dis_medium() if config.flow_by == "dis_medium" else farneback()
        return StepFollower(size, config, engine)
    return follow.Follower(
        size,
        size,
        config.flow,
        step_px=config.grid_step_px,
        key_gain=config.key_gain,
        is_held=config.has_drift_removal,
    )


def key_frame(crops: Crops, segment: Segment, count: int) -> Gray8:
    """The face at rest: the median of the most usual neutral frames beside the segment.

    Neutral stretches are short and people blink in them. The frames nearest to the median of
    *both* stretches are taken, all from one stretch, so that slip between the two does not blur
    the key.
    """
    rests = [crops[part] for part in segment.rests]
    usual = median_image(np.concatenate(rests))
    odds = [np.abs(part - usual).mean(axis=(1, 2)) for part in rests]
    kept = [np.sort(np.argsort(odd, kind="stable")[:count]) for odd in odds]
    oddness = [float(odd[keep].mean()) for odd, keep in zip(odds, kept, strict=True)]
    best = int(np.argmin(oddness))
    return median_image(rests[best][kept[best]]).round().astype(np.uint8)

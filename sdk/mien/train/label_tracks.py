"""Displacement of the skin over a segment: consecutive flow, held by the neutral key frame (A8).

Points on a regular grid of the key frame are followed from frame to frame. With D(x) the
displacement of the point that the key frame shows at x, f the flow between two frames and k
the flow from the key frame to frame t pulled back along A,

    D_t(x) = A + gain * c(x) * k_t(x),     A = D_{t-1}(x) + f_t(x + D_{t-1}(x))

where c is the confidence of k. Consecutive flow follows fast and large movement but adds up its
errors; the key-frame flow has no drift. Rejected: key-frame flow to the frame as it is; it falls
short of large movements and so bends the curve at its peak.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from mien.config import FlowConfig
from mien.train.label_config import LabelConfig
from mien.train.label_segments import Segment
from mien.types import CameraModel, Gray8
from mien.vision.flow import DenseFlow

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


class Follower:
    """Follows the skin of one camera through segments; buffers are made once."""

    def __init__(self, size: int, config: LabelConfig) -> None:
        flow: FlowConfig = config.flow
        self._config = config
        self._flow = DenseFlow(size, size, flow)
        self._before, self._now = self._flow.image(), self._flow.image()
        self._key, self._back = self._flow.image(), self._flow.image()
        self._step_px = np.zeros((size, size, 2), np.float32)
        self._step_trust = np.zeros((size, size), np.float32)
        self._key_px = np.zeros_like(self._step_px)
        self._key_trust = np.zeros_like(self._step_trust)
        axis = grid_axis(size, config.grid_step_px)
        self._x, self._y = np.meshgrid(axis, axis)
        self._pick = np.ix_(axis.astype(int), axis.astype(int))
        self._pull = Pullback(size, config.grid_step_px)

    def follow(self, crops: Crops, segment: Segment) -> Track:
        """Displacement at each frame of a segment.

        Args:
            crops: All crops of the camera, shape (N, size, size), uint8.
            segment: Which of them, and which are the key.

        Returns:
            Fields of shape (segment.last - segment.first, h, w, 2) and their confidence.
        """
        key = key_frame(crops, segment, self._config.key_frames)
        count = segment.last - segment.first
        moved = np.zeros((count, *self._x.shape, 2), np.float32)
        trust = np.zeros((count, *self._x.shape), np.float32)
        self._key.set(key)
        for at in range(count):
            frame = crops[segment.first + at]
            self._before, self._now = self._now, self._before
            self._now.set(frame)
            if at == 0:
                moved[0], trust[0] = self._anchor(frame, moved[0], gain=1.0)
                continue
            moved[at], trust[at] = self._anchor(
                frame, self._advance(moved[at - 1]), gain=self._config.key_gain
            )
        return Track(segment, key, moved, trust)

    def _advance(self, moved: NDArray[np.float32]) -> NDArray[np.float32]:
        """Displacement summed up over one more frame, shape (h, w, 2)."""
        self._flow.between(
            self._before, self._now, out_flow=self._step_px, out_confidence=self._step_trust
        )
        step = sample(self._step_px, self._x + moved[..., 0], self._y + moved[..., 1])
        summed: NDArray[np.float32] = moved + step
        return summed

    def _anchor(
        self, frame: Gray8, moved: NDArray[np.float32], *, gain: float
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Displacement held by the key frame, and how well the two then agree."""
        self._flow.between(
            self._key,
            self._back.set(self._pull(frame, moved)),
            out_flow=self._key_px,
            out_confidence=self._key_trust,
        )
        trust = self._key_trust[self._pick]
        if not self._config.has_drift_removal:
            return moved, trust
        return moved + gain * trust[..., None] * self._key_px[self._pick], trust


def key_frame(crops: Crops, segment: Segment, count: int) -> Gray8:
    """The face at rest: the median of the most usual neutral frames beside the segment.

    Neutral stretches are short and people blink in them. The frames nearest to the median of
    *both* stretches are taken, all from one stretch, so that slip between the two does not blur
    the key.
    """
    rests = [crops[part].astype(np.float32) for part in segment.rests]
    usual = np.median(np.concatenate(rests), axis=0)
    odds = [np.abs(part - usual).mean(axis=(1, 2)) for part in rests]
    kept = [np.sort(np.argsort(odd, kind="stable")[:count]) for odd in odds]
    oddness = [float(odd[keep].mean()) for odd, keep in zip(odds, kept, strict=True)]
    best = int(np.argmin(oddness))
    key: Gray8 = np.median(rests[best][kept[best]], axis=0).round().astype(np.uint8)
    return key


class Pullback:
    """Shows a frame as the key frame would be seen, had the skin not moved."""

    def __init__(self, size: int, step_px: int) -> None:
        import cv2

        self._remap = cv2.remap
        self._mode, self._border = cv2.INTER_LINEAR, cv2.BORDER_REPLICATE
        rows, columns = np.mgrid[0:size, 0:size].astype(np.float32)
        self._pixels = np.stack([columns, rows], axis=-1)
        self._cells = ((self._pixels - step_px // 2) / step_px).astype(np.float32)

    def __call__(self, frame: Gray8, moved_px: NDArray[np.float32]) -> Gray8:
        """The frame sampled where each pixel of the key frame went to, shape (size, size)."""
        there = self._pixels + self._at(moved_px, self._cells)
        return np.asarray(self._at(frame, there), np.uint8)

    def _at(self, field: NDArray[Any], points: NDArray[np.float32]) -> NDArray[Any]:
        x, y = (np.ascontiguousarray(points[..., axis]) for axis in (0, 1))
        return np.asarray(self._remap(field, x, y, self._mode, borderMode=self._border))


def grid_axis(size: int, step_px: int) -> NDArray[np.float32]:
    """Pixel coordinates of the grid along one side, whole pixels, middle of each cell."""
    return np.arange(step_px // 2, size, step_px, dtype=np.float32)


def sample(
    field: NDArray[np.float32], x_px: NDArray[np.float32], y_px: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Bilinear values of a field (H, W, C) at points of shape (h, w), held at the border."""
    height, width, channels = field.shape
    x = np.clip(x_px, 0, width - 1.001)
    y = np.clip(y_px, 0, height - 1.001)
    column, row = x.astype(np.intp), y.astype(np.intp)
    u = (x - column).astype(np.float32)[..., None]
    v = (y - row).astype(np.float32)[..., None]
    flat = field.reshape(-1, channels)
    corner = row * width + column
    upper = flat[corner] * (1 - u) + flat[corner + 1] * u
    lower = flat[corner + width] * (1 - u) + flat[corner + width + 1] * u
    mixed: NDArray[np.float32] = upper * (1 - v) + lower * v
    return mixed

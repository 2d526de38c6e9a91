"""Following skin step by step with any flow: what `mien.vision.follow` does in one call, slowly.

For studies only: it puts OpenCV's flows in place of ours and leaves all else of the labeller as it
is. With our own flow it gives what the core gives, up to the rounding of pulled-back pixels, and
so is also what the core is tested against.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from mien.config import FlowConfig
from mien.train.label_config import LabelConfig
from mien.types import Confidence, Flow, Gray8
from mien.vision.flow import DenseFlow
from mien.vision.follow import FollowResult, Stack, grid_axis

PairFlow: TypeAlias = Callable[[Gray8, Gray8], Flow]
"""Where each pixel of the first image is in the second, shape (H, W, 2), float32, pixels."""

DOUBT_PX: Final = 0.5
"""A pixel that comes back so far from where it started is half trusted."""


@dataclass(frozen=True, slots=True)
class FlowEngine:
    """What finds flow between two images."""

    flow: PairFlow
    trusted: Callable[[Gray8, Gray8], tuple[Flow, Confidence]]
    """The same with a confidence, shape (H, W), float32, 0..1."""


class StepFollower:
    """Follows a grid of points through frames as `mien.vision.follow.Follower` does.

    Args:
        size: Side of the images, pixels.
        config: Grid and gains.
        engine: Finds the flow between consecutive frames, and from the key frame.
    """

    def __init__(self, size: int, config: LabelConfig, engine: FlowEngine) -> None:
        self._engine = engine
        self._gain = config.key_gain
        self._is_held = config.has_drift_removal
        axis = grid_axis(size, config.grid_step_px)
        self._x, self._y = np.meshgrid(axis, axis)
        self._pick = np.ix_(axis.astype(int), axis.astype(int))
        self._pull = Pullback(size, config.grid_step_px)

    def run(self, key: Gray8, frames: Stack) -> FollowResult:
        """Displacement at each frame; see `mien.vision.follow.Follower.run`."""
        moved = np.zeros((len(frames), *self._x.shape, 2), np.float32)
        trust = np.zeros((len(frames), *self._x.shape), np.float32)
        for at, frame in enumerate(frames):
            summed, gain = moved[0], 1.0
            if at > 0:
                step_px = self._engine.flow(frames[at - 1], frame)
                x, y = self._x + moved[at - 1, ..., 0], self._y + moved[at - 1, ..., 1]
                summed, gain = moved[at - 1] + sample(step_px, x, y), self._gain
            key_px, confidence = self._engine.trusted(key, self._pull(frame, summed))
            trust[at] = confidence[self._pick]
            held = gain * trust[at, ..., None] * key_px[self._pick]
            moved[at] = summed + held if self._is_held else summed
        return FollowResult(moved, trust)


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


def our_flow(size: int, config: FlowConfig) -> FlowEngine:
    """`DenseFlow`, with its own confidence."""
    run = DenseFlow(size, size, config).run
    return FlowEngine(lambda first, second: run(first, second).flow_px, run)


def dis_medium() -> FlowEngine:
    """OpenCV's DIS (Kroeger et al. 2016) in its medium preset."""
    import cv2

    engine = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)

    def flow(first: Gray8, second: Gray8) -> Flow:
        return np.asarray(engine.calc(first, second, _room(first)), np.float32)

    return FlowEngine(flow, partial(there_and_back, flow))


def farneback() -> FlowEngine:
    """OpenCV's Farneback (2003), three levels, windows of 13 px."""
    import cv2

    def flow(first: Gray8, second: Gray8) -> Flow:
        # Pyramid scale, levels, window, iterations, neighbourhood, its sigma, flags.
        room = _room(first)
        found = cv2.calcOpticalFlowFarneback(first, second, room, 0.5, 3, 13, 3, 5, 1.1, 0)
        return np.asarray(found, np.float32)

    return FlowEngine(flow, partial(there_and_back, flow))


def there_and_back(flow: PairFlow, first: Gray8, second: Gray8) -> tuple[Flow, Confidence]:
    """A flow that tells no confidence, with that of going there and back again.

    1 / (1 + (e / `DOUBT_PX`)^2), e the distance from the start after both ways. Rejected: 1
    everywhere; the labeller finds skin, and who is heard about slip, by confidence.
    """
    there, back = flow(first, second), flow(second, first)
    rows, columns = np.indices(first.shape, np.float32)
    rest = there + sample(back, columns + there[..., 0], rows + there[..., 1])
    doubt = (rest**2).sum(axis=-1) / np.float32(DOUBT_PX**2)
    trust: Confidence = (1 / (1 + doubt)).astype(np.float32)
    return there, trust


def _room(image: Gray8) -> Flow:
    return np.zeros((*image.shape, 2), np.float32)

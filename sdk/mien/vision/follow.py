"""Where the skin that a key frame shows has gone, frame after frame (A8).

The formula stands in `csrc/include/mien/follow.h`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from mien import _core
from mien.config import FlowConfig, require
from mien.errors import FrameError
from mien.vision.arrays import check_array, output_array

if TYPE_CHECKING:
    from mien.types import Gray8

DEFAULT_CONFIG = FlowConfig()

Stack: TypeAlias = NDArray[np.uint8]
"""Gray images of one size, shape (N, H, W), uint8, gap-free."""


class FollowResult(NamedTuple):
    """Where the points of the grid went in each frame."""

    moved_px: NDArray[np.float32]
    """Shape (N, h, w, 2), float32, pixels from where the key frame has them: x right, y down."""
    trust: NDArray[np.float32]
    """Shape (N, h, w), float32, 0..1: confidence of the flow from the key frame."""


class Follower:
    """Follows a grid of points; keeps its working memory, so one call at a time.

    Points lie at `step_px // 2`, `step_px` further on, and so forth, both ways. Two flows a frame:
    from the frame before, and from the key frame to the frame as it would look had nothing moved.
    The same bits on every CPU.

    Args:
        height: Rows of the images, 16..2048.
        width: Columns of the images, 16..2048.
        config: Of both flows.
        step_px: From point to point, 2..16.
        key_gain: Share of the key-frame flow that is added at each frame, 0..1 (A8).
        is_held: False leaves the key frame out: the steps are summed up.

    Raises:
        ConfigError: If the size or a setting is out of range.
    """

    def __init__(
        self,
        height: int,
        width: int,
        config: FlowConfig = DEFAULT_CONFIG,
        *,
        step_px: int = 4,
        key_gain: float = 0.3,
        is_held: bool = True,
    ) -> None:
        require("step_px", step_px, 2, 16)
        require("key_gain", key_gain, 0, 1)
        self._shape = (height, width)
        self._grid_shape = tuple(len(grid_axis(side, step_px)) for side in self._shape)
        self._core = _core.Follower(
            width=width,
            height=height,
            levels=config.levels,
            window_px=config.window_px,
            updates=config.updates,
            smoothing_px=config.smoothing_px,
            step_px=step_px,
            key_gain=key_gain,
            is_held=is_held,
        )

    def run(
        self,
        key: Gray8,
        frames: Stack,
        *,
        out_moved: NDArray[np.float32] | None = None,
        out_trust: NDArray[np.float32] | None = None,
    ) -> FollowResult:
        """Follow what a key frame shows through consecutive frames; other threads may run.

        Args:
            key: Shape (H, W), uint8, rows contiguous.
            frames: Shape (N, H, W), uint8, contiguous; the first one is near to the key frame.
            out_moved: Where to write the displacement, shape (N, h, w, 2), float32, contiguous.
            out_trust: Where to write the confidence, shape (N, h, w), float32, contiguous.

        Returns:
            The outputs that were passed, or new arrays.

        Raises:
            FrameError: If a shape differs, or an array has gaps.
            TypeError: If a dtype is not as stated.
        """
        check_array("key", key, dtype=np.uint8, shape=self._shape)
        count = check_stack("frames", frames)
        check_array("frames", frames, dtype=np.uint8, shape=(count, *self._shape))
        grid = (count, *self._grid_shape)
        moved_px = output_array("out_moved", out_moved, dtype=np.float32, shape=(*grid, 2))
        trust = output_array("out_trust", out_trust, dtype=np.float32, shape=grid)
        self._core.run(key, frames, moved_px, trust)
        return FollowResult(moved_px, trust)


def median_image(images: Stack, *, out: NDArray[np.float32] | None = None) -> NDArray[np.float32]:
    """The median of each pixel over images; of an even number the mean of the middle two.

    What `numpy.median(images, axis=0)` gives, in a fortieth of the time.

    Args:
        images: Shape (N, H, W), uint8, contiguous, N 1..32767.
        out: Where to write, shape (H, W), float32.

    Returns:
        `out`, or a new array.

    Raises:
        FrameError: If a shape or N is not as stated, or an array has gaps.
        TypeError: If a dtype is not as stated.
    """
    check_stack("images", images)
    check_array("images", images, dtype=np.uint8, shape=images.shape)
    median = output_array("out", out, dtype=np.float32, shape=images.shape[1:])
    _core.median_image(images, median)
    return median


def grid_axis(size_px: int, step_px: int) -> NDArray[np.float32]:
    """Where the grid's points lie along one side, whole pixels, middle of each cell."""
    return np.arange(step_px // 2, size_px, step_px, dtype=np.float32)


def check_stack(what: str, images: Stack) -> int:
    """How many images a stack holds; `FrameError` unless it is one of at least one image."""
    shape: tuple[int, ...] = np.shape(images)
    if len(shape) != 3 or shape[0] == 0:
        raise FrameError(f"{what}: expected (N, H, W) with N > 0, got {shape}")
    return shape[0]

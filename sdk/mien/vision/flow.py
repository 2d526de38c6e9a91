"""Dense optical flow between two crops.

Source: Lucas and Kanade 1981, coarse to fine as in Bouguet 2001. What differs stands in
`csrc/include/mien/flow.h`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from mien import _core
from mien.config import FlowConfig
from mien.vision.arrays import check_array, output_array

if TYPE_CHECKING:
    from mien.types import Confidence, Flow, Gray8

DEFAULT_CONFIG = FlowConfig()


class FlowResult(NamedTuple):
    """Where each pixel of the previous image went."""

    flow_px: Flow
    """Shape (H, W, 2), float32, pixels: x to the right, y down."""
    confidence: Confidence
    """Shape (H, W), float32, 0..1: texture times agreement of the images once moved."""


class DenseFlow:
    """Flow between images of one size; keeps its working memory, so one call at a time.

    A change of gain, offset or slow shading between the images is not taken for motion.
    Motion up to about a twelfth of the image's side is found: 10 px of 128.

    Args:
        height: Rows of the images, 16..2048.
        width: Columns of the images, 16..2048.
        config: Pyramid and windows.

    Raises:
        ConfigError: If the size is out of range.
    """

    def __init__(self, height: int, width: int, config: FlowConfig = DEFAULT_CONFIG) -> None:
        self._shape = (height, width)
        self._core = _core.DenseFlow(
            width=width,
            height=height,
            levels=config.levels,
            window_px=config.window_px,
            updates=config.updates,
            smoothing_px=config.smoothing_px,
        )

    def run(
        self,
        previous: Gray8,
        current: Gray8,
        *,
        out_flow: Flow | None = None,
        out_confidence: Confidence | None = None,
    ) -> FlowResult:
        """Find where each pixel of `previous` is in `current`.

        Args:
            previous: Shape (H, W), uint8, rows contiguous.
            current: Shape (H, W), uint8, rows contiguous.
            out_flow: Where to write the flow, shape (H, W, 2), float32.
            out_confidence: Where to write the confidence, shape (H, W), float32.

        Returns:
            The outputs that were passed, or new arrays.

        Raises:
            FrameError: If a shape differs, or rows are not contiguous.
            TypeError: If a dtype is not as stated.
        """
        check_array("previous", previous, dtype=np.uint8, shape=self._shape)
        check_array("current", current, dtype=np.uint8, shape=self._shape)
        flow_px = output_array("out_flow", out_flow, dtype=np.float32, shape=(*self._shape, 2))
        confidence = output_array(
            "out_confidence", out_confidence, dtype=np.float32, shape=self._shape
        )
        self._core.run(previous, current, flow_px, confidence)
        return FlowResult(flow_px, confidence)

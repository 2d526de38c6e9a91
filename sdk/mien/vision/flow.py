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


class FlowImage:
    """A gray image made ready for flow; `DenseFlow.image` makes one.

    Where one image is compared with several others, as a frame is with the one before, the one
    after and a neutral key frame, a third of the work is then done once.
    """

    def __init__(self, shape: tuple[int, int], levels: int) -> None:
        self._shape = shape
        self.core = _core.FlowImage(width=shape[1], height=shape[0], levels=levels)
        """For `DenseFlow` alone."""

    def set(self, gray: Gray8) -> FlowImage:
        """Take over what flow needs of an image, which may then change.

        No flow may be computed from this object in another thread meanwhile.

        Args:
            gray: Shape (H, W), uint8, rows contiguous.

        Returns:
            Itself.

        Raises:
            FrameError: If the shape differs, or rows are not contiguous.
            TypeError: If the dtype is not uint8.
        """
        check_array("gray", gray, dtype=np.uint8, shape=self._shape)
        self.core.set(gray)
        return self


class DenseFlow:
    """Flow between images of one size; keeps its working memory, so one call at a time.

    A change of gain, offset or slow shading between the images is not taken for motion.
    Motion up to about a twelfth of the image's side is found: 10 px of 128. The same bits on
    every CPU.

    Args:
        height: Rows of the images, 16..2048.
        width: Columns of the images, 16..2048.
        config: Pyramid and windows.

    Raises:
        ConfigError: If the size is out of range.
    """

    def __init__(self, height: int, width: int, config: FlowConfig = DEFAULT_CONFIG) -> None:
        self._shape = (height, width)
        self._levels = config.levels
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
        result = self._outputs(out_flow, out_confidence)
        self._core.run(previous, current, *result)
        return result

    def image(self) -> FlowImage:
        """Room for an image of this flow's size, to `set` and to pass to `between`."""
        return FlowImage(self._shape, self._levels)

    def between(
        self,
        previous: FlowImage,
        current: FlowImage,
        *,
        out_flow: Flow | None = None,
        out_confidence: Confidence | None = None,
    ) -> FlowResult:
        """What `run` gives for the images that were `set`; arguments and errors as there.

        Raises:
            FrameError: If an image was not set, or is of another flow's size or levels.
            TypeError: If an image is no `FlowImage`.
        """
        for what, image in (("previous", previous), ("current", current)):
            if not isinstance(image, FlowImage):
                raise TypeError(f"{what}: expected a FlowImage, got {type(image).__name__}")
        result = self._outputs(out_flow, out_confidence)
        self._core.between(previous.core, current.core, *result)
        return result

    def _outputs(self, flow_px: Flow | None, confidence: Confidence | None) -> FlowResult:
        return FlowResult(
            output_array("out_flow", flow_px, dtype=np.float32, shape=(*self._shape, 2)),
            output_array("out_confidence", confidence, dtype=np.float32, shape=self._shape),
        )

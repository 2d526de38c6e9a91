"""The slip of the headset, and how regions of the face move without it (A7)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from mien import _core
from mien.errors import ConfigError, FrameError
from mien.vision.arrays import check_array, output_array

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mien.types import Confidence, Flow, Mask

VALUES_PER_REGION = 5
"""mean_px x and y, divergence, margin_px, weight: the columns that `RegionMotion` fills."""

RegionValues: TypeAlias = NDArray[np.float32]
"""Shape (R, VALUES_PER_REGION), float32."""
Columns: TypeAlias = tuple[RegionValues, RegionValues, RegionValues, RegionValues]
"""mean_px, divergence, margin_px, weight."""
RegionWeights: TypeAlias = NDArray[np.float32]
"""Shape (R, H, W), float32, >= 0: how much each pixel counts in each region."""

Flows: TypeAlias = NDArray[np.float32]
"""Flows between images of one size, shape (N, H, W, 2), float32, pixels."""
Confidences: TypeAlias = NDArray[np.float32]
"""Their confidence, shape (N, H, W), float32, 0..1."""


class Slip(NamedTuple):
    """A small similarity about the image's middle, x and y in pixels from there.

    u = tx + a * x - b * y and v = ty + b * x + a * y.
    """

    a: float = 0.0
    """Relative change of size."""
    b: float = 0.0
    """Turn, radians, clockwise as seen."""
    tx: float = 0.0
    """Pixels to the right."""
    ty: float = 0.0
    """Pixels down."""
    inlier_fraction: float = 0.0
    """Share of the reference's confidence that follows the slip, 0..1; 0: no fit."""
    residual_px: float = 0.0
    """Root mean square of what the inliers deviate, pixels."""


class MotionResult(NamedTuple):
    """Movement of R regions after slip removal; means weigh by region weight x confidence.

    Flow is taken at samples 4 pixels apart, closer in small regions: the dense flow is smooth over
    14 pixels.
    """

    mean_px: NDArray[np.float32]
    """Shape (R, 2), float32, pixels: x to the right, y down."""
    divergence: NDArray[np.float32]
    """Shape (R,), float32: du/dx + dv/dy of the best affine flow; positive grows."""
    margin_px: NDArray[np.float32]
    """Shape (R,), float32, pixels: mean downward flow of the region's lower part less that of
    its upper part; positive opens."""
    weight: NDArray[np.float32]
    """Shape (R,), float32, 0..1: mean confidence; below 0.01 the region's rest is 0."""
    slip: Slip
    """What was removed."""


def fit_slip(flow_px: Flow, confidence: Confidence, reference: Mask) -> Slip:
    """Fit the similarity that the reference region follows; a moving minority is ignored.

    For one image pair; a loop uses `RegionMotion`, which keeps its memory.

    Args:
        flow_px: Shape (H, W, 2), float32, pixels.
        confidence: Shape (H, W), float32, 0..1.
        reference: Shape (H, W), bool: skin that moves only with the headset.

    Raises:
        ConfigError: If the reference has fewer than 8 pixels.
        FrameError: If a shape differs.
        TypeError: If a dtype is not as stated.
    """
    _check_reference(reference)
    _check_flow(flow_px, confidence, reference.shape)
    return Slip(*_core.SlipFit(_as_bytes(reference)).run(flow_px, confidence))


def remove_slip(flow_px: Flow, slip: Slip, *, out: Flow | None = None) -> Flow:
    """The flow less the slip.

    Args:
        flow_px: Shape (H, W, 2), float32, pixels.
        slip: What to take away.
        out: Where to write, shape (H, W, 2), float32; may be `flow_px`.

    Returns:
        `out`, or a new array.

    Raises:
        FrameError: If a shape differs.
        TypeError: If a dtype is not as stated.
    """
    check_array("flow_px", flow_px, dtype=np.float32, shape=(*np.shape(flow_px)[:2], 2))
    rest_px = output_array("out", out, dtype=np.float32, shape=flow_px.shape)
    _core.remove_slip(flow_px, slip.a, slip.b, slip.tx, slip.ty, rest_px)
    return rest_px


def fit_slips(flow_px: Flows, confidence: Confidences, reference: Mask) -> list[Slip]:
    """`fit_slip` of each of many flows, in one call; other threads may run.

    Args:
        flow_px: Shape (N, H, W, 2), float32, contiguous, pixels.
        confidence: Shape (N, H, W), float32, contiguous, 0..1.
        reference: Shape (H, W), bool: skin that moves only with the headset.

    Raises:
        ConfigError: If the reference has fewer than 8 pixels.
        FrameError: If a shape differs, or an array has gaps.
        TypeError: If a dtype is not as stated.
    """
    _check_reference(reference)
    _check_flow(flow_px, confidence, (len(flow_px), *reference.shape))
    slips = np.zeros((len(flow_px), len(Slip._fields)))
    _core.SlipFit(_as_bytes(reference)).run_all(flow_px, confidence, slips)
    return [Slip(*row) for row in slips.tolist()]


def remove_slips(flow_px: Flows, slips: Sequence[Slip], *, out: Flows | None = None) -> Flows:
    """`remove_slip` of each of many flows, in one call; other threads may run.

    Args:
        flow_px: Shape (N, H, W, 2), float32, contiguous, pixels.
        slips: N of them.
        out: Where to write, shape (N, H, W, 2), float32, contiguous; may be `flow_px`.

    Returns:
        `out`, or a new array.

    Raises:
        FrameError: If a shape or the number of slips differs, or an array has gaps.
        TypeError: If a dtype is not as stated.
    """
    shape = (len(slips), *np.shape(flow_px)[1:3], 2)
    check_array("flow_px", flow_px, dtype=np.float32, shape=shape)
    rest_px = output_array("out", out, dtype=np.float32, shape=shape)
    rows = np.array(slips, np.float64).reshape(-1, len(Slip._fields))
    _core.remove_slips(flow_px, rows, rest_px)
    return rest_px


class RegionMotion:
    """Movement of the regions of one camera; keeps its working memory, so one call at a time.

    Args:
        regions: R masks of shape (H, W), bool, or weight maps of shape (R, H, W), float32.
        reference: Shape (H, W), bool: skin that moves only with the headset.

    Raises:
        ConfigError: If there is no region, one is empty or not of the reference's size, a
            weight is negative or not finite, or the reference has fewer than 8 pixels.
        TypeError: If a dtype is not as stated.
    """

    def __init__(self, regions: Sequence[Mask] | RegionWeights, reference: Mask) -> None:
        _check_reference(reference)
        weights = _region_weights(regions, reference.shape)
        self._shape = reference.shape
        self._values_shape = (len(weights), VALUES_PER_REGION)
        self._core = _core.RegionMotion(weights, _as_bytes(reference))
        self._out: RegionValues | None = None
        self._columns: Columns | None = None

    def run(
        self, flow_px: Flow, confidence: Confidence, *, out: RegionValues | None = None
    ) -> MotionResult:
        """Measure all regions.

        Args:
            flow_px: Shape (H, W, 2), float32, pixels.
            confidence: Shape (H, W), float32, 0..1.
            out: Memory for the result, shape (R, VALUES_PER_REGION), float32. Cheapest if it is
                the same array each time.

        Returns:
            The movement; its arrays are views of `out`, or of a new array.

        Raises:
            FrameError: If a shape differs.
            TypeError: If a dtype is not as stated.
        """
        values = np.empty(self._values_shape, np.float32) if out is None else out
        try:
            # In half the time of Slip(*..) and MotionResult(..).
            slip = tuple.__new__(Slip, self._core.run(flow_px, confidence, values))
        except (FrameError, TypeError):
            # The core refuses all that these do, but they name the argument and its rule.
            _check_flow(flow_px, confidence, self._shape)
            output_array("out", out, dtype=np.float32, shape=self._values_shape)
            raise
        if out is None:
            return tuple.__new__(MotionResult, (*_columns(values), slip))
        if out is not self._out or self._columns is None:
            self._out, self._columns = out, _columns(out)
        return tuple.__new__(MotionResult, (*self._columns, slip))


def _columns(values: RegionValues) -> Columns:
    return values[:, :2], values[:, 2], values[:, 3], values[:, 4]


def _region_weights(
    regions: Sequence[Mask] | RegionWeights, shape: tuple[int, ...]
) -> RegionWeights:
    if len(regions) == 0:
        raise ConfigError("regions: expected at least one, got none")
    for index, region in enumerate(regions):
        if not isinstance(region, np.ndarray):
            raise TypeError(f"region {index}: expected a NumPy array, got {type(region).__name__}")
        if region.dtype not in (np.bool_, np.float32):
            raise TypeError(f"region {index}: expected bool or float32, got {region.dtype}")
        if region.shape != shape:
            raise ConfigError(f"region {index}: expected shape {shape}, got {region.shape}")
    return np.ascontiguousarray(regions, np.float32)


def _as_bytes(mask: Mask) -> NDArray[np.uint8]:
    return np.ascontiguousarray(mask).view(np.uint8)


def _check_reference(reference: Mask) -> None:
    check_array("reference", reference, dtype=np.bool_, shape=np.shape(reference))
    if reference.ndim != 2 or reference.size == 0:
        raise ConfigError(f"reference: expected (H, W) with pixels, got {reference.shape}")


def _check_flow(flow_px: NDArray[Any], confidence: NDArray[Any], shape: tuple[int, ...]) -> None:
    check_array("flow_px", flow_px, dtype=np.float32, shape=(*shape, 2))
    check_array("confidence", confidence, dtype=np.float32, shape=shape)

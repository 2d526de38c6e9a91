"""Whether the headset has slipped on the face, from the flow between crops (A15).

Slip is what the flow has in common over a band along the crop's edge. One camera alone cannot
tell it from an expression that moves most of what it sees; but the headset carries all cameras,
so a slip is a shift that they see at once: all but one of three in full, and that one in part,
for a turn of the headset may hide itself from one camera. (Asked of all three in full, 27 of 74
slips of rendered sessions, training and validation, were found, none of them falsely; so, 44, with
one false one.) A tight fit moves the headset with the face, but hardly so for all cameras. Shifts
are summed with a short memory: slow drift stays below the limit, and the running recalibration
takes care of it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from mien import schema
from mien.config import CROP_SIZE, FlowConfig
from mien.runtime.regions import reference_band, region_mask, regions_of
from mien.runtime.stages import StageTimes
from mien.types import Confidence, Flow, Gray8
from mien.vision.flow import DenseFlow
from mien.vision.motion import VALUES_PER_REGION, MotionResult, RegionMotion, Slip

EYE_LIMIT_PX, MOUTH_LIMIT_PX = 1.6, 0.7
"""Summed shift that a slip has at least, crop pixels: about 0.6 mm on the skin, of which the
mouth camera sees less because it is further away."""
PART: Final = 0.4
"""What counts as seeing a shift in part, share of the limit."""
MEMORY_S: Final = 0.5
"""Time constant with which old shifts are forgotten."""
RESIDUAL_LIMIT_PX: Final = 0.3
INLIER_FLOOR: Final = 0.5
"""What deviates more, or is followed by less of the band, is no rigid shift."""
MAX_GAP_S: Final = 0.2
"""Crops further apart in time are not compared."""


class SlipWatch:
    """Follows the shift of the face under one camera."""

    def __init__(self, camera: str, config: FlowConfig, *, times: StageTimes) -> None:
        self._dense_flow = DenseFlow(CROP_SIZE, CROP_SIZE, config)
        self._before, self._now = self._dense_flow.image(), self._dense_flow.image()
        self._is_first = True
        masks = [region_mask(box) for box in regions_of(camera).values()]
        self._region_motion = RegionMotion(masks, reference_band())
        self._region_values = np.zeros((len(masks), VALUES_PER_REGION), np.float32)
        self._limit_px = MOUTH_LIMIT_PX if camera == schema.MOUTH_CAMERA else EYE_LIMIT_PX
        self._times = times
        self._shift_px = np.zeros(2)
        self.flow_px: Flow = np.zeros((CROP_SIZE, CROP_SIZE, 2), np.float32)
        """Flow of the last step, crop pixels; overwritten by the next."""
        self.confidence: Confidence = np.zeros((CROP_SIZE, CROP_SIZE), np.float32)
        self.motion: MotionResult | None = None
        """Of `regions_of(camera)`, slip removed; None before the first step. Overwritten by the
        next."""

    @property
    def shift(self) -> float:
        """The summed shift, as a share of what a slip's is at least."""
        return float(np.hypot(*self._shift_px)) / self._limit_px

    @property
    def shift_xy(self) -> NDArray[np.float64]:
        """The same with its direction, to the right and down, shape (2,); a copy."""
        return self._shift_px / self._limit_px

    def forget(self) -> None:
        """Begin a new sum."""
        self._shift_px[:] = 0.0

    def run(self, crop: Gray8, *, elapsed_ns: int) -> None:
        """Compare a crop with the one of the last call, `elapsed_ns` before."""
        self._before, self._now = self._now, self._before
        self._now.set(crop)
        is_first, self._is_first = self._is_first, False
        elapsed_s = elapsed_ns * 1e-9
        if is_first or elapsed_s > MAX_GAP_S:
            self.forget()
            return
        self._dense_flow.between(
            self._before, self._now, out_flow=self.flow_px, out_confidence=self.confidence
        )
        self._times.lap("flow")
        self.motion = self._region_motion.run(
            self.flow_px, self.confidence, out=self._region_values
        )
        self._add(self.motion.slip, elapsed_s)
        self._times.lap("motion")

    def _add(self, slip: Slip, elapsed_s: float) -> None:
        self._shift_px *= math.exp(-elapsed_s / MEMORY_S)
        if slip.inlier_fraction >= INLIER_FLOOR and slip.residual_px <= RESIDUAL_LIMIT_PX:
            self._shift_px += (slip.tx, slip.ty)


def take_shift(watches: Sequence[SlipWatch]) -> NDArray[np.float64] | None:
    """The shift of all cameras, once where they are shifted together; their sums begin anew.

    Returns:
        `shift_xy` of each camera in turn, shape (2 * n,); None where they are not.
    """
    shifts = [watch.shift for watch in watches]
    in_full = sum(shift > 1.0 for shift in shifts)
    if in_full < max(len(shifts) - 1, min(len(shifts), 2)) or in_full == 0:
        return None
    if min(shifts) <= PART:
        return None
    taken = np.concatenate([watch.shift_xy for watch in watches])
    for watch in watches:
        watch.forget()
    return taken

"""Whether the headset has slipped on the face, from the flow between crops (A15).

Slip is what the flow has in common over a band along the crop's edge: skin that the units
move least. Its shift is summed with a short memory, so that a slow drift and tremor stay
below the limit and a real shift crosses it once.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from mien.config import CROP_SIZE, FlowConfig
from mien.runtime.regions import reference_band, region_mask, regions_of
from mien.runtime.stages import StageTimes
from mien.types import Confidence, Flow, Gray8
from mien.vision.flow import DenseFlow
from mien.vision.motion import MotionResult, RegionMotion, Slip

SLIP_LIMIT_PX: Final = 2.5
"""Summed shift that counts as a slip, crop pixels: 2 % of the crop, about 1 mm on the skin."""
MEMORY_S: Final = 0.5
"""Time constant with which old shifts are forgotten."""
INLIER_FLOOR: Final = 0.5
"""A fit that fewer pixels agree with is no slip but an expression."""
MAX_GAP_S: Final = 0.2
"""Crops further apart in time are not compared."""


class SlipWatch:
    """Follows the headset's shift on the face under one camera. Keeps no crop of its own."""

    def __init__(self, camera: str, config: FlowConfig, *, times: StageTimes) -> None:
        self._dense_flow = DenseFlow(CROP_SIZE, CROP_SIZE, config)
        masks = [region_mask(box) for box in regions_of(camera).values()]
        self._region_motion = RegionMotion(masks, reference_band())
        self._times = times
        self._shift_px = np.zeros(2)
        self.flow_px: Flow = np.zeros((CROP_SIZE, CROP_SIZE, 2), np.float32)
        """Flow of the last step, crop pixels; overwritten by the next."""
        self.confidence: Confidence = np.zeros((CROP_SIZE, CROP_SIZE), np.float32)
        self.motion: MotionResult | None = None
        """Of `regions_of(camera)`, slip removed; overwritten by the next step."""

    def run(self, previous: Gray8, current: Gray8, *, elapsed_ns: int) -> bool:
        """Compare two crops; True if the summed shift has just crossed the limit."""
        elapsed_s = elapsed_ns * 1e-9
        if elapsed_s > MAX_GAP_S:
            self._shift_px[:] = 0.0
            return False
        self._dense_flow.run(
            previous, current, out_flow=self.flow_px, out_confidence=self.confidence
        )
        self._times.lap("flow")
        self.motion = self._region_motion.run(self.flow_px, self.confidence)
        has_slipped = self._add(self.motion.slip, elapsed_s)
        self._times.lap("motion")
        return has_slipped

    def _add(self, slip: Slip, elapsed_s: float) -> bool:
        self._shift_px *= math.exp(-elapsed_s / MEMORY_S)
        if slip.inlier_fraction >= INLIER_FLOOR:
            self._shift_px += (slip.tx, slip.ty)
        has_slipped = float(np.hypot(*self._shift_px)) > SLIP_LIMIT_PX
        if has_slipped:
            self._shift_px[:] = 0.0
        return has_slipped

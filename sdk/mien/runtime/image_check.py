"""Whether an image shows anything: black, saturated, blank, noisy, frozen and torn ones do not.

All from a few columns of the sensor image and a few rows of the crop: a hundredth of the pixels.
What is damaged less than that is left to the smoothing. A frame that looks odd only beside the
one before is believed if it stays so: then it is the scene that has changed.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from mien.config import CROP_SIZE
from mien.runtime.faults import Fault
from mien.types import CameraModel, Gray8

COLUMNS: Final = 16
"""Columns of the sensor image that are looked at, over the crop's width."""
CROP_STEP: Final = 16
"""Every so many-th row of the crop is looked at."""
DARK_LEVEL: Final = 6.0
"""Mean gray level of a crop without light."""
FULL_LEVEL, FULL_SHARE = 250, 0.5
"""Saturated: this share of the crop is at least so bright."""
BLANK_SPREAD: Final = 1.0
"""Standard deviation, gray levels, below which there is nothing to see."""
BLANK_POWER: Final = BLANK_SPREAD**2
NOISE_LIMIT: Final = 10.0
"""Standard deviation of the crop's noise, gray levels. The network gives its best up to about 4."""
ROW_STEP: Final = 2.0
"""Mean gray step from row to row that is looked into, above those of its neighbour rows and of the
same row in the frame before."""
TEAR_STEP, COLUMN_LIMIT = 2.0, 6.0
"""Across a tear the step is so much larger in the mean over columns, in each by no more than the
second: a lid's edge is steep, but only in some columns ..."""
TEAR_RATIO: Final = 1.5
"""... and one side of it has changed so many times more than the other. (Training and validation,
97,743 frames: 6 falsely torn, and 88 % of torn ones told; means alone, without a limit: 46, 83 %.)
"""
SAME_ROW_FRAMES, TORN_FRAMES = 3, 15
"""What meets in the same row so often, or anywhere so often, is no tear: something now stands
before the camera."""
SAME_ROW_PX: Final = 3
_NOISE_GAIN: Final = 0.8 * 6**0.5
"""Mean absolute second difference of white noise of deviation 1 (Immerkaer 1996, in one row)."""


class ImageCheck:
    """Looks at the images of one camera; remembers a little of the last good one."""

    def __init__(self, camera: CameraModel) -> None:
        x0, y0, x1, y1 = camera.crop_xyxy_px
        left, top = max(int(x0), 0), max(int(y0), 0)
        right, bottom = min(int(x1) + 1, camera.width), min(int(y1) + 1, camera.height)
        if right - left < COLUMNS or bottom - top < COLUMNS:
            left, top, right, bottom = 0, 0, camera.width, camera.height
        self._window = np.s_[top:bottom, left : right : max((right - left) // COLUMNS, 1)]
        shape = np.empty((camera.height, camera.width), np.bool_)[self._window].shape
        self._now, self._before, self._work = np.zeros((3, *shape), np.float32)
        self._ones, self._share = np.ones(shape[1], np.float32), np.float32(1 / shape[1])
        self._change = np.zeros(shape[0], np.float32)
        self._steps: NDArray[np.float32] = np.zeros(max(shape[0] - 1, 0), np.float32)
        self._steps_before = np.zeros_like(self._steps)
        self._beside = np.zeros(max(shape[0] - 5, 0), np.float32)
        self._has_before = False
        self._torn, self._torn_row, self._same_row = 0, 0, 0
        self._sample = np.zeros((CROP_SIZE // CROP_STEP, CROP_SIZE), np.float32)
        self._first = np.zeros((len(self._sample), CROP_SIZE - 1), np.float32)
        self._second = np.zeros((len(self._sample), CROP_SIZE - 2), np.float32)

    def fault(self, gray: Gray8, crop: Gray8) -> Fault | None:
        """What is wrong with a sensor image and its crop; None if they will do."""
        fault = self._crop_fault(crop)
        if fault is not None:
            return fault
        np.copyto(self._now, gray[self._window])
        fault = self._fault_beside_the_last() if self._has_before else None
        if fault is None:
            self._keep()
        return fault

    def _crop_fault(self, crop: Gray8) -> Fault | None:
        sample, second = self._sample, self._second
        np.copyto(sample, crop[::CROP_STEP])
        mean = float(np.add.reduce(sample, axis=None)) / sample.size
        if mean < DARK_LEVEL:
            return Fault("black", f"image: expected light, got a mean level of {mean:.1f}")
        if mean > FULL_LEVEL * FULL_SHARE:
            full = np.count_nonzero(sample >= FULL_LEVEL) / sample.size
            if full >= FULL_SHARE:
                return Fault("saturated", f"image: expected shades, got {full:.0%} at full white")
        np.subtract(sample[:, 1:], sample[:, :-1], out=self._first)
        np.subtract(self._first[:, 1:], self._first[:, :-1], out=second)
        np.abs(second, out=second)
        noise = float(np.add.reduce(second, axis=None)) / (second.size * _NOISE_GAIN)
        if noise > NOISE_LIMIT:
            return Fault("noisy", f"image: expected noise up to {NOISE_LIMIT:g}, got {noise:.1f}")
        if noise < BLANK_SPREAD and np.vdot(sample, sample) / sample.size - mean**2 < BLANK_POWER:
            return Fault("blank", f"image: expected a face, got the same level {mean:.0f} all over")
        return None

    def _fault_beside_the_last(self) -> Fault | None:
        np.subtract(self._now, self._before, out=self._work)
        np.abs(self._work, out=self._work)
        np.dot(self._work, self._ones, out=self._change)
        self._change *= self._share
        total = float(np.add.reduce(self._change))
        if total == 0.0:
            return Fault("frozen", "image: expected a new one, got the last one again")
        row = self._tear_row()
        if row is None or not self._is_torn(row, total):
            return None
        return Fault("torn", f"image: expected one picture, got two that meet at row {row}")

    def _is_torn(self, row: int, total: float) -> bool:
        above = float(np.add.reduce(self._change[: row + 1]))
        upper, lower = above / (row + 1), (total - above) / (len(self._change) - row - 1)
        if max(upper, lower) < TEAR_RATIO * min(upper, lower):
            return False
        is_same = self._torn > 0 and abs(row - self._torn_row) <= SAME_ROW_PX
        self._same_row = self._same_row + 1 if is_same else 1
        self._torn, self._torn_row = self._torn + 1, row
        return self._same_row < SAME_ROW_FRAMES and self._torn < TORN_FRAMES

    def _tear_row(self) -> int | None:
        steps, beside = self._measure_steps(), self._beside
        if not beside.size:
            return None
        np.maximum(steps[:-4], steps[1:-3], out=beside)
        for others in (steps[3:-1], steps[4:], self._steps_before[2:-2]):
            np.maximum(beside, others, out=beside)
        np.subtract(steps[2:-2], beside, out=beside)
        row = int(beside.argmax())
        return row + 2 if beside[row] > ROW_STEP and self._is_broad(row + 2) else None

    def _is_broad(self, row: int) -> bool:
        """Whether most columns take the step below a row; after `_measure_steps`."""
        steps = self._work[1:]
        excess = steps[row] - np.abs(self._before[row + 1] - self._before[row])
        for other in (row - 2, row - 1, row + 1, row + 2):
            np.minimum(excess, steps[row] - steps[other], out=excess)
        np.clip(excess, -COLUMN_LIMIT, COLUMN_LIMIT, out=excess)
        return float(excess.mean()) > TEAR_STEP

    def _measure_steps(self) -> NDArray[np.float32]:
        work = self._work[1:]
        np.subtract(self._now[1:], self._now[:-1], out=work)
        np.abs(work, out=work)
        np.dot(work, self._ones, out=self._steps)
        self._steps *= self._share
        return self._steps

    def _keep(self) -> None:
        if not self._has_before:
            self._measure_steps()
        self._has_before = True
        self._torn = 0
        self._now, self._before = self._before, self._now
        self._steps, self._steps_before = self._steps_before, self._steps

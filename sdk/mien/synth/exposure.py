"""What moves while the shutter is open: motion blur and the rolling shutter's slant."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from mien import schema
from mien.synth.flow import Instant
from mien.synth.head import Floats
from mien.synth.look import CameraLook
from mien.synth.slip import slip_matrix

_SAMPLES: Final = 3
"""Drawings of a frame in which something moves fast; one otherwise."""
_FAST: Final = (0.15, 0.07, 0.3)
"""Change of a weight, of gaze (radians) or slip (millimetres) per frame that is fast."""


class Shutter:
    """When a session's frames must be drawn, and how the drawings make up a frame."""

    def __init__(
        self,
        values: NDArray[np.float32],
        slip: NDArray[np.float64],
        looks: Sequence[CameraLook],
    ) -> None:
        self._values, self._slip = values, slip
        reach = max(look.shutter + look.readout for look in looks) / 2
        self._offsets = np.linspace(-reach, reach, _SAMPLES)
        self._fast = _is_fast(values, slip)

    def offsets(self, frame: int) -> NDArray[np.float64]:
        """When a frame is drawn, in frame intervals from its time; the middle one is 0."""
        return self._offsets if self._fast[frame] else self._offsets[_SAMPLES // 2 :][:1]

    def instant(self, frame: int, offset: float) -> Instant:
        """The face at some time near a frame's."""
        if offset == 0:
            return Instant(self._values[frame], slip_matrix(self._slip[frame]))
        other = min(max(frame + (1 if offset > 0 else -1), 0), len(self._values) - 1)
        share = abs(offset)
        values = (1 - share) * self._values[frame] + share * self._values[other]
        slip = (1 - share) * self._slip[frame] + share * self._slip[other]
        return Instant(values.astype(np.float32), slip_matrix(slip))


def exposed(lights: Sequence[Floats], offsets: NDArray[np.float64], look: CameraLook) -> Floats:
    """One frame's light from drawings at several times; each row has a window of its own."""
    if len(lights) == 1:
        return lights[0]
    rows = lights[0].shape[0]
    middle = ((np.arange(rows) + 0.5) / rows - 0.5) * look.readout
    weights = np.zeros((len(lights), rows), np.float32)
    step = offsets[1] - offsets[0]
    for part in (-0.375, -0.125, 0.125, 0.375):
        at = np.clip((middle + part * look.shutter - offsets[0]) / step, 0, len(lights) - 1)
        for index in range(len(lights)):
            weights[index] += np.maximum(0.0, 1.0 - np.abs(at - index)) / 4
    total = np.zeros_like(lights[0])
    for light, weight in zip(lights, weights, strict=True):
        total += light * weight[:, None]
    return total


def _is_fast(values: NDArray[np.float32], slip: NDArray[np.float64]) -> NDArray[np.bool_]:
    weights = [schema.VALUE_INDEX[name] for name in schema.WEIGHT_NAMES]
    gaze = [schema.VALUE_INDEX[name] for name in schema.GAZE_NAMES]
    fast = np.zeros(len(values), bool)
    for table, columns, most in (
        (values, weights, _FAST[0]),
        (values, gaze, _FAST[1]),
        (slip, [0, 1, 2], _FAST[2]),
    ):
        step = np.abs(np.diff(table[:, columns], axis=0)).max(axis=1) > most
        fast[1:] |= step
        fast[:-1] |= step
    return fast

"""From what each camera says to one set of values, in the wearer's frame.

The right eye's crop is mirrored, so both eyes speak of *outward* yaw; here it becomes yaw to
the wearer's left. Values that two kinds of camera see are their weighted mean (A13).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from mien import schema
from mien.types import Values

EQUAL_WEIGHT: Final = 0.5
"""Weight of a camera kind for a shared value where the model file names none."""


@dataclass(frozen=True, slots=True)
class Route:
    """Where the raw outputs of one camera go: `value[column] = raw * gain + offset`."""

    column: NDArray[np.intp]
    """Index into the values, one per raw output."""
    gain: NDArray[np.float32]
    offset: NDArray[np.float32]


def route(camera: str) -> Route:
    """The route of a camera's raw outputs, sign of yaw included."""
    if camera == schema.MOUTH_CAMERA:
        names = list(schema.MOUTH_OUTPUTS)
    else:
        side = camera.removeprefix("eye_")
        names = [f"{unit}_{side}" for unit in schema.EYE_OUTPUTS]
    gain, offset = np.ones(len(names), np.float32), np.zeros(len(names), np.float32)
    for index, name in enumerate(names):
        if schema.UNIT_OF_VALUE[name].is_gaze:
            sign = -1.0 if name == "gaze_yaw_right" else 1.0
            gain[index] = 2 * schema.GAZE_MAX_RAD * sign
            offset[index] = -schema.GAZE_MAX_RAD * sign
    return Route(np.array([schema.VALUE_INDEX[n] for n in names], np.intp), gain, offset)


def camera_weights(fusion: Mapping[str, Mapping[str, float]]) -> NDArray[np.float32]:
    """How much each camera counts for each value.

    Args:
        fusion: From the model file: value or unit name -> `eye`/`mouth` -> weight.

    Returns:
        Shape (3, VALUE_COUNT), float32, rows in the order of `schema.CAMERAS`; 0 where a
        camera does not see a value.
    """
    weights = np.zeros((len(schema.CAMERAS), schema.VALUE_COUNT), np.float32)
    for row, camera in enumerate(schema.CAMERAS):
        kind = "mouth" if camera == schema.MOUTH_CAMERA else "eye"
        for column in route(camera).column:
            weights[row, column] = _weight(fusion, schema.VALUE_NAMES[column], kind)
    return weights


def _weight(fusion: Mapping[str, Mapping[str, float]], name: str, kind: str) -> float:
    unit = schema.UNIT_OF_VALUE[name]
    if len(unit.cameras) == 1:
        return 1.0
    given = fusion.get(name, fusion.get(unit.name, {}))
    # A camera never counts for nothing: it must be able to stand in for the other one.
    return max(float(given.get(kind, EQUAL_WEIGHT)), 1e-3)


class Fusion:
    """Holds what each camera said last, and for how long that still counts.

    A camera that falls silent fades out over `hold_ns`, so a value seen by two cameras does
    not jump when one of them is slower or lost; a value nobody sees any more is held.
    """

    def __init__(
        self, fusion: Mapping[str, Mapping[str, float]], trained: tuple[str, ...], *, hold_ns: int
    ) -> None:
        self._routes = {camera: route(camera) for camera in schema.CAMERAS}
        self._weights = camera_weights(fusion)
        self._is_trained = np.array([name in set(trained) for name in schema.VALUE_NAMES])
        self._hold_ns = hold_ns
        self._last = np.zeros(self._weights.shape, np.float32)
        self._fade = np.zeros((len(schema.CAMERAS), 1), np.float32)
        self._heard_ns: list[int | None] = [None] * len(schema.CAMERAS)
        self._sum = np.zeros(schema.VALUE_COUNT, np.float32)
        self._total = np.zeros(schema.VALUE_COUNT, np.float32)
        self._held = np.zeros(schema.VALUE_COUNT, np.float32)
        self._product = np.zeros_like(self._last)

    def run(self, raw: Mapping[str, NDArray[np.float32]], *, t_ns: int) -> Values:
        """Take in the raw outputs of the cameras that delivered, and fuse.

        Args:
            raw: Camera name -> raw outputs, in [0, 1].
            t_ns: Capture time of the state, nanoseconds.

        Returns:
            Shape (VALUE_COUNT,), float32, the wearer's frame; reused by the next call.
            Values that the model was not trained for are 0.
        """
        for camera, outputs in raw.items():
            self._take(camera, outputs, t_ns=t_ns)
        for row, heard_ns in enumerate(self._heard_ns):
            self._fade[row] = 0.0 if heard_ns is None else self._freshness(t_ns - heard_ns)
        np.multiply(self._weights, self._fade, out=self._product)
        np.sum(self._product, axis=0, out=self._total)
        np.multiply(self._product, self._last, out=self._product)
        np.sum(self._product, axis=0, out=self._sum)
        np.divide(self._sum, self._total, out=self._held, where=self._total > 0)
        self._held *= self._is_trained
        return self._held

    def valid(self) -> NDArray[np.bool_]:
        """Shape (VALUE_COUNT,): trained, and seen at least once by a camera."""
        return self._seen_by([heard_ns is not None for heard_ns in self._heard_ns])

    def tracked(self, cameras: frozenset[str]) -> NDArray[np.bool_]:
        """Shape (VALUE_COUNT,): trained, and one of `cameras` sees it."""
        return self._seen_by([camera in cameras for camera in schema.CAMERAS])

    def columns(self, camera: str) -> NDArray[np.intp]:
        """Indices of the values that a camera sees."""
        return self._routes[camera].column

    def _seen_by(self, rows: list[bool]) -> NDArray[np.bool_]:
        is_seen: NDArray[np.bool_] = (self._weights[np.array(rows)] > 0).any(axis=0)
        return self._is_trained & is_seen

    def _take(self, camera: str, outputs: NDArray[np.float32], *, t_ns: int) -> None:
        way, row = self._routes[camera], schema.CAMERAS.index(camera)
        self._last[row, way.column] = outputs * way.gain + way.offset
        self._heard_ns[row] = t_ns

    def _freshness(self, age_ns: int) -> float:
        # A camera on a new, earlier clock was heard in the future: it counts as fresh.
        return min(max(0.0, 1.0 - age_ns / self._hold_ns), 1.0)

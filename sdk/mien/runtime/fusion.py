"""From what each camera says to one set of values, and how long its word counts.

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
from mien.runtime.fallback import Fallback
from mien.types import Values

_EYES: Final = tuple(schema.CAMERAS.index(camera) for camera in schema.EYE_CAMERAS)
_MOUTH: Final = schema.CAMERAS.index(schema.MOUTH_CAMERA)
EQUAL_WEIGHT: Final = 0.5
"""Weight of a camera kind for a shared value where the model file names none."""


@dataclass(frozen=True, slots=True)
class Route:
    """Where the raw outputs of one camera go: `value[column] = raw * gain + offset`."""

    names: tuple[str, ...]
    """The values, one per raw output."""
    column: NDArray[np.intp]
    """Index into the values, one per raw output."""
    gain: NDArray[np.float32]
    offset: NDArray[np.float32]
    low: NDArray[np.float32]
    """Least and largest that each value may be: weights 0..1, gaze in radians."""
    high: NDArray[np.float32]


def route(camera: str) -> Route:
    """The route of a camera's raw outputs, sign of yaw included."""
    if camera == schema.MOUTH_CAMERA:
        names = schema.MOUTH_OUTPUTS
    else:
        side = camera.removeprefix("eye_")
        names = tuple(f"{unit}_{side}" for unit in schema.EYE_OUTPUTS)
    gain, offset = np.ones(len(names), np.float32), np.zeros(len(names), np.float32)
    for index, name in enumerate(names):
        if schema.UNIT_OF_VALUE[name].is_gaze:
            sign = -1.0 if name == "gaze_yaw_right" else 1.0
            gain[index] = 2 * schema.GAZE_MAX_RAD * sign
            offset[index] = -schema.GAZE_MAX_RAD * sign
    is_gaze = np.isin(names, schema.GAZE_NAMES)
    return Route(
        names=names,
        column=np.array([schema.VALUE_INDEX[n] for n in names], np.intp),
        gain=gain,
        offset=offset,
        low=np.where(is_gaze, -schema.GAZE_MAX_RAD, 0.0).astype(np.float32),
        high=np.where(is_gaze, schema.GAZE_MAX_RAD, 1.0).astype(np.float32),
    )


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

    The word of a camera counts in full for `hold_ns` after the frame it came from, then fades
    over `fade_ns`. A value that another camera sees too passes over to that one without a jump;
    one that nobody sees any more goes to neutral, 0. A camera takes nothing from the values that
    only others see.
    """

    def __init__(
        self,
        fusion: Mapping[str, Mapping[str, float]],
        trained: tuple[str, ...],
        *,
        hold_ns: int,
        fade_ns: int,
        fallback: Fallback | None = None,
    ) -> None:
        self.fallback = fallback if fallback and fallback.is_known else None
        """Where guesses of the lower face go; None: the model makes none."""
        self._columns = {camera: route(camera).column for camera in schema.CAMERAS}
        is_trained = np.isin(schema.VALUE_NAMES, trained)
        self._weights = camera_weights(fusion) * is_trained
        self._hold_ns, self._fade_ns = hold_ns, fade_ns
        self._last = np.zeros(self._weights.shape, np.float32)
        self._shares = np.zeros_like(self._weights)
        self._product = np.zeros_like(self._weights)
        self._values = np.zeros(schema.VALUE_COUNT, np.float32)
        self._freshness = (0.0,) * len(schema.CAMERAS)
        self._heard_ns: list[int | None] = [None] * len(schema.CAMERAS)
        self._is_supporting = [False] * len(schema.CAMERAS)
        self._seen: dict[tuple[bool, ...], NDArray[np.bool_]] = {}
        self._seen_ns = np.full(schema.VALUE_COUNT, -1, np.int64)

    def take(
        self,
        camera: str,
        values: NDArray[np.float32],
        *,
        t_ns: int,
        is_supporting: bool = True,
    ) -> None:
        """Take in what a camera says of the values it sees, from a frame of `t_ns`.

        Args:
            camera: Whose word it is.
            values: In the order of its route.
            t_ns: Capture time.
            is_supporting: Whether it sees enough for its values to be called tracked (E5).
        """
        row, columns = schema.CAMERAS.index(camera), self._columns[camera]
        self._last[row, columns] = values
        self._heard_ns[row] = t_ns
        self._is_supporting[row] = is_supporting
        self._seen_ns[columns] = np.maximum(self._seen_ns[columns], t_ns)

    def lose(self, camera: str) -> None:
        """The newest frame of a camera is of no use: its word is held, and supported no more."""
        self._is_supporting[schema.CAMERAS.index(camera)] = False

    def forget_times(self) -> None:
        """Time starts anew: what was heard before is not older than what comes now."""
        self._heard_ns = [None if heard is None else -1 for heard in self._heard_ns]
        self._seen_ns[:] = -1

    def run(self, t_ns: int) -> Values:
        """Fuse, as of a capture time.

        Returns:
            Shape (VALUE_COUNT,), float32, the wearer's frame; reused by the next call. Values
            that the model was not trained for are 0.
        """
        freshness = tuple(self._fresh(heard_ns, t_ns) for heard_ns in self._heard_ns)
        if freshness != self._freshness:
            self._freshness = freshness
            self._share_out(np.array(freshness, np.float32)[:, None])
        np.multiply(self._shares, self._last, out=self._product)
        np.add.reduce(self._product, axis=0, out=self._values)
        if self.fallback is not None and freshness[_MOUTH] < 1.0:
            eyes = tuple(freshness[row] for row in _EYES)
            self.fallback.fill(self._values, eyes=eyes, mouth=freshness[_MOUTH])
        return self._values

    def valid(self) -> NDArray[np.bool_]:
        """Shape (VALUE_COUNT,): trained, and seen at least once by a camera, or guessed."""
        is_seen = self._seen_by(tuple(heard_ns is not None for heard_ns in self._heard_ns))
        return is_seen if self.fallback is None else is_seen | self.fallback.filled()

    def tracked(self, t_ns: int) -> NDArray[np.bool_]:
        """Shape (VALUE_COUNT,), read-only: trained, and seen in a usable, newest, fresh frame."""
        return self._seen_by(
            tuple(
                is_supporting and self._fresh(heard_ns, t_ns) >= 1.0
                for is_supporting, heard_ns in zip(self._is_supporting, self._heard_ns, strict=True)
            )
        )

    def seen_ns(self) -> NDArray[np.int64]:
        """Shape (VALUE_COUNT,), a copy: capture time of the newest frame behind each value."""
        return self._seen_ns.copy()

    def _share_out(self, freshness: NDArray[np.float32]) -> None:
        counted = self._weights * freshness
        total = counted.sum(axis=0)
        freshest = np.where(self._weights > 0, freshness, np.float32(0)).max(axis=0)
        self._shares[:] = counted * (freshest / np.where(total > 0, total, np.float32(1)))

    def _seen_by(self, rows: tuple[bool, ...]) -> NDArray[np.bool_]:
        if rows not in self._seen:
            is_seen: NDArray[np.bool_] = (self._weights[np.array(rows)] > 0).any(axis=0)
            is_seen.flags.writeable = False
            self._seen[rows] = is_seen
        return self._seen[rows]

    def _fresh(self, heard_ns: int | None, t_ns: int) -> float:
        if heard_ns is None:
            return 0.0
        # A camera that is ahead of the face is not stale.
        return min(max(1.0 - (t_ns - heard_ns - self._hold_ns) / self._fade_ns, 0.0), 1.0)

"""Shape sets: the ordered names another interface has for a face, and how our values become them.

Each shape is a weighted sum of values, clipped to the shape's range:

    shape = clip(offset + sum(weight * value), low, high)

A value that is not valid is left out of the sum, and the weights that remain are scaled up
to their whole: with one eye camera, `browInnerUp` is what that camera sees, not half of it.
A shape without a valid value has its neutral, `clip(offset)`. NaN counts as not valid, so
none ever leaves.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from mien import schema

Row: TypeAlias = Mapping[str, float]
"""Name of a value -> its weight in a shape."""
Shapes: TypeAlias = NDArray[np.float32]
"""Shape (len(names),), float32, in the order of a set's names."""

_VALUE_LIMIT: Final = np.array(
    [schema.GAZE_MAX_RAD if name in schema.GAZE_NAMES else 1.0 for name in schema.VALUE_NAMES],
    np.float32,
)
_VALUE_FLOOR: Final = np.where(np.isin(schema.VALUE_NAMES, schema.GAZE_NAMES), -_VALUE_LIMIT, 0)


class Face(Protocol):
    """What a shape set reads of a face state."""

    @property
    def values(self) -> NDArray[np.float32]:
        """Shape (VALUE_COUNT,), float32, order of `schema.VALUE_NAMES`."""

    @property
    def valid(self) -> NDArray[np.bool_]:
        """Shape (VALUE_COUNT,)."""


def mean_of(*values: str) -> dict[str, float]:
    """The row of a shape that is the mean of values."""
    return {value: 1 / len(values) for value in values}


def of_both(unit: str) -> dict[str, float]:
    """The row of a shape without a side, of a unit that has sides."""
    return mean_of(*(f"{unit}_{side}" for side in schema.SIDES))


def look(side: schema.Side, direction: str) -> dict[str, float]:
    """The row of one eye's turn: `left`, `right` (the wearer's), `in`, `out`, `up` or `down`.

    The shape reaches 1 at `schema.GAZE_LOOK_FULL_RAD`.
    """
    outward = 1.0 if side == "left" else -1.0
    axis, sign = {
        "left": ("yaw", 1.0),
        "right": ("yaw", -1.0),
        "out": ("yaw", outward),
        "in": ("yaw", -outward),
        "up": ("pitch", 1.0),
        "down": ("pitch", -1.0),
    }[direction]
    return {f"gaze_{axis}_{side}": sign / schema.GAZE_LOOK_FULL_RAD}


class ShapeSet:
    """The shapes of one interface: names, order, range, and the way there and back."""

    def __init__(
        self,
        title: str,
        names: tuple[str, ...],
        rows: Mapping[str, Row],
        *,
        offsets: Mapping[str, float] | None = None,
        signed: frozenset[str] = frozenset(),
        back: Mapping[str, Row] | None = None,
    ) -> None:
        """Make the tables.

        Args:
            title: What tables call it.
            names: Every shape, in the order of the interface.
            rows: Shape -> weights; a shape that is missing here stays 0.
            offsets: What is added to the sum; 0 where missing.
            signed: Shapes in [-1, 1]; the others are in [0, 1].
            back: Value -> weights of shapes, for values whose way back is not the plain one.
        """
        unknown = (set(rows) | set(offsets or ()) | signed) - set(names)
        if unknown:
            raise ValueError(f"{title}: expected shapes of the set, got {sorted(unknown)}")
        self.title = title
        self.names = names
        self.index: Final = {name: place for place, name in enumerate(names)}
        self._weights = np.zeros((len(names), schema.VALUE_COUNT), np.float32)
        for shape, row in rows.items():
            for value, weight in row.items():
                self._weights[self.index[shape], schema.VALUE_INDEX[value]] = weight
        self._offsets = np.array([(offsets or {}).get(n, 0.0) for n in names], np.float32)
        self.low: Final = np.array([-1.0 if n in signed else 0.0 for n in names], np.float32)
        """Shape (len(names),), float32: the least each shape can be."""
        self.high: Final = np.ones(len(names), np.float32)
        """Shape (len(names),), float32: the most."""
        size = np.abs(self._weights)
        whole = size.sum(axis=1, keepdims=True)
        self._shares = np.divide(size, whole, out=np.zeros_like(size), where=whole > 0)
        self._back, self._back_offsets = self._way_back(back or {})

    def __len__(self) -> int:
        return len(self.names)

    def of(self, face: Face) -> Shapes:
        """The shapes of a face.

        Returns:
            Shape (len(names),), float32, each within `low`..`high`, never NaN.
        """
        usable = face.valid & np.isfinite(face.values)
        if usable.all():
            shapes: Shapes = self._weights @ face.values
        else:
            shapes = self._weights @ np.where(usable, face.values, np.float32(0))
            share = self._shares @ usable.astype(np.float32)
            np.divide(shapes, share, out=shapes, where=share > 0)
        shapes += self._offsets
        np.maximum(shapes, self.low, out=shapes)
        return np.minimum(shapes, self.high, out=shapes)

    def carried(self, face: Face) -> NDArray[np.bool_]:
        """Which shapes have a valid value behind them, shape (len(names),), bool."""
        usable = face.valid & np.isfinite(face.values)
        is_carried: NDArray[np.bool_] = (self._shares @ usable.astype(np.float32)) > 0
        return is_carried

    def values(self, shapes: Shapes) -> NDArray[np.float32]:
        """The way back: the values that these shapes came from, as far as they tell.

        A value that several shapes carry is their mean; values that share one shape all get
        it; lost ones are 0.

        Args:
            shapes: Shape (len(names),), float32.

        Returns:
            Shape (VALUE_COUNT,), float32, order of `schema.VALUE_NAMES`, within their ranges.
        """
        values: Shapes = self._back @ np.nan_to_num(shapes) + self._back_offsets
        return np.clip(values, _VALUE_FLOOR, _VALUE_LIMIT, out=values)

    def _way_back(self, given: Mapping[str, Row]) -> tuple[NDArray[np.float32], Shapes]:
        size = np.abs(self._weights).sum(axis=1, keepdims=True)
        back = np.divide(
            np.sign(self._weights), size, out=np.zeros_like(self._weights), where=size > 0
        )
        for sign in (-1, 1):  # two directions of one gaze add up, two copies are averaged
            same = np.sign(self._weights) == sign
            back = np.where(same, back / np.maximum(same.sum(axis=0), 1), back)
        offsets = -(back.T @ self._offsets)
        table = back.T.copy()
        for value, row in given.items():
            place = schema.VALUE_INDEX[value]
            table[place], offsets[place] = 0, 0
            for shape, weight in row.items():
                table[place, self.index[shape]] = weight
        return table.astype(np.float32), offsets.astype(np.float32)

    @property
    def lost(self) -> tuple[str, ...]:
        """Values that no shape carries."""
        return tuple(np.array(schema.VALUE_NAMES)[~self._weights.any(axis=0)].tolist())

    @property
    def merged(self) -> tuple[str, ...]:
        """Values that only reach shapes together with another one, so that they become one."""
        alone = (self._weights != 0) & ((self._weights != 0).sum(axis=1, keepdims=True) == 1)
        together = self._weights.any(axis=0) & ~alone.any(axis=0)
        return tuple(np.array(schema.VALUE_NAMES)[together].tolist())

    @property
    def idle(self) -> tuple[str, ...]:
        """Shapes that no value drives; they stay at their neutral."""
        return tuple(np.array(self.names)[~self._weights.any(axis=1)].tolist())

"""Round trips: values to an interface's shapes and back, and what did not survive."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from mien import schema
from mien.outputs.shape_sets import SHAPE_SETS
from mien.shape_set import ShapeSet
from mien.types import FaceState

FACES: Final = 2000
"""Random faces per table."""
_SEED: Final = 2002
_EVERY: Final = np.ones(schema.VALUE_COUNT, np.bool_)
_IS_GAZE: Final = np.isin(schema.VALUE_NAMES, schema.GAZE_NAMES)


INTERFACES: Final = (
    *(("arkit",), ("openxr_fb",), ("openxr_fb2",), ("openxr_android",)),
    *(("openxr_htc_eye", "openxr_htc_lip"), ("openxr_ml",), ("unified", "unified_eyes"), ("facs",)),
)
"""Shape sets that go together, by their names in `SHAPE_SETS`."""


@dataclass(frozen=True, slots=True)
class RoundTrip:
    """What one interface keeps of a face."""

    title: str
    max_error: Mapping[str, float]
    """Value -> largest error over the faces; weights 0..1, gaze in radians. Without lost ones."""
    lost: tuple[str, ...]
    """Values that no shape carries."""
    idle: tuple[str, ...]
    """Shapes that no value drives."""

    @property
    def exact(self) -> tuple[str, ...]:
        """Values that come back to 1e-6."""
        return tuple(name for name, error in self.max_error.items() if error <= 1e-6)

    @property
    def changed(self) -> Mapping[str, float]:
        """Values that come back, but not always as they were, and their largest error."""
        return {name: error for name, error in self.max_error.items() if error > 1e-6}


def random_values(count: int) -> NDArray[np.float32]:
    """Faces whose values are all independent, over their whole ranges.

    Returns:
        Shape (count, VALUE_COUNT), float32; the same each time.
    """
    share = np.random.default_rng(_SEED).uniform(size=(count, schema.VALUE_COUNT))
    gaze = schema.GAZE_MAX_RAD * (2 * share - 1)
    return np.where(_IS_GAZE, gaze, share).astype(np.float32)


def round_trip(*sets: ShapeSet, faces: int = FACES) -> RoundTrip:
    """Send random faces through an interface's shape sets and back.

    Args:
        sets: Each value comes back from the first one that carries it.
        faces: How many.
    """
    values = random_values(faces)
    lost = [name for name in schema.VALUE_NAMES if all(name in one.lost for one in sets)]
    back = np.zeros_like(values)
    for one in reversed(sets):
        is_carried = ~np.isin(schema.VALUE_NAMES, one.lost)
        for row, given in zip(back, values, strict=True):
            row[is_carried] = one.values(one.of(FaceState(0, given, _EVERY, _EVERY)))[is_carried]
    error = np.abs(back - values).max(axis=0)
    kept = {
        name: float(largest)
        for name, largest in zip(schema.VALUE_NAMES, error, strict=True)
        if name not in lost
    }
    idle = tuple(name for one in sets for name in one.idle)
    return RoundTrip(" and ".join(one.title for one in sets), kept, tuple(lost), idle)


def every_round_trip() -> list[RoundTrip]:
    """All interfaces, as `OUTPUTS.md` has them."""
    return [round_trip(*(SHAPE_SETS[name] for name in names)) for names in INTERFACES]


def markdown(trips: Sequence[RoundTrip]) -> str:
    """The table of `OUTPUTS.md`: a row per interface."""
    headings = ("interface", "come back exactly", "with an error", "lost", "shapes at rest")
    lines = [f"| {' | '.join(headings)} |", "|---" * len(headings) + "|"]
    for trip in trips:
        changed = [f"{unit} {error:.2f}" for unit, error in _by_unit(trip.changed).items()]
        lost = list(_by_unit(dict.fromkeys(trip.lost, 0.0)))
        cells = (
            trip.title,
            f"{len(trip.exact)} of {schema.VALUE_COUNT}",
            _listed(changed),
            _listed(lost),
            _listed(trip.idle),
        )
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _by_unit(values: Mapping[str, float]) -> dict[str, float]:
    """The larger of both sides, under the unit's name."""
    units: dict[str, float] = {}
    for value, error in values.items():
        name = schema.UNIT_OF_VALUE[value].name
        units[name] = max(error, units.get(name, 0.0))
    return units


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names) if names else "-"

"""FACS: action units by number, a side each where the unit has one.

Numbers: Ekman, Friesen and Hager, *Facial Action Coding System*, 2002, as in `schema.UNITS`;
descriptors (AD19, AD29, AD30, AD34) are named `AU` too, as coding tools do. `AU12_L` is the
wearer's left. 0..1 is our graded weight; FACS itself scores A to E, and has no such scale.

Gaze is coded for both eyes together: AU61 left, AU62 right, AU63 up, AU64 down, by their mean,
1 at `schema.GAZE_LOOK_FULL_RAD`. AU61 is the left eye turned out and the right one in
(py-feat's table has AU61 and AU62 the other way round). `mouth_left` and `mouth_right` have no
number. Jaw sideways is one number, its side being that of the movement.
"""

from __future__ import annotations

from typing import Final

from mien import schema
from mien.shape_set import Row, ShapeSet, look, mean_of

_LETTER: Final = {"left": "L", "right": "R"}
_LOOK: Final = {"AU61": "left", "AU62": "right", "AU63": "up", "AU64": "down"}


def _shape(unit: schema.Unit, value: str) -> str:
    number = "AU" + unit.action_unit.removeprefix("AU").removeprefix("AD")
    letter = _LETTER.get(value.rpartition("_")[2])
    return f"{number}_{letter}" if letter else number


def _rows() -> dict[str, Row]:
    rows: dict[str, Row] = {
        _shape(unit, value): mean_of(value)
        for unit in schema.UNITS
        for value in schema.value_names(unit)
        if unit.action_unit and not unit.is_gaze
    }
    for number, way in _LOOK.items():
        both: dict[str, float] = {}
        for side in schema.SIDES:
            both |= {value: weight / 2 for value, weight in look(side, way).items()}
        rows[number] = both
    return rows


FACS: Final = ShapeSet("FACS", tuple(_rows()), _rows())

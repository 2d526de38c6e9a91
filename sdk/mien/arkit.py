"""The 52 ARKit blend shapes, in the two orders in use.

Names: Apple, `ARFaceAnchor.BlendShapeLocation`, a dictionary without an order. `ARKIT` is in the
wire order of Live Link Face (JimWest/PyLiveLinkFace, `pylivelinkface.py`, 18c0e8b, and the CSV
of the app); `ARKIT_SORTED` in alphabetical order. Which unit drives which shape stands in
`schema.UNITS`.

A shape that both sides drive (`browInnerUp`, `cheekPuff`) gets their mean. Gaze is spread over
the `eyeLook*` shapes: eyes to the wearer's left are `eyeLookOutLeft` with `eyeLookInRight`.
`mouthClose` (lips kept together over an open jaw) has no unit and stays 0.
"""

from __future__ import annotations

from typing import Final

from mien import schema
from mien.shape_set import Row, ShapeSet, look, mean_of


def _rows() -> dict[str, Row]:
    rows: dict[str, Row] = {}
    drivers: dict[str, list[str]] = {}
    for value in schema.VALUE_NAMES:
        for shape in schema.arkit_names(value):
            drivers.setdefault(shape, []).append(value)
    rows |= {shape: mean_of(*values) for shape, values in drivers.items()}
    for side in schema.SIDES:
        for way in ("down", "in", "out", "up"):
            rows[f"eyeLook{way.capitalize()}{side.capitalize()}"] = look(side, way)
    return rows


ARKIT: Final = ShapeSet("ARKit 52", schema.ARKIT_NAMES, _rows())
ARKIT_SORTED: Final = ShapeSet("ARKit 52, sorted", tuple(sorted(schema.ARKIT_NAMES)), _rows())

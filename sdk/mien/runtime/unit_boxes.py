"""Where each unit moves the face, from the action-unit detection layer of a network (C2-C4).

The layer looks at two grids over the crop, 8 x 8 for small regions and 4 x 4 for large ones, in
one pass. Each cell says of each class how sure it is that the class shows and that the middle of
its region lies here, and how far the four edges of that region are from the cell's own middle. A
crop shows the region of a class once at most, so the surest cell speaks for the class, and no
suppression of neighbours is needed.

Boxes are shares of the crop, 0..1 from its left and upper edge: x0, y0, x1, y1.
"""

from __future__ import annotations

from typing import Final, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from mien import schema
from mien.schema import CameraKind

FACE: Final = "face"
GRIDS: Final = (8, 4)
"""Cells along a side of each grid; rows of a grid follow one another, the finer grid first."""
FIELDS: Final = 5
"""What a cell says of a class: score, then the reach to the left, up, right and down."""
REACH: Final = (-0.2, 1.0)
"""Reaches that a cell can give, shares of the crop; below 0 its middle lies beside the region."""
CELLS: Final = sum(side * side for side in GRIDS)
BOX_CLASSES: Final[dict[CameraKind, tuple[str, ...]]] = {
    "eye": (*(n for n in schema.EYE_OUTPUTS if not schema.UNIT_BY_NAME[n].is_gaze), FACE),
    "mouth": (*schema.MOUTH_OUTPUTS, FACE),
}
"""What the layer finds, by kind of camera: its units in the order of its outputs, and the face."""

Boxes: TypeAlias = NDArray[np.float32]
"""Shape (..., 4)."""


class Detections(NamedTuple):
    """What one crop shows, class by class."""

    scores: NDArray[np.float32]
    """Shape (C,), 0..1; 0.5 stands for a unit of about 0.2."""
    boxes: Boxes
    """Shape (C, 4), within 0..1; where a class does not show, where it would."""


def cell_middles() -> NDArray[np.float32]:
    """Middle of each cell, x then y, shape (CELLS, 2), shares of the crop."""
    grids = []
    for side in GRIDS:
        along = (np.arange(side, dtype=np.float32) + 0.5) / side
        grids.append(np.stack(np.meshgrid(along, along), axis=-1).reshape(-1, 2))
    return np.concatenate(grids)


_MIDDLES: Final = cell_middles()


def decode_boxes(raw: NDArray[np.floating]) -> Detections:
    """Read what the layer gave.

    Args:
        raw: Shape (..., C * FIELDS, CELLS), 0..1: of each class its score, then its reaches from
            the lowest to the highest of `REACH`.

    Returns:
        Scores of shape (..., C) and boxes of shape (..., C, 4).
    """
    cells = raw.reshape(*raw.shape[:-2], -1, FIELDS, CELLS)
    best = cells[..., 0, :].argmax(axis=-1)
    chosen = np.take_along_axis(cells, best[..., None, None], axis=-1)[..., 0]
    middle, reach = _MIDDLES[best], REACH[0] + (REACH[1] - REACH[0]) * chosen[..., 1:]
    boxes = np.concatenate([middle - reach[..., :2], middle + reach[..., 2:]], axis=-1)
    return Detections(
        chosen[..., 0].astype(np.float32), np.clip(boxes, 0.0, 1.0).astype(np.float32)
    )

"""Finds the 68 iBUG landmarks of a head that comes without them.

Measured on the mesh: the eye openings (where the eyeball stands in front of the skin), the
line between the lips and its corners (where `jawOpen` tears neighbours apart), the tip of the
nose. Placed by proportion to these: brows, outer lips, nostrils and jaw, which only paint needs.
What cannot be measured is placed too, and said: landmarks aim cameras and paint, no value of the
truth is taken from them.
Order and meaning: Sagonas et al., "300 Faces In-the-Wild Challenge", ICCVW 2013.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from mien.errors import HeadError

Array = NDArray[np.floating[Any]]
Index = NDArray[np.int64]

_STEP_MM: Final = 0.5
_LOW_MM: Final = np.array([-80.0, -130.0])
_SIZE: Final = (int(190 / _STEP_MM), int(160 / _STEP_MM))
"""Rows (y up) and columns (x) of the map of the face's front."""
_TEAR_MM: Final = 1.5
_CORNER_SHARE: Final = 0.2
"""The lips part less than this share of the middle's at the corner of the mouth."""

# In eye widths from the eye's middle: towards the temple, up.
_BROW: Final = ((-0.74, 0.92), (-0.27, 1.03), (0.26, 1.05), (0.69, 0.95), (1.0, 0.65))
# In half mouth widths from the mouth's middle.
_LIPS_TOP: Final = ((-0.67, 0.28), (-0.29, 0.42), (0.0, 0.40), (0.29, 0.42), (0.67, 0.28))
_LIPS_LOW: Final = ((0.71, -0.21), (0.41, -0.31), (0.0, -0.35), (-0.41, -0.31), (-0.71, -0.21))
_NOSE_BASE: Final = ((-0.49, 0.93), (-0.24, 0.93), (0.0, 0.9), (0.24, 0.93), (0.49, 0.93))
_JAW: Final = (
    *((-2.9, 2.9), (-2.87, 2.0), (-2.74, 1.2), (-2.59, 0.46), (-2.26, -0.38), (-1.7, -1.06)),
    *((-1.2, -1.34), (-0.6, -1.48), (0.0, -1.55)),
)


@dataclass(frozen=True, eq=False, slots=True)
class FrontMap:
    """The face as seen along -z, without perspective."""

    z_mm: Array
    """Shape (rows, columns): height of the nearest skin, -inf where there is none."""
    triangle: Index
    """Shape (rows, columns): which triangle that is, -1 for none."""

    def cell(self, x: Array | float, y: Array | float) -> tuple[Index, Index]:
        """Row and column of a place."""
        columns = np.asarray(np.round((np.asarray(x) - _LOW_MM[0]) / _STEP_MM), np.int64)
        rows = np.asarray(np.round((np.asarray(y) - _LOW_MM[1]) / _STEP_MM), np.int64)
        return np.clip(rows, 0, _SIZE[0] - 1), np.clip(columns, 0, _SIZE[1] - 1)


def front_map(points_mm: Array, tri: Index) -> FrontMap:
    """Look at triangles from the front."""
    z_mm = np.full(_SIZE, -np.inf)
    triangle = np.full(_SIZE, -1, np.int64)
    corners = points_mm[tri].astype(np.float64)
    edge = np.linalg.norm(corners - np.roll(corners, 1, axis=1), axis=2).max(axis=1)
    parts = np.clip(np.ceil(edge / (0.8 * _STEP_MM)), 1, 60).astype(int)
    for count in np.unique(parts):
        chosen = np.flatnonzero(parts == count)
        a, b = (grid.ravel() for grid in np.mgrid[0 : count + 1, 0 : count + 1] / count)
        weights = np.stack([a, b, 1 - a - b], axis=1)[a + b <= 1 + 1e-9]
        places = np.einsum("nk,tkd->tnd", weights, corners[chosen]).reshape(-1, 3)
        owner = np.repeat(chosen, len(weights))
        columns, rows = np.round((places[:, :2] - _LOW_MM) / _STEP_MM).astype(np.int64).T
        inside = (rows >= 0) & (rows < _SIZE[0]) & (columns >= 0) & (columns < _SIZE[1])
        order = np.flatnonzero(inside)[np.argsort(places[inside, 2])]
        at = (rows[order], columns[order])
        nearer = places[order, 2] > z_mm[at]
        at = (at[0][nearer], at[1][nearer])
        # The last of equal places wins, which is the nearest.
        z_mm[at] = places[order, 2][nearer]
        triangle[at] = owner[order][nearer]
    return FrontMap(z_mm, triangle)


def find_landmarks(
    points_mm: Array,
    tri: Index,
    *,
    shapes: Mapping[str, Array],
    eyes: Array,
    eye_radius_mm: float,
) -> tuple[Index, tuple[str, ...]]:
    """Vertices nearest to the 68 landmarks.

    Args:
        points_mm: Vertices, shape (V, 3), millimetres, origin midway between the eyes.
        tri: Skin, shape (T, 3).
        shapes: What each ARKit shape adds, shape (V, 3); `jawOpen` tells the lips.
        eyes: Centres, left and right, shape (2, 3).
        eye_radius_mm: Of both.

    Returns:
        Shape (68,), and what could not be measured, in words.

    Raises:
        HeadError: If there is no skin in front.
    """
    if not len(tri):
        raise HeadError("head: expected a part that is skin, got none")
    seen, notes = front_map(points_mm, tri), []
    contours = [eye_contour(seen, centre, eye_radius_mm) for centre in eyes]
    if any(contour is None for contour in contours):
        notes.append("eye openings: the eyeballs stand behind the skin")
    left, right = (
        _placed_eye(centre, eye_radius_mm) if contour is None else contour
        for contour, centre in zip(contours, eyes, strict=True)
    )
    mouth = _mouth(seen, tri, shapes.get("jawOpen"))
    if mouth is None:
        notes.append("line of the lips: jawOpen does not part them")
        mouth = _placed_mouth(points_mm, tri, shapes, apart_mm=float(eyes[0, 0] - eyes[1, 0]))
    places = np.concatenate(_groups(seen, left, right, mouth=mouth))
    z = seen.z_mm[seen.cell(places[:, 0], places[:, 1])]
    # The map sees past the lids' edges into the socket; they lie on the eyeball.
    for eye, span in zip(eyes, (slice(42, 48), slice(36, 42)), strict=True):
        far2 = ((places[span] - eye[:2]) ** 2).sum(axis=1)
        z[span] = eye[2] + np.sqrt(np.maximum(eye_radius_mm**2 - far2, 0.0))
    targets = np.column_stack([places, np.where(np.isfinite(z), z, 0.0)])
    return _nearest(seen, points_mm, tri, targets=targets), tuple(notes)


def eye_contour(seen: FrontMap, centre: Array, radius_mm: float) -> Array | None:
    """Inner corner, two upper points, outer corner, two lower ones; shape (6, 2).

    None if the eyeball is nowhere before the skin.
    """
    y, x = (np.mgrid[0 : _SIZE[0], 0 : _SIZE[1]] * _STEP_MM) + _LOW_MM[::-1, None, None]
    square = radius_mm**2 - (x - centre[0]) ** 2 - (y - centre[1]) ** 2
    is_open = (square > 0) & (centre[2] + np.sqrt(np.maximum(square, 0)) > seen.z_mm)
    is_open &= np.abs(y - centre[1]) < 0.8 * radius_mm
    inner_side = -np.sign(centre[0])
    columns = np.flatnonzero(is_open.sum(axis=0) >= 2)
    if len(columns) < 10 / _STEP_MM:
        return None
    ends = np.array([columns[0], columns[-1]])
    inner, outer = ends if inner_side < 0 else ends[::-1]
    picked = []
    for share, row in ((0.0, 0.5), (1 / 3, 1.0), (2 / 3, 1.0), (1.0, 0.5), (2 / 3, 0), (1 / 3, 0)):
        column = round(inner + share * (outer - inner))
        rows = np.flatnonzero(is_open[:, column])
        if not len(rows):
            return None
        picked.append((column, rows[0] + row * (rows[-1] - rows[0])))
    return np.asarray(np.array(picked) * _STEP_MM + _LOW_MM)


@dataclass(frozen=True, eq=False, slots=True)
class _Mouth:
    middle: Array
    """x, y of the line between the lips, in the plane of symmetry."""
    corners: Array
    """Shape (2, 2): the wearer's right, left."""
    line: Array
    """Shape (N, 2): from the right corner to the left one."""


def _placed_eye(centre: Array, radius_mm: float) -> Array:
    outward = np.sign(centre[0])
    shape = np.array(
        [(-0.85, 0.0), (-0.3, 0.35), (0.3, 0.35), (0.85, 0.0), (0.3, -0.35), (-0.3, -0.35)]
    )
    return np.asarray(centre[:2] + radius_mm * shape * (outward, 1.0))


def _placed_mouth(
    points_mm: Array, tri: Index, shapes: Mapping[str, Array], *, apart_mm: float
) -> _Mouth:
    """Where smiles and puckers move the skin most; a mean face's place where there are none."""
    skin = np.unique(tri)
    skin = skin[points_mm[skin, 2] > -20.0]
    middle = np.array([0.0, -1.12 * apart_mm])
    ends = np.array([[-0.4 * apart_mm, middle[1]], [0.4 * apart_mm, middle[1]]])
    for row, side in enumerate(("Right", "Left")):
        smile = shapes.get(f"mouthSmile{side}")
        if smile is not None and np.abs(smile[skin]).max() > 0.5:
            ends[row] = _most_moved(points_mm[skin], smile[skin])
            middle = np.array([0.0, ends[row, 1]])
    for name in ("mouthPucker", "mouthFunnel"):
        if name in shapes and np.abs(shapes[name][skin]).max() > 0.5:
            middle = np.array([0.0, _most_moved(points_mm[skin], shapes[name][skin])[1]])
    return _Mouth(middle, ends, np.stack([ends[0], middle, ends[1]]))


def _most_moved(points_mm: Array, delta: Array) -> Array:
    length = np.linalg.norm(delta, axis=1)
    weight = np.where(length > 0.7 * length.max(), length, 0.0)
    return np.asarray((points_mm[:, :2] * weight[:, None]).sum(axis=0) / weight.sum())


def _mouth(seen: FrontMap, tri: Index, jaw_open: Array | None) -> _Mouth | None:
    if jaw_open is None:
        return None
    drop = np.append(-jaw_open[tri, 1].mean(axis=1), 0.0)[seen.triangle]
    rows, columns = seen.cell(np.array([-45.0, 45.0]), np.array([-120.0, -30.0]))
    part = drop[rows[0] : rows[1], columns[0] : columns[1]]
    reach = round(_TEAR_MM / _STEP_MM)
    tear = part[:-reach] - part[reach:]
    row, strength = tear.argmax(axis=0), tear.max(axis=0)
    middle = round(-(_LOW_MM[0] / _STEP_MM)) - columns[0]
    if strength[middle] < 2.0:
        return None
    left, right = middle, middle
    enough = strength > _CORNER_SHARE * strength[middle]
    near = np.abs(np.diff(row, prepend=row[0])) * _STEP_MM < 3.0
    while right + 1 < len(row) and enough[right + 1] and near[right + 1]:
        right += 1
    while left - 1 >= 0 and enough[left - 1] and near[left]:
        left -= 1
    if right - left < 12 / _STEP_MM:
        return None
    x = (np.arange(left, right + 1) + columns[0]) * _STEP_MM + _LOW_MM[0]
    y = (row[left : right + 1] + rows[0] + reach / 2) * _STEP_MM + _LOW_MM[1]
    line = np.stack([x, y], axis=1)
    return _Mouth(line[middle - left], line[[0, -1]], line)


def _groups(seen: FrontMap, left: Array, right: Array, *, mouth: _Mouth) -> list[Array]:
    half = float(mouth.corners[1, 0] - mouth.corners[0, 0]) / 2
    middle = np.array([mouth.corners[:, 0].mean(), mouth.middle[1]])
    ends = mouth.corners[:, 1].mean() - middle[1]

    def around(shape: tuple[tuple[float, float], ...]) -> Array:
        sag = np.array([[0.0, ends * min(abs(x), 1.0)] for x, _ in shape])
        return np.asarray(middle + half * np.array(shape) + sag)

    column = seen.cell(np.array(0.0), np.array(0.0))[1]
    low, high = seen.cell(np.zeros(2), np.array([middle[1] + 0.8 * half, -5.0]))[0]
    tip = _LOW_MM[1] + (low + seen.z_mm[low:high, column].argmax()) * _STEP_MM
    bridge = np.stack([np.zeros(4), np.linspace(0.0, tip, 4)], axis=1)
    jaw = around(_JAW)
    right_brow, left_brow = _brow(right, -1.0)[::-1], _brow(left, 1.0)
    inner = np.array(
        [np.interp(s, [-1, 1], mouth.corners[:, 0]) for s in (-0.88, -0.4, 0, 0.4, 0.88)]
    )
    line = np.stack([inner, np.interp(inner, mouth.line[:, 0], mouth.line[:, 1])], axis=1)
    outline = [mouth.corners[:1], around(_LIPS_TOP), mouth.corners[1:], around(_LIPS_LOW)]
    return [
        *(jaw, jaw[-2::-1] * (-1.0, 1.0), right_brow, left_brow, bridge, around(_NOSE_BASE)),
        *(right[[3, 2, 1, 0, 5, 4]], left, *outline, line, line[[3, 2, 1]]),
    ]


def _brow(eye: Array, outward: float) -> Array:
    width = np.linalg.norm(eye[3] - eye[0])
    return np.asarray(eye.mean(axis=0) + width * np.array(_BROW) * (outward, 1.0))


def _nearest(seen: FrontMap, points_mm: Array, tri: Index, *, targets: Array) -> Index:
    vertices = np.unique(tri)
    points = points_mm[vertices]
    front = points[:, 2] > seen.z_mm[seen.cell(points[:, 0], points[:, 1])] - 3.0
    vertices, points = vertices[front], points[front]
    far = np.linalg.norm(points[None] - targets[:, None], axis=2)
    return np.asarray(vertices[far.argmin(axis=1)], np.int64)

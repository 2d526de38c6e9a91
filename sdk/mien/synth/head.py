"""A head: one neutral mesh, named expression deltas, identity deltas, two eyes.

Expression names are ARKit's; `browDownLeft` and `browDown_L` mean the same, and a shape that
both sides share in ARKit (`cheekPuff`) is split into halves. What a file lacks is listed, and
no value is rendered that the head cannot show. The file format stands in `HEAD.md`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from mien import schema
from mien.synth.head_file import KINDS, Arrays, arrays_index, eye_centres, kinds, read_arrays
from mien.synth.landmarks import find_landmarks, front_map
from mien.synth.targets import target_identities

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]

LOOK_WORDS: Final = ("Out", "In", "Up", "Down")

_EYE_RADIUS_MM: Final = 12.0
"""Of an adult eyeball, where the file does not tell; Bekerman et al., J. Ophthalmol. 2014."""
_SPLIT_MM: Final = 10.0
"""Half width of the middle stretch in which a shared shape's halves cross over."""
_MOUTH_BOX_MM: Final = (1.3, 30.0, 25.0, 2.0)
"""Inside of the mouth: half mouth widths aside, above, below its middle, behind the face."""
_CHART_RADIUS_MM, _CHART_AXIS_MM, _CHART_TEXELS_PER_MM = 95.0, -75.0, 7.0
"""Cylinder that skin without a usable uv is unrolled from."""
_CHART_TEXELS: Final = 2048
_LEAST_TEXELS_PER_MM: Final = 4.0


class Part(IntEnum):
    """What a triangle is made of; the first of `head_file.KINDS`."""

    SKIN = 0
    FLESH = 1
    GUMS = 2
    TEETH = 3
    LASHES = 4
    TONGUE = 5


_EYEBALL: Final = KINDS.index("eyeball")


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Head:
    """A loaded head, in headset axes and millimetres, origin midway between the eyes."""

    name: str
    """File name without its suffix."""
    vertices_mm: Floats
    """Shape (V, 3): the neutral mean face."""
    uv: Floats
    """Shape (U, 2), 0..1 within each part's own chart."""
    tri: Ints
    """Shape (T, 3), rows of `vertices_mm`."""
    tri_uv: Ints
    """Shape (T, 3), rows of `uv`."""
    tri_part: NDArray[np.uint8]
    """Shape (T,), `Part` of each triangle."""
    shapes: dict[str, Floats]
    """ARKit name, or its half (`cheekPuff_L`) -> delta (V, 3) in millimetres at weight 1."""
    identity: Floats
    """Shape (K, V, 3), millimetres at one standard deviation; K may be 0."""
    identity_negative: Floats | None
    """What a weight below 0 adds per unit; None: minus `identity`."""
    landmarks: Ints
    """Shape (68,), vertices of the iBUG 68 landmarks."""
    has_lid_lines: bool
    """False: the landmarks were found on the mesh, too coarse to draw the lids' rims by."""
    eye_centres_mm: Floats
    """Shape (2, 3): left, right."""
    eye_radius_mm: float
    eye_vertices: tuple[Ints, Ints]
    """Vertices of each eyeball: they tell where an identity moves its eyes; may be empty."""
    lacks: tuple[str, ...]
    """What the file does not have, in words."""

    def face(self, weights: Floats) -> Floats:
        """Neutral vertices, shape (V, 3), of an identity; `weights` has shape (K,)."""
        if self.identity_negative is None:
            moved = np.tensordot(weights, self.identity, axes=1)
        else:
            moved = np.tensordot(np.maximum(weights, 0), self.identity, axes=1)
            moved += np.tensordot(np.maximum(-weights, 0), self.identity_negative, axes=1)
        return np.asarray(self.vertices_mm + moved)

    def shape_of(self, arkit_name: str, side: str) -> str | None:
        """The file's name of an ARKit shape, or of its half on `side` ("left", "right", "")."""
        for name in _names(arkit_name, side):
            if name in self.shapes:
                return name
        return None

    def drivers(self) -> dict[str, tuple[str, ...]]:
        """Value name -> shapes it drives; values the head cannot show in full are left out."""
        found: dict[str, tuple[str, ...]] = {}
        for value in schema.WEIGHT_NAMES:
            names = [self.shape_of(shape, _side(value)) for shape in schema.arkit_names(value)]
            shapes = tuple(name for name in names if name is not None)
            if shapes and len(shapes) == len(names):
                found[value] = shapes
        return found

    def missing_values(self) -> tuple[str, ...]:
        """Weights that nothing in this head can show; their truth stays 0."""
        drivers = self.drivers()
        return tuple(value for value in schema.WEIGHT_NAMES if value not in drivers)


def load_head(path: Path) -> Head:
    """Read a head file.

    Raises:
        HeadError: If the file does not follow the format; the message names the array.
    """
    arrays = read_arrays(path)
    centres = eye_centres(arrays)
    origin = centres.mean(axis=0)
    eyes = (centres - origin) * 10
    vertices = ((arrays["vertices"] - origin) * 10).astype(np.float32)
    kind, tri = kinds(arrays), arrays_index(arrays["tri"])
    if _is_inside_out(vertices, tri[kind == Part.SKIN]):
        tri = tri[:, ::-1]
        arrays |= {"tri_uv": arrays["tri_uv"][:, ::-1]} if "tri_uv" in arrays else {}
    balls = _balls(arrays, tri[kind == _EYEBALL], vertices, eyes=eyes)
    lacks: list[str] = []
    radius = _radius_mm(arrays, vertices, balls, eyes=eyes, lacks=lacks)
    shapes = _shapes(arrays, vertices)
    skin = tri[kind == Part.SKIN]
    landmarks = arrays.get("landmarks68")
    if landmarks is None:
        landmarks, notes = find_landmarks(
            vertices, skin, shapes=shapes, eyes=eyes, eye_radius_mm=radius
        )
        lacks += ["landmarks68: found on the mesh", *notes]
    if Part.FLESH not in kind:
        kind = _with_flesh(kind, vertices, tri, landmarks=arrays_index(landmarks))
    uv, tri_uv = _charted(arrays, vertices + _lids_shut(shapes), tri, kind=kind, lacks=lacks)
    identity, negative = _identities(arrays, len(vertices), lacks)
    kept = kind < len(Part)
    lacks += [f"part {part.name.lower()}" for part in Part if part not in kind]
    head = Head(
        name=path.stem,
        vertices_mm=vertices,
        uv=uv,
        tri=tri[kept],
        tri_uv=tri_uv[kept],
        tri_part=kind[kept],
        shapes=shapes,
        identity=identity,
        identity_negative=negative,
        landmarks=arrays_index(landmarks),
        has_lid_lines="landmarks68" in arrays,
        eye_centres_mm=eyes.astype(np.float32),
        eye_radius_mm=radius,
        eye_vertices=balls,
        lacks=(),
    )
    object.__setattr__(head, "lacks", (*_missing_shapes(head), *lacks))
    return head


def _side(value: str) -> str:
    return value.rpartition("_")[2] if schema.UNIT_OF_VALUE[value].sided else ""


def _names(arkit_name: str, side: str) -> tuple[str, str]:
    stem = arkit_name.removesuffix("Left").removesuffix("Right")
    if stem in {"jaw", "mouth"}:
        stem = arkit_name
    return f"{stem}_{side[:1].upper()}", arkit_name


def _missing_shapes(head: Head) -> list[str]:
    missing = []
    for name in schema.ARKIT_NAMES:
        side = next((s for s in schema.SIDES if name.endswith(s.capitalize())), "")
        halves = [head.shape_of(name, each) for each in ((side,) if side else ("", *schema.SIDES))]
        if not any(halves):
            missing.append(f"shape {name}")
    return missing


def _spellings() -> dict[str, str]:
    """Lower-case spelling -> the name under which a shape is kept."""
    found: dict[str, str] = {}
    for name in schema.ARKIT_NAMES:
        found[name.lower()] = name
        for side in schema.SIDES:
            half = _names(name, side)[0]
            if not name.endswith(("Left", "Right")):
                found[half.lower()] = half
            elif name.endswith(side.capitalize()) and half != f"{name}_{side[0].upper()}":
                found[half.lower()] = name
    return found


def _shapes(arrays: Arrays, vertices: Floats) -> dict[str, Floats]:
    spellings = _spellings()
    names = [spellings.get(str(name).lower()) for name in arrays["expression_names"]]
    gains = arrays.get("expression_gain", np.ones(len(names)))
    shapes = {
        name: np.asarray(delta.astype(np.float32) * np.float32(10 * gain))
        for name, delta, gain in zip(names, arrays["expression_deltas"], gains, strict=True)
        if name is not None
    }
    share = np.clip(vertices[:, :1] / (2 * _SPLIT_MM) + 0.5, 0.0, 1.0)
    left = (share * share * (3 - 2 * share)).astype(np.float32)
    for unit in schema.UNITS:
        for name in unit.arkit if unit.sided else ():
            if "{Side}" not in name and name in shapes:
                whole = shapes.pop(name)
                shapes.setdefault(f"{name}_L", whole * left)
                shapes.setdefault(f"{name}_R", whole * (1 - left))
    return shapes


def _balls(
    arrays: Arrays, tri: Ints, vertices: Floats, *, eyes: NDArray[np.float64]
) -> tuple[Ints, Ints]:
    if "eye_inner_ball_vertex_first_last_LR" in arrays:
        (a, b), (c, d) = arrays_index(arrays["eye_inner_ball_vertex_first_last_LR"])
        return np.arange(a, b + 1), np.arange(c, d + 1)
    ball = np.unique(tri)
    is_left = np.linalg.norm(vertices[ball] - eyes[0], axis=1) < np.linalg.norm(
        vertices[ball] - eyes[1], axis=1
    )
    return ball[is_left], ball[~is_left]


def _radius_mm(
    arrays: Arrays,
    vertices: Floats,
    balls: tuple[Ints, Ints],
    *,
    eyes: NDArray[np.float64],
    lacks: list[str],
) -> float:
    if "eye_radius_cm" in arrays:
        return float(arrays["eye_radius_cm"]) * 10
    if not len(balls[0]):
        lacks.append(f"eyeballs: a radius of {_EYE_RADIUS_MM:g} mm is taken")
        return _EYE_RADIUS_MM
    # The lower quarter is the flattened iris.
    return float(np.percentile(np.linalg.norm(vertices[balls[0]] - eyes[0], axis=1), 75))


def _with_flesh(
    kind: NDArray[np.uint8], vertices: Floats, tri: Ints, *, landmarks: Ints
) -> NDArray[np.uint8]:
    """Skin inside the mouth is no skin to the light: it lies in the dark and is wet."""
    skin = np.flatnonzero(kind == Part.SKIN)
    seen = front_map(vertices, tri[skin])
    middle = vertices[tri[skin]].mean(axis=1)
    corners, lips = vertices[landmarks[[48, 54]]], vertices[landmarks[60:68]].mean(axis=0)
    half = float(corners[1, 0] - corners[0, 0]) / 2
    aside, above, below, behind = _MOUTH_BOX_MM
    inside = np.abs(middle[:, 0] - lips[0]) < aside * half
    inside &= (middle[:, 1] < lips[1] + above) & (middle[:, 1] > lips[1] - below)
    inside &= middle[:, 2] < seen.z_mm[seen.cell(middle[:, 0], middle[:, 1])] - behind
    made = kind.copy()
    made[skin[inside]] = Part.FLESH
    return made


def _charted(
    arrays: Arrays, vertices: Floats, tri: Ints, *, kind: NDArray[np.uint8], lacks: list[str]
) -> tuple[Floats, Ints]:
    uv = (arrays["uv"] % 1.0).astype(np.float32) if "uv" in arrays else np.zeros((0, 2), np.float32)
    tri_uv = arrays_index(arrays["tri_uv"]) if "uv" in arrays else np.zeros_like(tri)
    skin = kind == Part.SKIN
    if len(uv) and _texels_per_mm(vertices[tri[skin]], uv[tri_uv[skin]]) >= _LEAST_TEXELS_PER_MM:
        return uv, tri_uv
    lacks.append("uv of the skin in enough detail: unrolled from a cylinder")
    x, y, z = vertices.T.astype(np.float64)
    scale = _CHART_TEXELS_PER_MM / _CHART_TEXELS
    around = np.arctan2(x, z - _CHART_AXIS_MM) * _CHART_RADIUS_MM
    chart = np.stack([around * scale + 0.5, (y + 45.0) * scale + 0.5], axis=1).astype(np.float32)
    tri_uv = np.where(skin[:, None] | (len(uv) == 0), tri + len(uv), tri_uv)
    return np.concatenate([uv, chart]), tri_uv


def _is_inside_out(vertices: Floats, tri: Ints) -> bool:
    """Whether the triangles that look forward from the front of the face are clockwise."""
    p = vertices[tri].astype(np.float64)
    forward = np.cross(p[:, 1] - p[:, 0], p[:, 2] - p[:, 0])[:, 2]
    front = p[..., 2].mean(axis=1) > 0
    return bool(forward[front].sum() < 0)


def _lids_shut(shapes: dict[str, Floats]) -> Floats | float:
    """A lid folds away when the eye opens; it is unrolled while it is shut."""
    blinks = [shapes[name] for name in ("eyeBlinkLeft", "eyeBlinkRight") if name in shapes]
    return np.asarray(np.sum(blinks, axis=0), np.float32) if blinks else 0.0


def _texels_per_mm(corners_mm: Floats, corners_uv: Floats) -> float:
    front = corners_mm[..., 2].mean(axis=1) > 0
    p, t = corners_mm[front].astype(np.float64), corners_uv[front] * float(_CHART_TEXELS)
    area = np.linalg.norm(np.cross(p[:, 1] - p[:, 0], p[:, 2] - p[:, 0]), axis=1)
    e1, e2 = t[:, 1] - t[:, 0], t[:, 2] - t[:, 0]
    painted = np.abs(e1[:, 0] * e2[:, 1] - e1[:, 1] * e2[:, 0])
    return float(np.sqrt(np.median(painted / np.maximum(area, 1e-9)))) if front.any() else 0.0


def _identities(arrays: Arrays, count: int, lacks: list[str]) -> tuple[Floats, Floats | None]:
    if "identity_deltas" in arrays:
        negative = arrays.get("identity_deltas_negative")
        return (
            arrays["identity_deltas"].astype(np.float32) * 10,
            None if negative is None else negative.astype(np.float32) * 10,
        )
    if "macro_deltas" in arrays or "detail_deltas" in arrays:
        return target_identities(arrays, count)
    lacks.append("identities: every wearer has the same face")
    return np.zeros((0, count, 3), np.float32), None

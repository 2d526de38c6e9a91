"""What a wearer wears: glasses before the eyes, cloth around the neck.

All of it is rigid with the head. It hides the face behind it, and segmentation, rectangles and
exact flow know nothing of it; `synth.hidden` tells which pixels it covers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from mien.synth.head import Floats

_AROUND, _TUBE = 56, 8
_CLOTH_MM: Final = 260.0
Faces = NDArray[np.int32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Glasses:
    """A frame and its lenses; millimetres."""

    half_width: float
    half_height: float
    squareness: float
    """Exponent of the rim's superellipse, 2 (round) or more."""
    distance: float
    """From the front of the eyeballs."""
    drop: float
    wrap: float
    """How far the outer rim lies behind the inner one."""
    rim: float
    """Radius of the rim's tube."""
    tone: float
    curve: float
    """Radius of the lenses' front."""
    glint: float
    """Strength of the lenses' reflections."""
    haze: float
    """Share of light that dust and coating send back, 0..1."""


@dataclass(frozen=True, slots=True)
class Shape:
    """Triangles with normals, in head axes."""

    points: NDArray[np.floating[Any]]
    """Shape (N, 3), mm."""
    normals: NDArray[np.floating[Any]]
    """Shape (N, 3), of length 1."""
    faces: Faces

    @property
    def vertices(self) -> bytes:
        """Point and normal, interleaved."""
        return np.concatenate([self.points, self.normals], axis=1).astype(np.float32).tobytes()


def draw_glasses(rng: np.random.Generator) -> Glasses:
    """Draw a pair of glasses."""
    return Glasses(
        half_width=rng.uniform(23, 29),
        half_height=rng.uniform(16, 24),
        squareness=rng.uniform(2.0, 4.5),
        distance=rng.uniform(10, 16),
        drop=rng.uniform(-2, 5),
        wrap=rng.uniform(2, 7),
        rim=rng.uniform(0.4, 1.6),
        tone=rng.uniform(0.02, 0.35),
        curve=rng.uniform(70, 160),
        glint=rng.uniform(0.3, 1.5),
        haze=rng.uniform(0.0, 0.06),
    )


def frame_shape(glasses: Glasses, eye_centres_mm: Floats, eye_radius_mm: float) -> Shape:
    """Both rims, the bridge and the arms."""
    rims = [_rim(glasses, centre, eye_radius_mm) for centre in eye_centres_mm]
    inner = [rim[np.abs(rim[:, 0]).argmin()] for rim in rims]
    middle = (inner[0] + inner[1]) / 2 + np.array([0.0, 3.0, 1.0])
    tubes = [_tube(rim, glasses.rim, is_closed=True) for rim in rims]
    tubes.append(_tube(np.array([inner[0], middle, inner[1]]), glasses.rim, is_closed=False))
    for rim in rims:
        outer = rim[np.abs(rim[:, 0]).argmax()]
        back = outer + np.array([np.sign(outer[0]) * 10.0, 2.0, -70.0])
        tubes.append(_tube(np.array([outer, back]), glasses.rim * 1.2, is_closed=False))
    return _join(tubes)


def lens_shape(glasses: Glasses, eye_centres_mm: Floats, eye_radius_mm: float) -> Shape:
    """Both lenses, with the normals of their curved fronts."""
    lenses = []
    for centre in eye_centres_mm:
        rim = _rim(glasses, centre, eye_radius_mm)
        middle = rim.mean(axis=0)
        rings = [middle + share * (rim - middle) for share in np.linspace(0.05, 1, 6)]
        points = np.concatenate(rings)
        away = points[:, :2] - middle[:2]
        slope = away / glasses.curve
        normals = np.concatenate([slope, np.ones((len(points), 1))], axis=1)
        normals /= np.linalg.norm(normals, axis=1, keepdims=True)
        lenses.append(Shape(points, normals, _grid(6, _AROUND, is_closed=True)))
    return _join(lenses)


def cloth_shape(points_mm: NDArray[np.floating[Any]], rng: np.random.Generator) -> Shape:
    """A collar and shoulders around the lower end of a head, with folds."""
    low = float(points_mm[:, 1].min())
    neck = points_mm[points_mm[:, 1] < low + 12.0]
    middle = np.array([neck[:, 0].mean(), low, neck[:, 2].mean()])
    reach = np.abs(neck - middle).max(axis=0)[[0, 2]] * 1.08
    turn = np.linspace(0, 2 * np.pi, _AROUND, endpoint=False)
    ring = np.stack([np.cos(turn), np.sin(turn)], axis=1)
    rings = []
    rise = float(rng.uniform(6, 24))
    for share in np.linspace(0, 1, 12):
        fold = rng.normal(0, 2.0 + 8.0 * share, _AROUND)
        fold = np.convolve(np.tile(fold, 3), np.hanning(9) / 4, "same")[_AROUND : 2 * _AROUND]
        # It starts in the middle of the neck: no gap behind it.
        size = (0.8 if share else 0.02) * reach + share**1.3 * (_CLOTH_MM - reach)
        height = np.full(_AROUND, low + rise - 90.0 * share) + fold
        flat = ring * size + middle[[0, 2]]
        rings.append(np.stack([flat[:, 0], height, flat[:, 1]], axis=1))
    points = np.concatenate(rings)
    return Shape(points, _normals(points, 12), _grid(12, _AROUND, is_closed=True))


def _rim(glasses: Glasses, centre: Floats, radius: float) -> NDArray[np.float64]:
    turn = np.linspace(0, 2 * np.pi, _AROUND, endpoint=False)
    power = 2.0 / glasses.squareness
    x = glasses.half_width * np.sign(np.cos(turn)) * np.abs(np.cos(turn)) ** power
    y = glasses.half_height * np.sign(np.sin(turn)) * np.abs(np.sin(turn)) ** power
    side = np.sign(centre[0])
    # Narrower towards the nose.
    x = np.where(x * side < 0, np.maximum(np.abs(x) - 3.0, 0) * np.sign(x), x)
    behind = glasses.wrap * ((x * side + glasses.half_width) / (2 * glasses.half_width)) ** 2
    z = np.full(_AROUND, radius + glasses.distance) - behind
    return np.asarray(centre + np.stack([x, y - glasses.drop, z], axis=1), np.float64)


def _tube(path: NDArray[np.float64], radius: float, *, is_closed: bool) -> Shape:
    ahead = np.roll(path, -1, axis=0) - np.roll(path, 1, axis=0) if is_closed else None
    along = np.gradient(path, axis=0) if ahead is None else ahead
    along = along / np.linalg.norm(along, axis=1, keepdims=True)
    reference = np.where(np.abs(along[:, 2:]) > 0.8, [[0.0, 1.0, 0.0]], [[0.0, 0.0, 1.0]])
    across = np.cross(along, reference)
    across /= np.linalg.norm(across, axis=1, keepdims=True)
    third = np.cross(along, across)
    turn = np.linspace(0, 2 * np.pi, _TUBE, endpoint=False)[None, :, None]
    normals = np.cos(turn) * across[:, None] + np.sin(turn) * third[:, None]
    points = path[:, None] + radius * normals
    faces = _grid(len(path), _TUBE, is_closed=True, is_ring=is_closed)
    return Shape(points.reshape(-1, 3), normals.reshape(-1, 3), faces)


def _grid(rows: int, columns: int, *, is_closed: bool, is_ring: bool = False) -> Faces:
    """Triangles between neighbouring rows; rows close on themselves, and last meets first."""
    row, column = np.mgrid[0 : rows if is_ring else rows - 1, 0 : columns - (not is_closed)]
    below, right = (row + 1) % rows, (column + 1) % columns
    a, b = row * columns + column, row * columns + right
    c, d = below * columns + column, below * columns + right
    faces = np.stack([a, b, c, b, d, c], axis=-1).reshape(-1, 3)
    return np.asarray(faces, np.int32)


def _normals(points: NDArray[np.float64], rows: int) -> NDArray[np.float64]:
    grid = points.reshape(rows, _AROUND, 3)
    along = np.gradient(grid, axis=0)
    around = np.roll(grid, -1, axis=1) - np.roll(grid, 1, axis=1)
    normals = np.cross(along, around).reshape(-1, 3)
    normals /= np.linalg.norm(normals, axis=1, keepdims=True) + 1e-9
    return np.asarray(normals * np.where(normals[:, 1:2] < 0, -1.0, 1.0))


def _join(shapes: list[Shape]) -> Shape:
    starts = np.cumsum([0, *(len(shape.points) for shape in shapes[:-1])])
    faces = [shape.faces + start for shape, start in zip(shapes, starts, strict=True)]
    return Shape(
        np.concatenate([shape.points for shape in shapes]),
        np.concatenate([shape.normals for shape in shapes]),
        np.concatenate(faces).astype(np.int32),
    )

"""Loads a head: one neutral mesh, named expression deltas, identity deltas, two eyes.

A head file is a compressed NumPy archive in centimetres, +x the wearer's left, +y up, +z out
of the face. Expression names are ARKit's; `browDownLeft` and `browDown_L` mean the same, and a
shape both sides share in ARKit may be split (`cheekPuff_L`, `cheekPuff_R`).
Source of the layout: ICT-FaceKit (Li et al., "Learning Formation of Physically-Based Face
Attributes", CVPR 2020).
"""

from __future__ import annotations

import zipfile
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from mien import schema
from mien.errors import HeadError

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]

_REQUIRED: Final = {
    "vertices": 2,
    "uv": 2,
    "tri": 2,
    "tri_uv": 2,
    "tri_material": 1,
    "material_names": 1,
    "expression_deltas": 3,
    "expression_names": 1,
    "identity_deltas": 3,
    "landmarks68": 1,
    "eye_centers_LR": 2,
    "eye_gaze_axis_LR": 2,
    "eye_inner_ball_vertex_first_last_LR": 2,
}
"""Arrays a head file must hold, with their number of dimensions."""

LOOK_WORDS: Final = ("Out", "In", "Up", "Down")


class Part(IntEnum):
    """What a triangle is made of."""

    SKIN = 0
    FLESH = 1
    GUMS = 2
    TEETH = 3
    LASHES = 4


# The scleral shell hides the iris, the other three are wet films that need refraction; the
# eyeballs are drawn as spheres, so the inner ball is left out too.
_PART_OF_MATERIAL: Final = {
    "M_Face": Part.SKIN,
    "M_BackHead": Part.FLESH,
    "M_GumsTongue": Part.GUMS,
    "M_Teeth": Part.TEETH,
    "M_EyeLashes": Part.LASHES,
}


@dataclass(frozen=True, eq=False, slots=True)
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
    """Shape name as in the file -> delta (V, 3) in millimetres at weight 1."""
    identity: Floats
    """Shape (K, V, 3), millimetres at one standard deviation."""
    landmarks: Ints
    """Shape (68,), vertices of the iBUG 68 landmarks."""
    eye_centres_mm: Floats
    """Shape (2, 3): left, right."""
    eye_axes: Floats
    """Shape (2, 3), unit: where each modelled eye looks at rest."""
    eye_radius_mm: float
    eye_vertices: tuple[Ints, Ints]
    """Vertices of each eyeball: they tell where an identity moves its eyes."""

    def shape_of(self, arkit_name: str, side: str) -> str | None:
        """The file's name of an ARKit shape, or of its half on `side` ("left", "right", "")."""
        stem = arkit_name.removesuffix("Left").removesuffix("Right")
        if stem in {"jaw", "mouth"}:
            stem = arkit_name
        initial = side[:1].upper()
        for name in (f"{stem}_{initial}", arkit_name):
            if name in self.shapes:
                return name
        return None

    def drivers(self) -> dict[str, tuple[str, ...]]:
        """Value name -> shapes it drives; values the head cannot show are left out."""
        found: dict[str, tuple[str, ...]] = {}
        for value in schema.WEIGHT_NAMES:
            side = value.rpartition("_")[2] if schema.UNIT_OF_VALUE[value].sided else ""
            names = (self.shape_of(shape, side) for shape in schema.arkit_names(value))
            shapes = tuple(name for name in names if name is not None)
            if shapes:
                found[value] = shapes
        return found

    def missing_values(self) -> tuple[str, ...]:
        """Weights that nothing in this head can show; their truth stays 0."""
        drivers = self.drivers()
        return tuple(value for value in schema.WEIGHT_NAMES if value not in drivers)


def load_head(path: Path) -> Head:
    """Read a head file.

    Args:
        path: A `.npz` with the arrays of `_REQUIRED`.

    Raises:
        HeadError: If the file is missing, is no NumPy archive, lacks an array, or an array's
            shape or indices do not fit the others.
    """
    arrays = _read_arrays(path)
    _check_arrays(path, arrays)
    centres = arrays["eye_centers_LR"].astype(np.float64)
    origin = centres.mean(axis=0)
    part = np.array(
        [_PART_OF_MATERIAL.get(str(name), 255) for name in arrays["material_names"]], np.uint8
    )[arrays["tri_material"]]
    kept = part < len(Part)
    balls = tuple(
        np.arange(first, last + 1) for first, last in arrays["eye_inner_ball_vertex_first_last_LR"]
    )
    ball = arrays["vertices"][balls[0]] - centres[0]
    axes = arrays["eye_gaze_axis_LR"].astype(np.float32)
    return Head(
        name=path.stem,
        vertices_mm=((arrays["vertices"] - origin) * 10).astype(np.float32),
        uv=(arrays["uv"] % 1.0).astype(np.float32),
        tri=arrays["tri"].astype(np.int64)[kept],
        tri_uv=arrays["tri_uv"].astype(np.int64)[kept],
        tri_part=part[kept],
        shapes={
            str(name): delta.astype(np.float32) * 10
            for name, delta in zip(
                arrays["expression_names"], arrays["expression_deltas"], strict=True
            )
        },
        identity=arrays["identity_deltas"].astype(np.float32) * 10,
        landmarks=arrays["landmarks68"].astype(np.int64),
        eye_centres_mm=((centres - origin) * 10).astype(np.float32),
        eye_axes=axes / np.linalg.norm(axes, axis=1, keepdims=True),
        eye_radius_mm=float(np.percentile(np.linalg.norm(ball, axis=1), 75)) * 10,
        eye_vertices=(balls[0], balls[1]),
    )


def _read_arrays(path: Path) -> dict[str, NDArray[Any]]:
    if not path.is_file():
        raise HeadError(f"head: expected a file, got {path}; give the path of a head .npz")
    try:
        with np.load(path, allow_pickle=False) as archive:
            return {name: archive[name] for name in _REQUIRED if name in archive}
    except (OSError, ValueError, zipfile.BadZipFile, AttributeError) as exc:
        raise HeadError(f"head: expected a NumPy .npz archive, got {path} ({exc})") from exc


def _check_arrays(path: Path, arrays: dict[str, NDArray[Any]]) -> None:
    for name, dimensions in _REQUIRED.items():
        if name not in arrays:
            raise HeadError(f"head: expected array '{name}', got none in {path.name}")
        if arrays[name].ndim != dimensions:
            raise HeadError(
                f"head array '{name}': expected {dimensions} dimensions, got {arrays[name].shape}"
            )
    count = len(arrays["vertices"])
    for name in ("expression_deltas", "identity_deltas"):
        if arrays[name].shape[1:] != (count, 3):
            raise HeadError(
                f"head array '{name}': expected (N, {count}, 3), got {arrays[name].shape}"
            )
    for name, limit in (
        ("tri", count),
        ("tri_uv", len(arrays["uv"])),
        ("landmarks68", count),
        ("tri_material", len(arrays["material_names"])),
        ("eye_inner_ball_vertex_first_last_LR", count),
    ):
        top = int(np.asarray(arrays[name], np.int64).max(initial=-1))
        if top >= limit:
            raise HeadError(f"head array '{name}': expected indices < {limit}, got {top}")

"""Builds a head file from a checkout of ICT-FaceKit.

Source: Li et al., "Learning Formation of Physically-Based Face Attributes", CVPR 2020;
https://github.com/ICT-VGL/ICT-FaceKit, whose README lists the vertex ranges and landmarks.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from mien.errors import HeadError
from mien.synth.head_file import sphere_centre

_NEUTRAL: Final = "generic_neutral_mesh.obj"
_IRIS_LR: Final = ((22221, 23020), (23791, 24590))
_SCLERA_LR: Final = ((21451, 22220), (23021, 23790))
_VERTICES: Final = 26719
_LANDMARKS: Final = (
    *(1225, 1888, 1052, 367, 1719, 1722, 2199, 1447, 966, 3661, 4390, 3927, 3924, 2608, 3272),
    *(4088, 3443, 268, 493, 1914, 2044, 1401, 3615, 4240, 4114, 2734, 2509, 978, 4527, 4942),
    *(4857, 1140, 2075, 1147, 4269, 3360, 1507, 1542, 1537, 1528, 1518, 1511, 3742, 3751, 3756),
    *(3721, 3725, 3732, 5708, 5695, 2081, 0, 4275, 6200, 6213, 6346, 6461, 5518, 5957, 5841),
    *(5702, 5711, 5533, 6216, 6207, 6470, 5517, 5966),
)


class Obj(NamedTuple):
    """What a Wavefront file holds; polygons are fanned into triangles."""

    vertices: NDArray[np.float64]
    uv: NDArray[np.float64]
    tri: NDArray[np.int64]
    tri_uv: NDArray[np.int64]
    tri_material: NDArray[np.int64]
    materials: tuple[str, ...]


def import_ict(folder: Path, out: Path, *, identities: int = 30) -> Path:
    """Write the head file of a checkout.

    Args:
        folder: The checkout, or its `FaceXModel`.
        out: The head file, `.npz`.
        identities: How many of the identity modes to take, from the largest, 0..100.

    Raises:
        HeadError: If a file is missing or holds another mesh.
    """
    model = folder / "FaceXModel" if (folder / "FaceXModel").is_dir() else folder
    if not (model / _NEUTRAL).is_file():
        raise HeadError(f"ICT-FaceKit: expected {_NEUTRAL} in {model}, got none")
    neutral = read_obj(model / _NEUTRAL)
    if len(neutral.vertices) != _VERTICES:
        raise HeadError(f"ICT-FaceKit: expected {_VERTICES} vertices, got {len(neutral.vertices)}")
    stems = sorted(path.stem for path in model.glob("*.obj") if path.name != _NEUTRAL)
    faces = [stem for stem in stems if not stem.startswith("identity")]
    modes = [stem for stem in stems if stem.startswith("identity")][:identities]
    if not faces:
        raise HeadError(f"ICT-FaceKit: expected expression shapes (*.obj) in {model}, got none")
    expressions, persons = (_deltas(model, names, neutral) for names in (faces, modes))
    centres = np.array([sphere_centre(neutral.vertices[a : b + 1]) for a, b in _SCLERA_LR])
    arrays: dict[str, NDArray[Any]] = {
        "vertices": neutral.vertices.astype(np.float32),
        "uv": neutral.uv.astype(np.float32),
        "tri": neutral.tri.astype(np.uint16),
        "tri_uv": neutral.tri_uv.astype(np.uint16),
        "tri_material": neutral.tri_material.astype(np.uint8),
        "material_names": np.array(neutral.materials),
        "expression_names": np.array(faces),
        "expression_deltas": expressions,
        "identity_deltas": persons,
        "landmarks68": np.array(_LANDMARKS, np.int32),
        "eye_centers_LR": centres.astype(np.float32),
        "eye_inner_ball_vertex_first_last_LR": np.array(_IRIS_LR, np.int32),
    }
    out.parent.mkdir(parents=True, exist_ok=True)
    with out.open("wb") as file:
        np.savez_compressed(file, allow_pickle=False, **arrays)
    return out


def read_obj(path: Path) -> Obj:
    """Read vertices, texture coordinates, faces and their materials."""
    vertices: list[list[float]] = []
    uv: list[list[float]] = []
    tri: list[list[int]] = []
    tri_uv: list[list[int]] = []
    owner: list[int] = []
    materials: list[str] = []
    current = 0
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
        word, _, rest = line.partition(" ")
        if word == "v":
            vertices.append([float(value) for value in rest.split()[:3]])
        elif word == "vt":
            uv.append([float(value) for value in rest.split()[:2]])
        elif word == "usemtl":
            name = rest.strip()
            materials += [name] if name not in materials else []
            current = materials.index(name)
        elif word == "f":
            corners = [corner.split("/") for corner in rest.split()]
            for second in range(1, len(corners) - 1):
                fan = (corners[0], corners[second], corners[second + 1])
                tri.append([int(corner[0]) - 1 for corner in fan])
                tri_uv.append([int(corner[1]) - 1 if len(corner) > 1 else 0 for corner in fan])
                owner.append(current)
    return Obj(
        np.array(vertices, np.float64).reshape(-1, 3),
        np.array(uv, np.float64).reshape(-1, 2),
        np.array(tri, np.int64).reshape(-1, 3),
        np.array(tri_uv, np.int64).reshape(-1, 3),
        np.array(owner, np.int64),
        tuple(materials),
    )


def _deltas(model: Path, names: list[str], neutral: Obj) -> NDArray[np.float16]:
    deltas = np.zeros((len(names), len(neutral.vertices), 3), np.float16)
    for row, name in enumerate(names):
        path = model / f"{name}.obj"
        moved = _vertices(path)
        if moved.shape != neutral.vertices.shape:
            raise HeadError(
                f"ICT-FaceKit {path.name}: expected {len(neutral.vertices)} vertices, "
                f"got {len(moved)}"
            )
        deltas[row] = moved - neutral.vertices
    return deltas


def _vertices(path: Path) -> NDArray[np.float64]:
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    rows = [line.split()[1:4] for line in lines if line.startswith("v ")]
    return np.array(rows, np.float64).reshape(-1, 3)

"""Reads and checks a head file; `HEAD.md` beside this module describes the format."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from mien.errors import HeadError

Arrays = dict[str, NDArray[Any]]

KINDS: Final = (
    *("skin", "flesh", "gums", "teeth", "lashes", "tongue"),
    *("eyeball", "hidden"),
)
"""What a part may be; the first six in the order of `head.Part`."""

_REQUIRED: Final = {
    "vertices": 2,
    "tri": 2,
    "expression_deltas": 3,
    "expression_names": 1,
}
_OPTIONAL: Final = {
    "eye_centers_LR": 2,
    "uv": 2,
    "tri_uv": 2,
    "tri_part": 1,
    "part_names": 1,
    "part_kinds": 1,
    "tri_material": 1,
    "material_names": 1,
    "expression_gain": 1,
    "identity_deltas": 3,
    "identity_deltas_negative": 3,
    "macro_deltas": 3,
    "detail_deltas": 3,
    "detail_names": 1,
    "landmarks68": 1,
    "eye_radius_cm": 0,
    "eye_inner_ball_vertex_first_last_LR": 2,
    "eye_gaze_axis_LR": 2,
}
"""Arrays of a head file, with their number of dimensions."""
_TOGETHER: Final = (
    ("uv", "tri_uv"),
    ("tri_part", "part_names"),
    ("tri_material", "material_names"),
)

# The scleral shell of ICT-FaceKit hides its iris, the other three are wet films that need
# refraction; eyeballs are drawn as spheres, so meshes of them only tell where they are.
_KIND_OF_NAME: Final = {
    "M_Face": "skin",
    "M_BackHead": "flesh",
    "M_GumsTongue": "gums",
    "M_Teeth": "teeth",
    "M_EyeLashes": "lashes",
    **dict.fromkeys(("M_ScleraLeft", "M_ScleraRight", "M_LacrimalFluid"), "hidden"),
    **dict.fromkeys(("M_EyeBlend", "M_EyeOcclusion"), "hidden"),
    **dict.fromkeys(("M_IrisLeft", "M_IrisRight"), "eyeball"),
    "body": "skin",
    **dict.fromkeys(("helper-l-eye", "helper-r-eye"), "eyeball"),
    **dict.fromkeys(("helper-upper-teeth", "helper-lower-teeth"), "teeth"),
    "helper-tongue": "tongue",
    **{f"helper-{side}-eyelashes-{n}": "lashes" for side in "lr" for n in (1, 2)},
    **{kind: kind for kind in KINDS},
}


def read_arrays(path: Path) -> Arrays:
    """The arrays of a head file, checked against each other.

    Raises:
        HeadError: If the file is missing, is no NumPy archive, lacks an array, or an array's
            shape, indices or numbers do not fit.
    """
    arrays = _read(path)
    _check_presence(path, arrays)
    _check_shapes(arrays)
    _check_indices(arrays)
    _check_numbers(arrays)
    return arrays


def kinds(arrays: Arrays) -> NDArray[np.uint8]:
    """Index in `KINDS` of each triangle; skin where the file tells no parts."""
    if "part_names" in arrays:
        index, names = arrays["tri_part"], arrays["part_names"]
    elif "material_names" in arrays:
        index, names = arrays["tri_material"], arrays["material_names"]
    else:
        return np.zeros(len(arrays["tri"]), np.uint8)
    words = arrays.get("part_kinds", [_KIND_OF_NAME.get(str(name), "") for name in names])
    for name, word in zip(names, words, strict=True):
        if str(word) not in KINDS:
            raise HeadError(
                f"head part {str(name)!r}: expected one of {', '.join(KINDS)}, got {str(word)!r}; "
                "say in part_kinds what it is"
            )
    codes = np.array([KINDS.index(str(word)) for word in words], np.uint8)
    return np.asarray(codes[arrays_index(index)])


def arrays_index(index: NDArray[Any]) -> NDArray[np.int64]:
    """Indices as stored, often uint16, made safe to reckon with."""
    return np.asarray(index).astype(np.int64)


def _read(path: Path) -> Arrays:
    if not path.is_file():
        raise HeadError(f"head: expected a file, got {path}; give the path of a head .npz")
    known = {**_REQUIRED, **_OPTIONAL}
    try:
        with np.load(path, allow_pickle=False) as archive:
            return {name: archive[name] for name in known if name in archive}
    except (OSError, ValueError, zipfile.BadZipFile, AttributeError) as exc:
        raise HeadError(f"head: expected a NumPy .npz archive, got {path} ({exc})") from exc


def _check_presence(path: Path, arrays: Arrays) -> None:
    for name in _REQUIRED:
        if name not in arrays:
            raise HeadError(f"head: expected array '{name}', got none in {path.name}")
    for one, other in _TOGETHER:
        if (one in arrays) != (other in arrays):
            raise HeadError(f"head: expected '{one}' and '{other}' together, got one of them")
    for name, dimensions in {**_REQUIRED, **_OPTIONAL}.items():
        if name in arrays and arrays[name].ndim != dimensions:
            raise HeadError(
                f"head array '{name}': expected {dimensions} dimensions, got {arrays[name].shape}"
            )


def _check_shapes(arrays: Arrays) -> None:
    vertices, triangles = len(arrays["vertices"]), len(arrays["tri"])
    deltas = (
        *("expression_deltas", "identity_deltas", "identity_deltas_negative"),
        *("macro_deltas", "detail_deltas"),
    )
    names = len(arrays["expression_names"])
    modes = len(arrays.get("identity_deltas", ()))
    rules: tuple[tuple[str, tuple[int, ...]], ...] = (
        ("vertices", (vertices, 3)),
        ("tri", (triangles, 3)),
        ("tri_uv", (triangles, 3)),
        ("tri_part", (triangles,)),
        ("tri_material", (triangles,)),
        ("part_kinds", np.shape(arrays.get("part_names", ()))),
        ("uv", (len(arrays.get("uv", ())), 2)),
        ("expression_deltas", (names, vertices, 3)),
        ("expression_gain", (names,)),
        ("identity_deltas_negative", (modes, vertices, 3)),
        ("detail_names", (len(arrays.get("detail_deltas", ())),)),
        ("landmarks68", (68,)),
        ("eye_centers_LR", (2, 3)),
        ("eye_gaze_axis_LR", (2, 3)),
        ("eye_inner_ball_vertex_first_last_LR", (2, 2)),
        *((name, (len(arrays.get(name, ())), vertices, 3)) for name in deltas),
    )
    for name, shape in rules:
        if name in arrays and arrays[name].shape != shape:
            raise HeadError(f"head array '{name}': expected {shape}, got {arrays[name].shape}")


def _check_indices(arrays: Arrays) -> None:
    vertices = len(arrays["vertices"])
    for name, limit in (
        ("tri", vertices),
        ("tri_uv", len(arrays.get("uv", ()))),
        ("landmarks68", vertices),
        ("tri_part", len(arrays.get("part_names", ()))),
        ("tri_material", len(arrays.get("material_names", ()))),
        ("eye_inner_ball_vertex_first_last_LR", vertices),
    ):
        if name in arrays and arrays[name].size:
            index = arrays_index(arrays[name])
            if index.max() >= limit or index.min() < 0:
                worst = index.max() if index.max() >= limit else index.min()
                raise HeadError(f"head array '{name}': expected indices < {limit}, got {worst}")


def _check_numbers(arrays: Arrays) -> None:
    for name, array in arrays.items():
        if array.dtype.kind == "f" and not np.isfinite(array).all():
            raise HeadError(f"head array '{name}': expected finite numbers, got NaN or infinity")
    left, right = eye_centres(arrays)
    apart = float(np.linalg.norm(left - right))
    if left[0] <= right[0]:
        raise HeadError(
            "head array 'eye_centers_LR': expected the wearer's left eye first and at larger x, "
            f"got x = {left[0]:.3g}, {right[0]:.3g}"
        )
    if not 4.0 <= apart <= 9.0:
        raise HeadError(
            "head array 'eye_centers_LR': expected eyes 4 to 9 cm apart, "
            f"got {apart:.3g}; scale the head to centimetres"
        )


def eye_centres(arrays: Arrays) -> NDArray[np.float64]:
    """Centres of the eyeballs, shape (2, 3), left first: as told, or of the `eyeball` part.

    Raises:
        HeadError: If the file has neither.
    """
    if "eye_centers_LR" in arrays:
        return arrays["eye_centers_LR"].astype(np.float64)
    ball = np.unique(arrays_index(arrays["tri"])[kinds(arrays) == KINDS.index("eyeball")])
    points = arrays["vertices"][ball].astype(np.float64)
    is_left = points[:, 0] > points[:, 0].mean() if len(points) else np.zeros(0, bool)
    if is_left.sum() < 4 or (~is_left).sum() < 4:
        raise HeadError("head: expected array 'eye_centers_LR' or a part 'eyeball', got neither")
    return np.stack([sphere_centre(points[side]) for side in (is_left, ~is_left)])


def sphere_centre(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Least-squares centre of the sphere through points, shape (N, 3)."""
    middle = points.mean(axis=0)
    p = points - middle
    system = np.column_stack([2 * p, np.ones(len(p))])
    solved = np.linalg.lstsq(system, (p * p).sum(axis=1), rcond=None)[0]
    return np.asarray(middle + solved[:3])

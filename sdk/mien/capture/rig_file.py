"""Where the cameras sit and what they see: `rig.toml`."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np

from mien import schema
from mien.capture.problems import Problem, raise_first, shown
from mien.capture.toml_file import parse_toml, write_toml
from mien.errors import ConfigError
from mien.types import CameraModel, Rig

RIGID_TOLERANCE: Final = 1e-4
"""How far R R^T may be from the identity, per element."""

_FIELDS: Final = {field.name: field for field in dataclasses.fields(CameraModel)}
_REQUIRED: Final = tuple(
    name
    for name, field in _FIELDS.items()
    if field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING
)
_INTEGERS: Final = ("width", "height")
_SIDE_MAX_PX: Final = 16_384
_TEXTS: Final = ("lens",)
_BOOLEANS: Final = ("is_mirrored",)
_SHAPES: Final[dict[str, tuple[int, ...]]] = {
    "crop_xyxy_px": (4,),
    "distortion": (-1,),
    "headset_from_camera": (4, 4),
}


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_array(value: object, shape: tuple[int, ...]) -> bool:
    if not shape:
        return _is_number(value)
    if not isinstance(value, list) or (shape[0] >= 0 and len(value) != shape[0]):
        return False
    return all(_is_array(item, shape[1:]) for item in value)


def _type_fault(name: str, value: object) -> str | None:
    if name in _INTEGERS:
        good = type(value) is int and 1 <= value <= _SIDE_MAX_PX
        rule = f"a whole number, 1..{_SIDE_MAX_PX}"
    elif name in _TEXTS:
        good, rule = isinstance(value, str), "text"
    elif name in _BOOLEANS:
        good, rule = isinstance(value, bool), "true or false"
    else:
        shape = _SHAPES.get(name, ())
        sizes = " x ".join(map(str, shape)) if shape != (-1,) else "any number of"
        good, rule = _is_array(value, shape), f"{sizes} numbers" if shape else "a number"
    return None if good else f"expected {name} as {rule}, got {shown(value)}"


def _frozen(value: object) -> object:
    """Lists as tuples, and numbers as floats: `fx = 200` means 200.0."""
    if isinstance(value, list):
        return tuple(map(_frozen, value))
    return float(value) if type(value) is int else value


def pose_fault(headset_from_camera: tuple[tuple[float, ...], ...]) -> str | None:
    """Why a 4x4 matrix is not rigid; None if it is."""
    matrix = np.array(headset_from_camera, dtype=np.float64)
    if not np.isfinite(matrix).all():
        return "expected headset_from_camera of finite numbers, got NaN or infinity"
    if not np.array_equal(matrix[3], (0.0, 0.0, 0.0, 1.0)):
        return f"expected the last row of headset_from_camera 0 0 0 1, got {matrix[3].tolist()}"
    turn = matrix[:3, :3]
    gap = float(np.abs(turn @ turn.T - np.eye(3)).max())
    if gap > RIGID_TOLERANCE or np.linalg.det(turn) < 0:
        return (
            "expected headset_from_camera to be rigid (a rotation, right-handed), got R R^T off "
            f"by {gap:.3g}, determinant {np.linalg.det(turn):.3g}; leave out scale and mirror"
        )
    return None


def _camera(table: Mapping[str, Any]) -> CameraModel | str:
    unknown = sorted(set(table) - set(_FIELDS))
    missing = [name for name in _REQUIRED if name not in table]
    if unknown:
        return f"expected only {', '.join(_FIELDS)}, got {', '.join(unknown)}"
    if missing:
        return f"expected {', '.join(missing)}, got none"
    faults = (_type_fault(name, value) for name, value in table.items())
    fault = next((fault for fault in faults if fault is not None), None)
    if fault is not None:
        return fault
    try:
        fields: dict[str, Any] = {
            name: value if name in _INTEGERS else _frozen(value) for name, value in table.items()
        }
        camera = CameraModel(**fields)
    except (ConfigError, OverflowError) as error:
        return str(error)
    return pose_fault(camera.headset_from_camera) or camera


def parse_rig(path: Path) -> tuple[dict[str, CameraModel], list[Problem]]:
    """The good cameras of a rig file, and what is wrong with it."""
    content, problems = parse_toml(path)
    if problems:
        return {}, problems
    tables = content.get("cameras")
    if not isinstance(tables, dict) or not tables:
        rule = f"expected tables [cameras.<name>], names {', '.join(schema.CAMERAS)}, got none"
        return {}, [Problem(str(path), None, rule)]
    cameras: dict[str, CameraModel] = {}
    for name, table in tables.items():
        camera = _named_camera(name, table)
        if isinstance(camera, CameraModel):
            cameras[name] = camera
        else:
            problems.append(Problem(str(path), None, f"[cameras.{name}] {camera}"))
    in_order = {name: cameras[name] for name in sorted(cameras, key=schema.CAMERAS.index)}
    return in_order, problems


def _named_camera(name: str, table: object) -> CameraModel | str:
    if name not in schema.CAMERAS:
        return f"expected a camera named {', '.join(schema.CAMERAS)}, got {shown(name)}"
    return _camera(table) if isinstance(table, dict) else f"expected a table, got {shown(table)}"


def read_rig(path: Path) -> dict[str, CameraModel]:
    """Read a rig: camera name -> model, in the order of `schema.CAMERAS`.

    Raises:
        SessionError: If the file breaks a rule; it names the camera.
    """
    cameras, problems = parse_rig(Path(path))
    raise_first(problems)
    return cameras


def write_rig(path: Path, rig: Rig) -> None:
    """Write a rig file, whole or not at all.

    Raises:
        SessionError: If a camera's name or pose breaks a rule.
    """
    problems = []
    for name, camera in rig.items():
        known = name in schema.CAMERAS
        rule = f"expected a camera named {', '.join(schema.CAMERAS)}, got {shown(name)}"
        fault = pose_fault(camera.headset_from_camera) if known else rule
        if fault is not None:
            problems.append(Problem(str(path), None, f"[cameras.{name}] {fault}"))
    raise_first(problems)
    tables = {name: dataclasses.asdict(camera) for name, camera in rig.items()}
    write_toml(path, {"cameras": tables})

"""Rectangles on the sensor of the face and of what each unit moves."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from mien import schema
from mien.capture.lens import distort
from mien.synth.head import Ints, Part
from mien.synth.mesh import FaceMesh, Posed
from mien.types import CameraModel, Rig

FACE: Final = "face"
_MOVED_SHARE: Final = 0.35
"""A unit's region: where it moves the skin by at least this share of its largest move."""
_FRONT_MM: Final = -30.0
_LEAST_SEEN: Final = 0.25
"""Share of a region that must lie in the image, facing the camera, for it to have a box."""


class Box(NamedTuple):
    """A rectangle in sensor pixels, clipped to the image."""

    camera: str
    name: str
    """`face`, or a value of `schema.WEIGHT_NAMES`."""
    xyxy_px: tuple[float, float, float, float]


class FaceBoxes:
    """Boxes of one wearer before one rig."""

    def __init__(self, mesh: FaceMesh, rig: Rig) -> None:
        self._rig = rig
        skin = np.unique(mesh.tri[mesh.part == Part.SKIN])
        front = skin[mesh.rest_mm[skin, 2] > _FRONT_MM]
        rest = mesh.pose(np.zeros(schema.VALUE_COUNT, np.float32))
        self._front = front
        self._regions: dict[str, Ints] = {FACE: np.arange(len(front))}
        """Rows of `_front`."""
        for index, name in enumerate(schema.VALUE_NAMES):
            if name in schema.GAZE_NAMES:
                continue
            values = np.zeros(schema.VALUE_COUNT, np.float32)
            values[index] = 1.0
            moved = np.linalg.norm(mesh.pose(values).points_mm - rest.points_mm, axis=1)[front]
            if moved.max() > 0:
                self._regions[name] = np.flatnonzero(moved > _MOVED_SHARE * moved.max())

    def at(self, posed: Posed, headset_from_head: NDArray[np.float64]) -> list[Box]:
        """Boxes of one instant, camera by camera; what a camera does not see has none."""
        return [
            box
            for name, camera in self._rig.items()
            for box in self._of_camera(name, camera, posed, pose=headset_from_head)
        ]

    def _of_camera(
        self, name: str, camera: CameraModel, posed: Posed, *, pose: NDArray[np.float64]
    ) -> list[Box]:
        pixels, seen = self._project(camera, posed, pose=pose)
        kind = "mouth" if name == schema.MOUTH_CAMERA else "eye"
        found = []
        for region, rows in self._regions.items():
            if region != FACE and not (
                kind in schema.UNIT_OF_VALUE[region].cameras and _is_side(region, name)
            ):
                continue
            shown = rows[seen[rows]]
            if len(shown) >= max(1.0, 0.0 if region == FACE else _LEAST_SEEN * len(rows)):
                (x0, y0), (x1, y1) = pixels[shown].min(axis=0), pixels[shown].max(axis=0)
                found.append(Box(name, region, (float(x0), float(y0), float(x1), float(y1))))
        return found

    def _project(
        self, camera: CameraModel, posed: Posed, *, pose: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
        """Pixels of the front's vertices, and which of them face the camera in the image."""
        camera_from_head = np.linalg.inv(np.array(camera.headset_from_camera)) @ pose
        turn = camera_from_head[:3, :3].astype(np.float32)
        local = posed.points_mm[self._front] @ turn.T + camera_from_head[:3, 3].astype(np.float32)
        faces = np.einsum("ij,ij->i", posed.normals[self._front] @ turn.T, local) < 0
        bent = distort(camera, local[:, :2] / np.maximum(local[:, 2:], 1.0))
        pixels = np.asarray(bent * (camera.fx, camera.fy) + (camera.cx, camera.cy))
        inside = ((pixels > -0.5) & (pixels < np.array(camera.size_wh) - 0.5)).all(axis=1)
        return pixels, faces & inside & (local[:, 2] > 1.0)


def _is_side(value: str, camera: str) -> bool:
    side = value.rpartition("_")[2]
    return side not in schema.SIDES or camera == schema.MOUTH_CAMERA or camera.endswith(side)

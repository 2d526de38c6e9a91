"""How far each eye is open, in millimetres, measured on the mesh."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from mien.synth.head import Part
from mien.synth.mesh import FaceMesh, Posed

_STEP_MM: Final = 0.1
_REACH: Final = 2.4
"""Lids and what is around them, in eyeball radii from the eye's centre."""
_SPAN: Final = 0.8
"""No lid opens further than this from the eye's middle, in radii."""
_CORNERS: Final = ((42, 45), (36, 39))
"""Landmarks of each eye's corners: left, right."""


class Aperture:
    """Height of the opening between the lids of one wearer.

    The plane x = constant through the middle between the corners of the eye cuts skin and
    eyeball; the aperture is how much of the eyeball's front lies before the skin there, along
    the head's y axis. A shut eye has 0.
    """

    def __init__(self, mesh: FaceMesh) -> None:
        self._mesh = mesh
        skin = mesh.tri[mesh.part == Part.SKIN]
        neutral = mesh.head.landmarks
        place = {int(vertex): row for row, vertex in enumerate(mesh.vertex)}
        self._x_mm, self._tri = [], []
        for eye, corners in enumerate(_CORNERS):
            rows = [place.get(int(neutral[corner])) for corner in corners]
            known = [mesh.rest_mm[row, 0] for row in rows if row is not None]
            centre = mesh.eye_centres_mm[eye]
            self._x_mm.append(float(np.mean(known)) if known else float(centre[0]))
            middle = mesh.rest_mm[skin].mean(axis=1)
            near = np.linalg.norm(middle - centre, axis=1) < _REACH * mesh.head.eye_radius_mm
            self._tri.append(skin[near])

    def mm(self, posed: Posed) -> tuple[float, float]:
        """Left and right aperture of a posed mesh."""
        return self._of(posed, 0), self._of(posed, 1)

    def _of(self, posed: Posed, eye: int) -> float:
        centre, radius = self._mesh.eye_centres_mm[eye], self._mesh.head.eye_radius_mm
        y = centre[1] + np.arange(-_SPAN * radius, _SPAN * radius, _STEP_MM)
        x = self._x_mm[eye]
        square = radius**2 - (x - centre[0]) ** 2 - (y - centre[1]) ** 2
        ball = np.where(square > 0, centre[2] + np.sqrt(np.maximum(square, 0)), -np.inf)
        skin = _front_of_cut(posed.points_mm[self._tri[eye]], x, y)
        edges = np.flatnonzero(np.diff(np.concatenate([[0], ball > skin, [0]]).astype(np.int8)))
        return float(np.diff(edges)[::2].max(initial=0) * _STEP_MM)


def _front_of_cut(
    corners_mm: NDArray[np.float32], x: float, y: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Largest z of triangles, shape (T, 3, 3), where the plane at `x` cuts them, per `y`."""
    side = corners_mm[..., 0] - x
    cut = corners_mm[(side.max(axis=1) > 0) & (side.min(axis=1) <= 0)].astype(np.float64)
    front = np.full(len(y), -np.inf)
    for triangle in cut:
        ends = []
        for a, b in ((0, 1), (1, 2), (2, 0)):
            p, q = triangle[a], triangle[b]
            if (p[0] > x) != (q[0] > x):
                share = (x - p[0]) / (q[0] - p[0])
                ends.append(p[1:] + share * (q[1:] - p[1:]))
        (y0, z0), (y1, z1) = sorted(ends, key=lambda end: float(end[0]))
        low, high = np.searchsorted(y, (y0, y1))
        span = y[low:high]
        z = z0 + (span - y0) * ((z1 - z0) / max(y1 - y0, 1e-9))
        front[low:high] = np.maximum(front[low:high], z)
    return front

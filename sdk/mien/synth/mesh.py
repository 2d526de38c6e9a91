"""The moving mesh of one wearer: identity baked in, expression blended per frame."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from mien import schema
from mien.synth.head import LOOK_WORDS, Floats, Head, Ints, Part

_RING: Final = 8
"""Faces around a vertex that its normal is averaged over; more are ignored."""
_FRONT_MM: Final = -75.0
"""Skin further back than this from the eyes is never in a headset camera."""
_LOOK_FULL_RAD: Final = 0.7
"""Gaze at which a head's `eyeLook*` lid shape is fully on."""
_CAVITY_MM: Final = 2.5
"""A fold of this radius of curvature counts as fully dark."""
_LID_MM: Final = 2.6
"""Skin closer than this to the eyeball is lid: it shades the eye."""


@dataclass(frozen=True, eq=False, slots=True)
class Posed:
    """The mesh at one instant, ready for upload. All float32."""

    points_mm: Floats
    """Shape (V, 3), headset axes at rest (slip not applied)."""
    normals: Floats
    """Shape (V, 3), unit, outward."""
    cavity: Floats
    """Shape (V,), about -1 (ridge) .. 1 (deep fold)."""


class FaceMesh:
    """What the renderer draws of a head: skin, flesh, gums, teeth and lashes."""

    def __init__(
        self, head: Head, identity: Floats, *, seen: NDArray[np.bool_] | None = None
    ) -> None:
        self.head = head
        kept = _kept_triangles(head)
        if seen is not None:
            kept &= seen
        pairs = np.stack([head.tri[kept].ravel(), head.tri_uv[kept].ravel()], axis=1)
        unique, inverse = np.unique(pairs, axis=0, return_inverse=True)
        self.tri: Ints = inverse.reshape(-1, 3).astype(np.int64)
        self.part: NDArray[np.uint8] = head.tri_part[kept]
        self._source, self._slot = np.unique(unique[:, 0], return_inverse=True)
        self.vertex: Ints = unique[:, 0]
        self.uv: Floats = head.uv[unique[:, 1]]
        moved = head.face(identity)
        self.rest_mm: Floats = moved[self.vertex].astype(np.float32)
        self._build_eyes(head, moved)
        self._build_shapes(head, moved)
        self._ring, self._ring_tri = _build_ring(
            np.searchsorted(self._source, head.tri[kept]), len(self._source)
        )
        corners = self._neutral.reshape(-1, 3)[self._ring_tri]
        edge = np.append(
            np.linalg.norm(corners - corners.mean(axis=1, keepdims=True), axis=2).mean(axis=1), 0
        )
        count = np.maximum((self._ring < len(edge) - 1).sum(axis=1), 1)
        self._reach2_mm2 = ((edge[self._ring].sum(axis=1) / count) ** 2 + 0.05).astype(np.float32)

    def _build_eyes(self, head: Head, moved: Floats) -> None:
        shift = np.stack(
            [
                (moved[ball] - head.vertices_mm[ball]).mean(axis=0) if len(ball) else np.zeros(3)
                for ball in head.eye_vertices
            ]
        )
        centres = head.eye_centres_mm + shift
        self.origin_mm: Floats = centres.mean(axis=0).astype(np.float32)
        self.eye_centres_mm: Floats = (centres - self.origin_mm).astype(np.float32)
        self.rest_mm = self.rest_mm - self.origin_mm
        skin = np.unique(self.tri[self.part == Part.SKIN])
        self._lids = []
        for centre in self.eye_centres_mm:
            offset = self.rest_mm[skin] - centre
            near = np.linalg.norm(offset, axis=1) < head.eye_radius_mm + _LID_MM
            self._lids.append(skin[near & (offset[:, 2] > 4.0)][::2])

    def _build_shapes(self, head: Head, moved: Floats) -> None:
        self._neutral = (moved[self._source] - self.origin_mm).astype(np.float32).ravel()
        names = list(head.shapes)
        index = {name: row for row, name in enumerate(names)}
        self._deltas = np.stack([head.shapes[name][self._source].ravel() for name in names])
        self._mix = np.zeros((schema.VALUE_COUNT, len(names)), np.float32)
        for value, shapes in head.drivers().items():
            for shape in shapes:
                self._mix[schema.VALUE_INDEX[value], index[shape]] = 1.0
        self._looks = [
            [
                index.get(head.shape_of(f"eyeLook{word}{side.title()}", side) or "")
                for word in LOOK_WORDS
            ]
            for side in schema.SIDES
        ]
        self._yaw = [schema.VALUE_INDEX[f"gaze_yaw_{side}"] for side in schema.SIDES]
        self._pitch = [schema.VALUE_INDEX[f"gaze_pitch_{side}"] for side in schema.SIDES]

    def pose(self, values: NDArray[np.float32]) -> Posed:
        """Blend the expression; `values` as in `schema.VALUE_NAMES`, gaze in head axes."""
        weights: Floats = values @ self._mix
        for eye, outward in enumerate((1.0, -1.0)):
            yaw, pitch = values[self._yaw[eye]] * outward, values[self._pitch[eye]]
            for column, amount in zip(self._looks[eye], (yaw, -yaw, pitch, -pitch), strict=True):
                if column is not None:
                    weights[column] = min(max(amount / _LOOK_FULL_RAD, 0.0), 1.0)
        active = np.flatnonzero(weights)
        moved = weights[active] @ self._deltas[active]
        points = (self._neutral + moved).astype(np.float32).reshape(-1, 3)
        normals, cavity = self._shade(points)
        return Posed(points[self._slot], normals[self._slot], cavity[self._slot])

    def _shade(self, points: Floats) -> tuple[Floats, Floats]:
        a, b, c = (points[self._ring_tri[:, corner]] for corner in range(3))
        faces = np.zeros((len(a) + 1, 8), np.float32)
        ab, ac = b - a, c - a
        for axis, (i, j) in enumerate(((1, 2), (2, 0), (0, 1))):
            faces[:-1, axis] = ab[:, i] * ac[:, j] - ab[:, j] * ac[:, i]
        faces[:-1, 3:6] = (a + b + c) / 3
        faces[:-1, 6] = 1.0
        total = faces[self._ring[:, 0]]
        for column in range(1, _RING):
            total += faces[self._ring[:, column]]
        normals = total[:, :3]
        normals /= np.maximum(np.sqrt(np.einsum("ij,ij->i", normals, normals)), 1e-9)[:, None]
        offset = total[:, 3:6] / np.maximum(total[:, 6:7], 1.0) - points
        depth = np.einsum("ij,ij->i", offset, normals)
        # Depth over the square of the reach is a curvature, whatever the size of the triangles.
        bend = depth / (np.einsum("ij,ij->i", offset, offset) * 4 + self._reach2_mm2)
        return normals, np.clip(bend * _CAVITY_MM, -1.0, 1.0)

    def lid_distance_mm(self, posed: Posed, eye: int, points_mm: Floats) -> Floats:
        """Distance from each point on an eyeball, shape (N, 3), to the nearest lid vertex."""
        lids = posed.points_mm[self._lids[eye]]
        if not len(lids):
            return np.full(len(points_mm), 1e3, np.float32)
        square = (
            (points_mm**2).sum(axis=1)[:, None]
            - 2 * points_mm @ lids.T
            + (lids**2).sum(axis=1)[None, :]
        )
        nearest: Floats = np.sqrt(np.maximum(square.min(axis=1), 0.0)).astype(np.float32)
        return nearest


def _kept_triangles(head: Head) -> NDArray[np.bool_]:
    middle = head.vertices_mm[head.tri].mean(axis=1)
    front = middle[:, 2] > _FRONT_MM
    inside = (np.abs(middle[:, 0]) < 60) & (middle[:, 1] > -110) & (middle[:, 2] < 30)
    flesh = head.tri_part == Part.FLESH
    deep = np.isin(head.tri_part, (Part.GUMS, Part.TEETH, Part.TONGUE))
    # Most of the eye socket lies behind the eyeball.
    eye = np.linalg.norm(middle[:, None] - head.eye_centres_mm, axis=2).min(axis=1)
    inside &= (eye > head.eye_radius_mm * 1.6) | (middle[:, 2] > head.eye_radius_mm * 0.3)
    kept: NDArray[np.bool_] = front & (~flesh | inside) & (~deep | (middle[:, 2] > 4.0))
    return kept


def _build_ring(tri: Ints, count: int) -> tuple[Ints, Ints]:
    ring = np.full((count, _RING), len(tri), np.int64)
    filled = np.zeros(count, np.int64)
    for face, corners in enumerate(tri):
        for corner in corners:
            if filled[corner] < _RING:
                ring[corner, filled[corner]] = face
                filled[corner] += 1
    return ring, tri

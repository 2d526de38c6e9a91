"""What is worked out once per session: which triangles a camera sees, and fixed attributes."""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from mien.capture.lens import distort
from mien.synth.head import Floats, Head, Ints, Part
from mien.synth.mesh import FaceMesh
from mien.types import CameraModel, Rig

_CARDS_PER_LID: Final = 3
_STRAIGHT: Final = 0.9
"""Correlation of a lash's uv with the distance from the eye, below which it is not used."""
RINGS: Final = 15
SPOKES: Final = 32


def visible(
    points_mm: Floats, tri: Ints, camera: CameraModel, *, margin: float = 0.45
) -> NDArray[np.bool_]:
    """Triangles with a corner in the image grown by `margin` of its size on every side."""
    inverse = np.linalg.inv(np.array(camera.headset_from_camera))
    local = points_mm @ inverse[:3, :3].T + inverse[:3, 3]
    rays = np.asarray(local[:, :2] / np.maximum(local[:, 2:], 1e-3), np.float32)
    if camera.lens == "fisheye":
        rays = np.asarray(distort(camera, rays), np.float32)
    u = (camera.fx * rays[:, 0] + camera.cx) / camera.width
    v = (camera.fy * rays[:, 1] + camera.cy) / camera.height
    inside = (np.abs(u - 0.5) < 0.5 + margin) & (np.abs(v - 0.5) < 0.5 + margin)
    return np.asarray((inside & (local[:, 2] > 2.0))[tri].any(axis=1))


def seen_triangles(head: Head, rig: Rig) -> NDArray[np.bool_]:
    """Triangles of the mean head that any camera of the rig may see."""
    seen = [visible(head.vertices_mm, head.tri, camera, margin=0.9) for camera in rig.values()]
    result: NDArray[np.bool_] = np.logical_or.reduce(seen)
    return result


def sphere() -> tuple[Floats, Ints]:
    """Unit sphere about +z down to 115 degrees, denser at the pole: points and triangles."""
    polar = np.linspace(0, 1, RINGS + 1)[1:] ** 1.1 * math.radians(115)
    around = np.arange(SPOKES) * 2 * math.pi / SPOKES
    ring = np.stack(
        [
            np.sin(polar)[:, None] * np.cos(around),
            np.sin(polar)[:, None] * np.sin(around),
            np.repeat(np.cos(polar)[:, None], SPOKES, axis=1),
        ],
        axis=-1,
    )
    points = np.concatenate([[[0.0, 0.0, 1.0]], ring.reshape(-1, 3)]).astype(np.float32)
    spoke = np.arange(SPOKES)
    after = (spoke + 1) % SPOKES
    faces = [np.stack([np.zeros(SPOKES, np.int64), 1 + spoke, 1 + after], axis=1)]
    for row in range(RINGS - 1):
        low, high = 1 + row * SPOKES, 1 + (row + 1) * SPOKES
        faces.append(np.stack([low + spoke, high + spoke, high + after], axis=1))
        faces.append(np.stack([low + spoke, high + after, low + after], axis=1))
    return points, np.concatenate(faces)


def tangents(mesh: FaceMesh) -> Floats:
    """Direction of growing u at each vertex of the rest mesh, shape (V, 3)."""
    p, uv = mesh.rest_mm[mesh.tri], mesh.uv[mesh.tri]
    e1, e2 = p[:, 1] - p[:, 0], p[:, 2] - p[:, 0]
    d1, d2 = uv[:, 1] - uv[:, 0], uv[:, 2] - uv[:, 0]
    tangent = e1 * d2[:, 1:] - e2 * d1[:, 1:]
    tangent *= np.sign(d1[:, 0] * d2[:, 1] - d2[:, 0] * d1[:, 1])[:, None]
    total = np.zeros((len(mesh.vertex), 3), np.float32)
    for corner in range(3):
        np.add.at(total, mesh.tri[:, corner], tangent)
    length = np.linalg.norm(total, axis=1, keepdims=True)
    return np.where(length > 0, total / np.maximum(length, 1e-12), (1.0, 0.0, 0.0)).astype(
        np.float32
    )


def depth_tone(mesh: FaceMesh, part: Floats) -> Floats:
    """How much light reaches a vertex inside the mouth, shape (V,), 0..1."""
    z = mesh.rest_mm[:, 2]
    lips = mesh.head.vertices_mm[mesh.head.landmarks[60:68], 2].max()
    tone = np.clip(np.exp((z - lips + 5.0) / 14.0), 0.05, 1.0)
    eye = mesh.rest_mm[:, 1] > -30
    return np.where(part == Part.SKIN, 1.0, np.where(eye, 0.9, tone)).astype(np.float32)


def strands(mesh: FaceMesh) -> Floats:
    """Per vertex: position across its lash card in cards' widths, and from root 0 to tip 1."""
    strand = np.zeros((len(mesh.vertex), 2), np.float32)
    cards: dict[tuple[int, bool], list[Ints]] = {}
    for card in _components(mesh.tri[mesh.part == Part.LASHES]):
        uv, p = mesh.uv[card], mesh.rest_mm[card]
        low, high = uv.min(axis=0), uv.max(axis=0)
        across, along = ((uv - low) / np.maximum(high - low, 1e-9)).T
        eye = 0 if p[:, 0].mean() > 0 else 1
        centre = mesh.eye_centres_mm[eye]
        reach = np.linalg.norm(p - centre, axis=1)
        if not abs(_correlation(along, reach)) > _STRAIGHT:
            across, along = _by_place(p, reach)
        if reach[along < 0.1].mean() > reach[along > 0.9].mean():
            along = 1.0 - along
        is_lower = bool(p[:, 1].mean() < centre[1] - 3.0)
        strand[card] = np.stack([across, along * (1.7 if is_lower else 1.0)], axis=1)
        cards.setdefault((eye, is_lower), []).append(card)
    for same_lid in cards.values():
        # A lid bears as many lashes on one card as on several that lie on each other.
        strand[np.concatenate(same_lid), 0] *= max(1.0, _CARDS_PER_LID / len(same_lid))
    return strand


def _correlation(a: Floats, b: Floats) -> float:
    a, b = a - a.mean(), b - b.mean()
    return float((a * b).sum() / max(float(np.sqrt((a * a).sum() * (b * b).sum())), 1e-12))


def _by_place(points_mm: Floats, reach_mm: Floats) -> tuple[Floats, Floats]:
    """Across and along a card whose uv does not run along its strands."""
    x = points_mm[:, 0]
    across = (x - x.min()) / max(float(np.ptp(x)), 1e-6)
    # Lashes are shorter at the corners, so root and tip are looked for all along the lid.
    bins = np.minimum((across * 8).astype(int), 7)
    low, high = np.full(8, np.inf), np.full(8, -np.inf)
    np.minimum.at(low, bins, reach_mm)
    np.maximum.at(high, bins, reach_mm)
    along = (reach_mm - low[bins]) / np.maximum(high[bins] - low[bins], 1.0)
    return across.astype(np.float32), along.astype(np.float32)


def curl(mesh: FaceMesh, strands: Floats) -> Floats:
    """Unit displacement of each lash vertex: upper lashes curl up, lower ones down."""
    curl = np.zeros((len(mesh.vertex), 3), np.float32)
    lash = np.unique(mesh.tri[mesh.part == Part.LASHES])
    centre = mesh.eye_centres_mm[(mesh.rest_mm[lash, 0] < 0).astype(int)]
    upward = np.where(mesh.rest_mm[lash, 1] > centre[:, 1] - 1.0, 1.0, -0.3)
    curl[lash, 1] = strands[lash, 1] ** 2 * upward
    return curl


def _components(tri: Ints) -> list[Ints]:
    """Connected sets of vertices."""
    group = {int(v): int(v) for v in np.unique(tri)}

    def find(v: int) -> int:
        while group[v] != v:
            group[v] = group[group[v]]
            v = group[v]
        return v

    for a, b, c in tri.tolist():
        root = find(a)
        group[find(b)] = root
        group[find(c)] = root
    roots: dict[int, list[int]] = {}
    for v in group:
        roots.setdefault(find(v), []).append(v)
    return [np.array(members) for members in roots.values()]

"""What each pixel shows: codes of the segmentation, and the vertex weights it is made from."""

from __future__ import annotations

from typing import Final

import numpy as np

from mien import schema
from mien.synth.head import Floats, Part
from mien.synth.mesh import FaceMesh

LABELS: Final = (
    *("background", "skin", "lid", "lips", "teeth", "tongue", "sclera", "iris", "pupil"),
    "mouth",
)
"""Name of each code; `mouth` is its inside: gums, palate, cheeks from within."""
_CODE_OF_PART: Final = {
    Part.SKIN: LABELS.index("skin"),
    Part.FLESH: LABELS.index("mouth"),
    Part.GUMS: LABELS.index("mouth"),
    Part.TEETH: LABELS.index("teeth"),
    Part.LASHES: LABELS.index("lid"),
    Part.TONGUE: LABELS.index("tongue"),
}
_RIM_MM: Final = 1.6
"""Skin this near to the eyeball is lid."""
_BLINK_SHARE: Final = 0.3
"""Skin that a blink moves by this share of its largest move is lid."""
_LIPS: Final = tuple(range(48, 60))
_SOFT_TEXELS: Final = 12.0
_TEXELS: Final = 2048


def label_weights(mesh: FaceMesh) -> Floats:
    """Per vertex: code of its part; how much it is lid, how much lips (0.5 the edge)."""
    made = np.zeros((len(mesh.vertex), 3), np.float32)
    for part, code in _CODE_OF_PART.items():
        made[np.unique(mesh.tri[mesh.part == part]), 0] = code
    skin = np.unique(mesh.tri[mesh.part == Part.SKIN])
    made[skin, 1] = _lid_weight(mesh)[skin]
    made[skin, 2] = _lip_weight(mesh)[skin]
    return made


def _lid_weight(mesh: FaceMesh) -> Floats:
    rest = mesh.pose(np.zeros(schema.VALUE_COUNT, np.float32)).points_mm
    weight = np.zeros(len(rest), np.float32)
    for eye, side in enumerate(schema.SIDES):
        values = np.zeros(schema.VALUE_COUNT, np.float32)
        values[schema.VALUE_INDEX[f"lid_closure_{side}"]] = 1.0
        moved = np.linalg.norm(mesh.pose(values).points_mm - rest, axis=1)
        away = np.linalg.norm(rest - mesh.eye_centres_mm[eye], axis=1) - mesh.head.eye_radius_mm
        blink = 0.5 * moved / max(_BLINK_SHARE * float(moved.max()), 1e-6)
        rim = 0.5 + (_RIM_MM - away) / _RIM_MM
        near = away < mesh.head.eye_radius_mm
        weight = np.maximum(weight, np.where(near, np.maximum(blink, rim), 0.0))
    return np.clip(weight, 0.0, 1.0).astype(np.float32)


def _lip_weight(mesh: FaceMesh) -> Floats:
    import cv2

    place = {int(vertex): row for row, vertex in enumerate(mesh.vertex)}
    rows = [place.get(int(mesh.head.landmarks[index])) for index in _LIPS]
    known = [row for row in rows if row is not None]
    weight = np.zeros(len(mesh.vertex), np.float32)
    if len(known) < len(_LIPS):
        return weight
    outline = (mesh.uv[known] * _TEXELS).astype(np.float32)
    texels = mesh.uv * _TEXELS
    low, high = outline.min(axis=0) - 2 * _SOFT_TEXELS, outline.max(axis=0) + 2 * _SOFT_TEXELS
    near = np.flatnonzero(((texels > low) & (texels < high)).all(axis=1))
    for row in near:
        point = (float(texels[row, 0]), float(texels[row, 1]))
        inside = cv2.pointPolygonTest(outline, point, measureDist=True)
        weight[row] = np.clip(0.5 + inside / (2 * _SOFT_TEXELS), 0.0, 1.0)
    return weight

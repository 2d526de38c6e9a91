"""Draws what a wearer wears into the images of the renderer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from mien import schema
from mien.synth.head import Part
from mien.synth.prop_shaders import PROP_FRAGMENT, PROP_VERTEX
from mien.synth.props import Shape, cloth_shape, frame_shape, lens_shape

if TYPE_CHECKING:
    import moderngl

    from mien.synth.look import Look
    from mien.synth.mesh import FaceMesh
    from mien.types import CameraModel, Rig

_CLEAR_OF_CLOTH_MM = 25.0


class PropRenderer:
    """Glasses and cloth of one wearer; `program` wants its camera set like every other."""

    def __init__(
        self, gl: moderngl.Context, mesh: FaceMesh, rig: Rig, *, look: Look, seed: int
    ) -> None:
        self._gl, self._look = gl, look
        self.program: Any = gl.program(vertex_shader=PROP_VERTEX, fragment_shader=PROP_FRAGMENT)
        self._frame = self._lenses = self._cloth = None
        if look.glasses is not None:
            where = (mesh.eye_centres_mm, mesh.head.eye_radius_mm)
            self._frame = self._upload(frame_shape(look.glasses, *where))
            self._lenses = self._upload(lens_shape(look.glasses, *where))
        skin = np.unique(mesh.tri[mesh.part == Part.SKIN])
        cloth = cloth_shape(mesh.rest_mm[skin], np.random.default_rng(seed))
        mouth = rig.get(schema.MOUTH_CAMERA)
        if look.cloth > 0 and mouth is not None and _is_clear(mouth, cloth):
            self._cloth = self._upload(cloth)

    def _upload(self, shape: Shape) -> moderngl.VertexArray:
        return self._gl.vertex_array(
            self.program,
            [(self._gl.buffer(shape.vertices), "3f 3f", "in_point", "in_normal")],
            self._gl.buffer(shape.faces.astype(np.int32).tobytes()),
        )

    def draw_solid(self, camera: str) -> None:
        """Draw what hides the face behind it."""
        is_mouth = camera == schema.MOUTH_CAMERA
        solid = self._cloth if is_mouth else self._frame
        if solid is None:
            return
        glasses = self._look.glasses
        tone = self._look.cloth if is_mouth or glasses is None else glasses.tone
        self._set(tone, shine=0.0 if is_mouth else 0.5, lens=(0.0, -1.0))
        solid.render()

    def draw_lenses(self, camera: str) -> None:
        """Draw reflections over the face; blending must be on and depth unwritten."""
        glasses = self._look.glasses
        if self._lenses is None or glasses is None or camera == schema.MOUTH_CAMERA:
            return
        self._set(1.0, shine=0.0, lens=(glasses.glint, glasses.haze))
        self._lenses.render()

    def _set(self, tone: float, *, shine: float, lens: tuple[float, float]) -> None:
        self.program["tone"].value = tone
        self.program["shine"].value = shine
        self.program["lens_glint"].value = lens


def _is_clear(camera: CameraModel, cloth: Shape) -> bool:
    """Whether a camera is above the cloth: no fold is before its lens."""
    place = np.array(camera.headset_from_camera)[:3, 3]
    near = np.hypot(*(cloth.points - place)[:, [0, 2]].T) < 2 * _CLEAR_OF_CLOTH_MM
    top = cloth.points[near, 1].max(initial=-np.inf)
    return bool(place[1] > top + _CLEAR_OF_CLOTH_MM)

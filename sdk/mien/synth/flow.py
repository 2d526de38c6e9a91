"""Exact optical flow between two instants of one camera, and where it holds.

Every visible surface point of the first instant is projected where the second one shows it.
Skin, mouth, eyelids and lashes move with their mesh; the iris moves as its image behind the
cornea does, refraction included; the white of the eye with the eyeball.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from mien import schema
from mien.capture.lens import distort
from mien.synth import flow_shaders
from mien.synth.geometry import curl, sphere, strands, visible
from mien.synth.head import Floats, Part
from mien.synth.labels import label_weights
from mien.synth.look import EyeLook
from mien.synth.mesh import FaceMesh, Posed
from mien.synth.render import (
    PARTS_SEEN,
    gaze_in_head,
    gl_matrix,
    head_from_eye,
    make_context,
    set_lens,
    set_uniform,
)
from mien.types import CameraModel, Flow, Gray8, Mask, Rig

if TYPE_CHECKING:
    import moderngl

_DEPTH_SLACK_MM: Final = 0.12
"""How far a point may lie from what the second image shows there and still be it."""
_GLINT_SHARE: Final = 0.15
"""More reflected light than this share of a pixel makes it a glint."""


@dataclass(frozen=True, eq=False, slots=True)
class Instant:
    """What a face does at one time."""

    values: NDArray[np.float32]
    """Shape (VALUE_COUNT,), gaze relative to the headset."""
    headset_from_head: NDArray[np.float64]
    """Rigid 4x4: where the head has slipped to."""


@dataclass(frozen=True, eq=False, slots=True)
class ExactFlow:
    """Flow of one camera, in sensor pixels."""

    flow_px: Flow
    """Shape (height, width, 2); 0 where not valid."""
    valid: Mask
    """False: background; hidden or outside in the second image; a pixel that a lash covers in
    part, in either image."""


class FlowRenderer:
    """Exact flow of one wearer before one rig. Not for use from several threads."""

    def __init__(self, mesh: FaceMesh, rig: Rig, eye: EyeLook) -> None:
        """Compile and upload.

        Args:
            mesh: The wearer.
            rig: Cameras by name.
            eye: Size of the iris and shape of the lashes.

        Raises:
            RenderError: If no OpenGL context can be made.
        """
        import moderngl

        self._mesh, self._rig = mesh, rig
        self._gl = make_context()
        self._gl.enable(moderngl.DEPTH_TEST)
        self._gl.front_face = "cw"
        self._skin, self._ball, self._lash = (
            self._gl.program(vertex_shader=vertex, fragment_shader=fragment)
            for vertex, fragment in flow_shaders.PROGRAMS
        )
        set_uniform(self._ball, "iris", (eye.iris_radius, eye.pupil_radius, 0.0, 0.0))
        strand = (eye.lash_count, eye.lash_width, eye.lash_length, 0.0)
        set_uniform(self._lash, "lash", strand)
        set_uniform(self._lash, "seed", eye.seed)
        set_uniform(self._lash, "unruly", eye.lash_unruly)
        self._load(eye)

    def close(self) -> None:
        """Free the context."""
        self._gl.release()

    def _load(self, eye: EyeLook) -> None:
        mesh, gl = self._mesh, self._gl
        strand = strands(mesh)
        self._curl = curl(mesh, strand) * np.float32(eye.lash_curl_mm)
        size = len(mesh.vertex) * 12
        self._here, self._there = gl.buffer(reserve=size), gl.buffer(reserve=size)
        self._strand = gl.buffer(strand.tobytes())
        self._labels = gl.buffer(label_weights(mesh).tobytes())
        points, faces = sphere()
        self._sphere = gl.vertex_array(
            self._ball,
            [(gl.buffer(points.tobytes()), "3f", "in_point")],
            gl.buffer(faces.astype(np.int32).tobytes()),
        )
        self._draws = {name: self._arrays(name, camera) for name, camera in self._rig.items()}
        self._targets = {
            camera.size_wh: gl.framebuffer(
                [gl.renderbuffer(camera.size_wh, 4, dtype="f4")],
                gl.depth_renderbuffer(camera.size_wh),
            )
            for camera in self._rig.values()
        }

    def _arrays(self, name: str, camera: CameraModel) -> list[moderngl.VertexArray]:
        mesh, gl = self._mesh, self._gl
        parts = PARTS_SEEN[name == schema.MOUTH_CAMERA]
        seen = visible(mesh.rest_mm, mesh.tri, camera) & (mesh.part[:, None] == parts).any(axis=1)
        is_lash = mesh.part == Part.LASHES
        moving = [(self._here, "3f", "in_point"), (self._there, "3f", "in_other")]
        solid = [*moving, (self._labels, "3f", "in_label")]
        strand = (self._strand, "2f", "in_strand")
        made = []
        for program, kept, content in (
            (self._skin, seen & ~is_lash, solid),
            (self._lash, seen & is_lash, [*moving, strand]),
        ):
            if kept.any():
                index = gl.buffer(mesh.tri[kept].astype(np.int32).tobytes())
                made.append(gl.vertex_array(program, content, index))
        return made

    def flow(self, before: Instant, after: Instant) -> dict[str, ExactFlow]:
        """Exact flow from `before` to `after` through every camera."""
        with self._gl:
            here = self._look(before, after)
            there = self._look(after, after)
        return {name: _settle(here[name], there[name]) for name in self._rig}

    def labels(self, at: Instant, posed: Posed | None = None) -> dict[str, Gray8]:
        """What each pixel shows, codes of `labels.LABELS`; lashes are looked through.

        Args:
            at: When.
            posed: The mesh at that instant, if it is known already.
        """
        with self._gl:
            pose = posed or self._pose(at)
            seen = self._look_at((at, at), (pose, pose), has_lashes=False)
        return {
            name: np.abs(image[..., 3]).round().astype(np.uint8) for name, image in seen.items()
        }

    def pixels(self, camera: str, at: Instant, points_mm: Floats) -> Floats:
        """Where points of the head, shape (N, 3), lie on a sensor, shape (N, 2)."""
        model, local = self._rig[camera], self._in_camera(camera, at, points_mm)
        bent = distort(model, local[:, :2] / local[:, 2:])
        return np.asarray(bent * (model.fx, model.fy) + (model.cx, model.cy), np.float32)

    def depth_mm(self, camera: str, at: Instant, points_mm: Floats) -> Floats:
        """How far in front of a camera points of the head, shape (N, 3), lie."""
        return np.asarray(self._in_camera(camera, at, points_mm)[:, 2], np.float32)

    def _in_camera(self, camera: str, at: Instant, points_mm: Floats) -> NDArray[np.float64]:
        headset_from_camera = np.array(self._rig[camera].headset_from_camera)
        camera_from_head = np.linalg.inv(headset_from_camera) @ at.headset_from_head
        return np.asarray(points_mm @ camera_from_head[:3, :3].T + camera_from_head[:3, 3])

    def _look(self, here: Instant, there: Instant) -> dict[str, Floats]:
        poses = [self._pose(at) for at in (here, there)]
        return self._look_at((here, there), poses, has_lashes=True)

    def _pose(self, at: Instant) -> Posed:
        return self._mesh.pose(gaze_in_head(at.values, at.headset_from_head))

    def _look_at(
        self, instants: tuple[Instant, Instant], poses: Sequence[Posed], *, has_lashes: bool
    ) -> dict[str, Floats]:
        eyes = []
        for buffer, at, posed in zip((self._here, self._there), instants, poses, strict=True):
            gaze = gaze_in_head(at.values, at.headset_from_head)
            buffer.write((posed.points_mm + self._curl).astype(np.float32).tobytes())
            eyes.append([head_from_eye(self._mesh, gaze, eye) for eye in range(2)])
        pairs = [(eyes[0][eye], eyes[1][eye]) for eye in range(2)]
        return {
            name: self._look_through(name, instants, pairs, has_lashes=has_lashes)
            for name in self._rig
        }

    def _look_through(
        self,
        name: str,
        instants: tuple[Instant, Instant],
        pairs: list[tuple[NDArray[np.float64], NDArray[np.float64]]],
        *,
        has_lashes: bool,
    ) -> Floats:
        import moderngl

        here, there = instants
        camera = self._rig[name]
        target = self._targets[camera.size_wh]
        target.use()
        target.clear(0.0, 0.0, 0.0, 0.0, depth=1.0)
        for program in (self._skin, self._ball, self._lash):
            set_lens(program, camera)
            set_uniform(program, "headset_from_head", gl_matrix(here.headset_from_head))
            set_uniform(program, "other_from_head", gl_matrix(there.headset_from_head))
        self._gl.enable(moderngl.CULL_FACE)
        self._draws[name][0].render()
        self._gl.disable(moderngl.CULL_FACE)
        for eye, turned in enumerate(pairs):
            if name == schema.MOUTH_CAMERA or (eye == 1) == camera.is_mirrored:
                self._draw_ball(camera, instants, turned)
        for lashes in self._draws[name][1:] if has_lashes else ():
            self._draw_lashes(target, lashes)
        raw = target.read(components=4, dtype="f4", alignment=1)
        return np.frombuffer(raw, np.float32).reshape(camera.height, camera.width, 4)

    def _draw_ball(
        self,
        camera: CameraModel,
        instants: tuple[Instant, Instant],
        turned: tuple[NDArray[np.float64], NDArray[np.float64]],
    ) -> None:
        place = np.array(camera.headset_from_camera)[:, 3]
        for when, at, matrix in zip(("here", "there"), instants, turned, strict=True):
            eye_from_headset = np.linalg.inv(at.headset_from_head @ matrix)
            set_uniform(self._ball, f"camera_{when}", tuple((eye_from_headset @ place)[:3]))
            set_uniform(self._ball, f"head_from_eye_{when}", gl_matrix(matrix))
        self._sphere.render()

    def _draw_lashes(self, target: moderngl.Framebuffer, lashes: moderngl.VertexArray) -> None:
        set_uniform(self._lash, "is_edge", value=False)
        lashes.render()
        # What is neither lash nor free of it keeps its flow but is marked.
        target.depth_mask = False
        target.color_mask = (False, False, False, True)
        set_uniform(self._lash, "is_edge", value=True)
        lashes.render()
        target.depth_mask = True
        target.color_mask = (True, True, True, True)


def glints(lit: Floats, matt: Floats) -> Mask:
    """Where reflections hide what moves: a glossy and a matt drawing of the same instant."""
    return np.asarray(lit - matt > _GLINT_SHARE * np.maximum(matt, matt.mean() * 0.2))


def warp(image: Floats, flow_px: Flow) -> Floats:
    """The second image as the first one would show it, bilinear, border repeated."""
    import cv2

    height, width = image.shape
    grid = np.stack(np.meshgrid(np.arange(width), np.arange(height)), axis=-1)
    at = (grid + flow_px).astype(np.float32)
    x, y = np.ascontiguousarray(at[..., 0]), np.ascontiguousarray(at[..., 1])
    warped = cv2.remap(image, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(warped, np.float32)


def _settle(here: Floats, there: Floats) -> ExactFlow:
    height, width = here.shape[:2]
    grid = np.stack(np.meshgrid(np.arange(width), np.arange(height)), axis=-1)
    at, depth = here[..., :2], here[..., 2]
    inside = ((at >= 0) & (at <= (width - 1, height - 1))).all(axis=-1)
    low = np.clip(np.nan_to_num(at), 0, (width - 2, height - 2)).astype(int)
    x, y = low[..., 0], low[..., 1]
    around = np.stack([there[y + dy, x + dx] for dy in (0, 1) for dx in (0, 1)])
    shown, kind = around[..., 2], around[..., 3]
    seen = (depth >= shown.min(axis=0) - _DEPTH_SLACK_MM) & (
        depth <= shown.max(axis=0) + _DEPTH_SLACK_MM
    )
    is_whole = (here[..., 3] > 0) & (kind > 0).all(axis=0)
    valid = is_whole & inside & seen & np.isfinite(at).all(axis=-1)
    flow = np.where(valid[..., None], at - grid, 0.0).astype(np.float32)
    return ExactFlow(flow, valid)

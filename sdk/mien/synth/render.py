"""Draws the posed head through each camera of a rig with moderngl over EGL."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from mien import schema
from mien.errors import MienError
from mien.synth import shaders
from mien.synth.geometry import curl, depth_tone, sphere, strands, tangents, visible
from mien.synth.head import Floats, Part
from mien.synth.look import Look
from mien.synth.mesh import FaceMesh, Posed
from mien.synth.prop_renderer import PropRenderer
from mien.synth.wrinkles import contraction, paint_wrinkles
from mien.types import CameraModel, Rig

if TYPE_CHECKING:
    import moderngl

PARTS_SEEN: Final = (
    (Part.SKIN, Part.FLESH, Part.LASHES),
    (Part.SKIN, Part.FLESH, Part.GUMS, Part.TEETH, Part.TONGUE),
)
_EYE_GLOSS: Final = 0.6
_LENSES: Final = {"pinhole": 0, "radtan": 1, "fisheye": 2}


class RenderError(MienError):
    """No OpenGL context can be made here."""


class Renderer:
    """One wearer before one rig. Not for use from several threads."""

    def __init__(
        self, mesh: FaceMesh, rig: Rig, look: Look, *, skin: NDArray[np.uint8], seed: int
    ) -> None:
        """Compile, upload and look through every camera of `rig`.

        Args:
            mesh: The wearer.
            rig: Cameras by name.
            look: The session's appearance.
            skin: Texture from `paint_skin`, shape (S, S, 4), uint8.
            seed: Of the iris and vessel noise.

        Raises:
            RenderError: If no OpenGL context can be made.
        """
        import moderngl

        self._mesh, self._rig, self._look = mesh, rig, look
        self._posed = mesh.pose(np.zeros(schema.VALUE_COUNT, np.float32))
        self._gl = make_context()
        self._gl.enable(moderngl.DEPTH_TEST)
        self._gl.front_face = "cw"
        self._skin_program = self._program(shaders.SKIN_VERTEX, shaders.SKIN_FRAGMENT)
        self._eye_program = self._program(shaders.EYE_VERTEX, shaders.EYE_FRAGMENT)
        self._lash_program = self._program(shaders.LASH_VERTEX, shaders.LASH_FRAGMENT)
        self._props = PropRenderer(self._gl, mesh, rig, look=look, seed=seed)
        self._load_textures(skin, seed)
        self._load_mesh()
        self._targets = {camera.size_wh: self._target(camera.size_wh) for camera in rig.values()}
        self._set_look()

    @property
    def posed(self) -> Posed:
        """The mesh as it was drawn last; at rest before."""
        return self._posed

    def close(self) -> None:
        """Free the context."""
        self._gl.release()

    def _program(self, vertex: str, fragment: str) -> moderngl.Program:
        return self._gl.program(vertex_shader=vertex, fragment_shader=fragment)

    def _load_textures(self, skin: NDArray[np.uint8], seed: int) -> None:
        size = skin.shape[0]
        self._skin = self._gl.texture((size, size), 4, skin.tobytes())
        self._skin.build_mipmaps()
        folds = paint_wrinkles(self._mesh.head, np.random.default_rng(seed))
        self._folds = self._gl.texture(folds.shape[:2], 4, folds.tobytes())
        self._folds.build_mipmaps()
        self._noise = self._gl.texture((256, 256), 3, _noise_texture(seed).tobytes())
        self._noise.build_mipmaps()

    def _target(self, size: tuple[int, int]) -> tuple[moderngl.Framebuffer, moderngl.Framebuffer]:
        drawn = self._gl.framebuffer(
            [self._gl.renderbuffer(size, 1, dtype="f4")],
            self._gl.depth_renderbuffer(size),
        )
        resolved = self._gl.framebuffer([self._gl.renderbuffer(size, 1, dtype="f4")])
        return drawn, resolved

    def _load_mesh(self) -> None:
        mesh = self._mesh
        part = np.zeros(len(mesh.vertex), np.float32)
        part[mesh.tri] = mesh.part[:, None]
        fixed = np.concatenate(
            [mesh.uv, tangents(mesh), part[:, None], depth_tone(mesh, part)[:, None]], axis=1
        )
        self._fixed = self._gl.buffer(fixed.astype(np.float32).tobytes())
        self._moving = self._gl.buffer(reserve=len(mesh.vertex) * 7 * 4)
        strand = strands(mesh)
        self._strand = self._gl.buffer(strand.tobytes())
        self._curl = curl(mesh, strand) * np.float32(self._look.eye.lash_curl_mm)
        self._sphere, faces = sphere()
        self._sphere_points = self._gl.buffer(self._sphere.tobytes())
        self._lid = [self._gl.buffer(reserve=len(self._sphere) * 4) for _ in schema.SIDES]
        index = self._gl.buffer(faces.astype(np.int32).tobytes())
        self._eyes = [
            self._gl.vertex_array(
                self._eye_program,
                [(self._sphere_points, "3f", "in_point"), (lid, "1f", "in_lid")],
                index,
            )
            for lid in self._lid
        ]
        self._draws = {name: self._arrays(name, camera) for name, camera in self._rig.items()}

    def _arrays(
        self, name: str, camera: CameraModel
    ) -> tuple[moderngl.VertexArray, moderngl.VertexArray | None]:
        parts = PARTS_SEEN[name == schema.MOUTH_CAMERA]
        mesh = self._mesh
        seen = visible(mesh.rest_mm, mesh.tri, camera) & (mesh.part[:, None] == parts).any(axis=1)
        is_lash = mesh.part == Part.LASHES
        skin = mesh.tri[seen & ~is_lash]
        lash = mesh.tri[seen & is_lash]
        solid = self._gl.vertex_array(
            self._skin_program,
            [
                (self._moving, "3f 3f 1f", "in_point", "in_normal", "in_cavity"),
                (self._fixed, "2f 3f 1f 1f", "in_uv", "in_tangent", "in_part", "in_depth"),
            ],
            self._gl.buffer(skin.astype(np.int32).tobytes()),
        )
        if not len(lash):
            return solid, None
        thin = self._gl.vertex_array(
            self._lash_program,
            [(self._moving, "3f 16x", "in_point"), (self._strand, "2f", "in_strand")],
            self._gl.buffer(lash.astype(np.int32).tobytes()),
        )
        return solid, thin

    def _set_look(self) -> None:
        look, eye = self._look, self._look.eye
        skin = self._skin_program
        for name, value in (
            ("fold", look.fold),
            ("bump", look.bump),
            ("folds", 1),
            ("tones", look.tones),
        ):
            set_uniform(skin, name, value)
        set_uniform(
            self._eye_program,
            "iris",
            (eye.iris_radius, eye.pupil_radius, eye.iris_tone, eye.limbus),
        )
        set_uniform(
            self._eye_program, "white", (eye.sclera, eye.vessels, eye.pupil_tone, eye.iris_contrast)
        )
        set_uniform(self._eye_program, "seed", eye.seed)
        set_uniform(
            self._lash_program,
            "lash",
            (eye.lash_count, eye.lash_width, eye.lash_length, eye.lash_tone),
        )
        set_uniform(self._lash_program, "seed", eye.seed)
        set_uniform(self._lash_program, "unruly", eye.lash_unruly)

    def draw(
        self,
        values: NDArray[np.float32],
        headset_from_head: NDArray[np.float64],
        *,
        is_glossy: bool = True,
    ) -> dict[str, Floats]:
        """Draw one instant through every camera.

        Args:
            values: Shape (VALUE_COUNT,), gaze relative to the headset.
            headset_from_head: Rigid 4x4: where the head has slipped to.
            is_glossy: False leaves out glints and sheen, which do not move with the skin.

        Returns:
            Camera name -> light on the sensor, shape (H, W), float32, 0 = none, not yet exposed.
        """
        with self._gl:
            return self._draw_all(values, headset_from_head, is_glossy=is_glossy)

    def _draw_all(
        self,
        values: NDArray[np.float32],
        headset_from_head: NDArray[np.float64],
        *,
        is_glossy: bool,
    ) -> dict[str, Floats]:
        set_uniform(self._skin_program, "gloss", self._look.gloss if is_glossy else 0.0)
        set_uniform(self._eye_program, "gloss", _EYE_GLOSS if is_glossy else 0.0)
        left, right = contraction(values, self._look.skin.wrinkles)
        set_uniform(self._skin_program, "fold_left", left)
        set_uniform(self._skin_program, "fold_right", right)
        gaze = gaze_in_head(values, headset_from_head)
        posed = self._posed = self._mesh.pose(gaze)
        points = posed.points_mm + self._curl
        self._moving.write(
            np.concatenate([points, posed.normals, posed.cavity[:, None]], axis=1).tobytes()
        )
        eyes = [self._turn_eye(posed, gaze, eye) for eye in range(2)]
        return {
            name: self._draw_camera(name, headset_from_head, eyes, is_glossy=is_glossy)
            for name in self._rig
        }

    def _turn_eye(self, posed: Posed, values: NDArray[np.float32], eye: int) -> NDArray[np.float64]:
        matrix = head_from_eye(self._mesh, values, eye)
        points = (self._sphere @ matrix[:3, :3].T + matrix[:3, 3]).astype(np.float32)
        self._lid[eye].write(self._mesh.lid_distance_mm(posed, eye, points).tobytes())
        return matrix

    def _draw_camera(
        self,
        name: str,
        headset_from_head: NDArray[np.float64],
        eyes: list[NDArray[np.float64]],
        *,
        is_glossy: bool,
    ) -> Floats:
        import moderngl

        camera = self._rig[name]
        drawn, resolved = self._targets[camera.size_wh]
        drawn.use()
        drawn.clear(self._look.cameras[name].background, depth=1.0)
        programs = (self._skin_program, self._eye_program, self._lash_program, self._props.program)
        for program in programs:
            self._set_camera(program, name, headset_from_head)
        solid, lashes = self._draws[name]
        self._gl.disable(moderngl.BLEND)
        self._gl.enable(moderngl.CULL_FACE)
        self._skin.use(0)
        self._folds.use(1)
        solid.render()
        self._gl.disable(moderngl.CULL_FACE)
        self._noise.use(0)
        for eye, matrix in enumerate(eyes):
            if name == schema.MOUTH_CAMERA or (eye == 1) == camera.is_mirrored:
                set_uniform(self._eye_program, "head_from_eye", gl_matrix(matrix))
                set_uniform(
                    self._eye_program,
                    "eye_from_headset",
                    gl_matrix(np.linalg.inv(headset_from_head @ matrix)),
                )
                set_uniform(self._eye_program, "glint", self._look.cameras[name].glint)
                self._eyes[eye].render()
        self._props.draw_solid(name)
        self._gl.enable(moderngl.BLEND)
        drawn.depth_mask = False
        if lashes is not None:
            lashes.render()
        if is_glossy:
            self._props.draw_lenses(name)
        drawn.depth_mask = True
        self._gl.copy_framebuffer(resolved, drawn)
        raw = resolved.read(components=1, dtype="f4", alignment=1)
        return (
            np.frombuffer(raw, np.float32).reshape(camera.height, camera.width).astype(np.float32)
        )

    def _set_camera(
        self, program: moderngl.Program, name: str, headset_from_head: NDArray[np.float64]
    ) -> None:
        camera, look = self._rig[name], self._look.cameras[name]
        pose = np.array(camera.headset_from_camera)
        set_lens(program, camera)
        leds = np.zeros((shaders.LED_MAX, 4), np.float32)
        leds[: len(look.leds)] = look.leds
        set_uniform(program, "headset_from_head", gl_matrix(headset_from_head))
        set_uniform(program, "led", leds.tobytes())
        set_uniform(program, "leds", len(look.leds))
        is_mouth = name == schema.MOUTH_CAMERA
        set_uniform(program, "goggle", (1.0, 0.0, 0.1, 0.0) if is_mouth else self._look.goggle)
        set_uniform(program, "ambient", look.ambient)
        set_uniform(program, "camera_mm", tuple(pose[:3, 3]))


def set_lens(program: moderngl.Program, camera: CameraModel) -> None:
    """Set what `project` of the shaders reads."""
    pose = np.array(camera.headset_from_camera)
    set_uniform(program, "camera_from_headset", gl_matrix(np.linalg.inv(pose)))
    set_uniform(program, "intrinsics", (camera.fx, camera.fy, camera.cx, camera.cy))
    set_uniform(program, "size_px", camera.size_wh)
    set_uniform(program, "lens", _LENSES[camera.lens])
    set_uniform(program, "bend", (*camera.distortion, 0.0, 0.0, 0.0, 0.0)[:4])
    set_uniform(program, "radius_top", _radius_top(camera))


def rotation(yaw: float, pitch: float) -> NDArray[np.float64]:
    """Rotation whose third column looks `yaw` to the wearer's left and `pitch` up, radians."""
    cy, sy, cp, sp = math.cos(yaw), math.sin(yaw), math.cos(pitch), math.sin(pitch)
    return np.array([[cy, -sy * sp, sy * cp], [0.0, cp, sp], [-sy, -cy * sp, cy * cp]])


def head_from_eye(mesh: FaceMesh, gaze: NDArray[np.float32], eye: int) -> NDArray[np.float64]:
    """Where an eyeball is: a unit sphere that looks along +z, into head axes; `gaze` in these."""
    side = schema.SIDES[eye]
    yaw = float(gaze[schema.VALUE_INDEX[f"gaze_yaw_{side}"]])
    pitch = float(gaze[schema.VALUE_INDEX[f"gaze_pitch_{side}"]])
    matrix = np.eye(4)
    matrix[:3, :3] = rotation(yaw, pitch) * mesh.head.eye_radius_mm
    matrix[:3, 3] = mesh.eye_centres_mm[eye]
    return matrix


def gaze_in_head(
    values: NDArray[np.float32], headset_from_head: NDArray[np.float64]
) -> NDArray[np.float32]:
    """The same values with gaze turned from headset axes into head axes."""
    turned = values.copy()
    for side in schema.SIDES:
        yaw, pitch = (schema.VALUE_INDEX[f"gaze_{axis}_{side}"] for axis in ("yaw", "pitch"))
        axis = headset_from_head[:3, :3].T @ rotation(values[yaw], values[pitch])[:, 2]
        turned[yaw], turned[pitch] = math.atan2(axis[0], axis[2]), math.asin(axis[1])
    return turned


def make_context() -> moderngl.Context:
    """An OpenGL context without a window.

    Raises:
        RenderError: If there is none to be had.
    """
    import moderngl

    make: Any = moderngl.create_standalone_context
    try:
        context: moderngl.Context = make(backend="egl")
    except Exception as exc:
        raise RenderError(
            f"rendering: expected OpenGL 3.3 over EGL, got: {exc}; "
            "install libegl1 and libgl1-mesa-dri"
        ) from exc
    return context


def set_uniform(program: moderngl.Program, name: str, value: object) -> None:
    """Set a uniform; one that the compiler found unused is skipped."""
    member: Any = program.get(name, None)
    if member is not None and isinstance(value, bytes):
        member.write(value)
    elif member is not None:
        member.value = value


def gl_matrix(matrix: NDArray[np.floating[Any]]) -> bytes:
    """Column by column, as OpenGL reads it."""
    return matrix.T.astype(np.float32).tobytes()


def _radius_top(camera: CameraModel) -> float:
    if camera.lens != "radtan":
        return 10.0
    radii = np.linspace(0, 3, 301)
    k1, k2 = camera.distortion[:2]
    slope = 1 + 3 * k1 * radii**2 + 5 * k2 * radii**4
    folding = np.flatnonzero(slope < 0.2)
    return float(radii[folding[0]]) if len(folding) else 3.0


def _noise_texture(seed: int) -> NDArray[np.uint8]:
    """Three tiling noises, shape (256, 256, 3): fine, ridged for vessels, smooth."""
    rng = np.random.default_rng(seed)
    frequency = np.hypot(np.fft.fftfreq(256)[:, None], np.fft.fftfreq(256)[None, :]) * 256
    layers = []
    for middle in (60.0, 7.0, 14.0):
        spectrum = np.fft.fft2(rng.standard_normal((256, 256))) * np.exp(
            -((frequency / middle) ** 2)
        )
        layer = np.fft.ifft2(spectrum).real
        layers.append(np.clip(128 + 45 * layer / layer.std(), 0, 255))
    return np.stack(layers, axis=-1).astype(np.uint8)

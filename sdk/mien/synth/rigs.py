"""Camera rigs: base geometries per split, each jittered per wearer.

Positions are chosen on the mean head, never on the wearer: a real headset does not know whose
face it sits on. The two eye cameras mirror each other, each with its own mounting error.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from mien.synth.head import Floats, Head
from mien.types import CameraModel, Lens

Split = Literal["train", "validation", "test"]
Vector = NDArray[np.floating[Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Geometry:
    """Where one camera of a rig sits, before jitter."""

    name: str
    split: Split
    offset_mm: tuple[float, float, float]
    """From the left eyeball's centre (eye) or the mouth's centre (mouth), headset axes."""
    jitter_mm: float = 5.0
    zoom: tuple[float, float] = (1.35, 2.0)
    """Side of the crop, in widths of the mean head's eye opening (eye) or mouth (mouth)."""
    roll_deg: float = 6.0
    """Half range of the camera's roll about its axis."""
    lens: Lens = "radtan"
    frame: tuple[float, float] = (1.06, 1.12)
    """Shorter side of the image, in sides of the crop: more is a wider field of view."""
    sizes: tuple[tuple[int, int], ...] = (
        (200, 200),
        (240, 240),
        (320, 240),
        (320, 320),
        (400, 400),
    )
    """Resolutions the camera is built with, width and height."""


EYE_GEOMETRIES: Final = (
    Geometry(
        name="goggle_low", split="train", offset_mm=(12, -28, 44), jitter_mm=7, lens="fisheye"
    ),
    Geometry(
        name="goggle_wide",
        split="train",
        offset_mm=(16, -24, 38),
        jitter_mm=5,
        lens="fisheye",
        frame=(1.5, 1.9),
        sizes=((400, 400), (480, 480), (640, 480), (640, 640)),
    ),
    Geometry(
        name="goggle_temple", split="train", offset_mm=(32, -12, 44), jitter_mm=6, roll_deg=20
    ),
    Geometry(name="glasses_low", split="train", offset_mm=(2, -22, 52), jitter_mm=7),
    Geometry(
        name="lab_front",
        split="train",
        offset_mm=(1, 0, 95),
        jitter_mm=12,
        zoom=(1.0, 1.5),
        roll_deg=9,
    ),
    Geometry(
        name="glasses_near",
        split="train",
        offset_mm=(6, -10, 66),
        jitter_mm=8,
        zoom=(1.05, 1.7),
        roll_deg=12,
    ),
    Geometry(name="visor_below", split="validation", offset_mm=(6, -32, 46), jitter_mm=4),
    Geometry(
        name="visor_wide",
        split="validation",
        offset_mm=(10, -26, 40),
        jitter_mm=4,
        lens="fisheye",
        frame=(1.4, 1.7),
        sizes=((400, 400), (640, 400)),
    ),
    Geometry(name="visor_front", split="validation", offset_mm=(6, -4, 70), zoom=(1.1, 1.7)),
    Geometry(name="lens_ring", split="test", offset_mm=(22, -22, 46), jitter_mm=4, lens="fisheye"),
    Geometry(name="glasses_front", split="test", offset_mm=(10, -8, 62), zoom=(1.1, 1.8)),
    Geometry(
        name="lens_wide",
        split="test",
        offset_mm=(18, -20, 42),
        jitter_mm=4,
        roll_deg=15,
        lens="fisheye",
        frame=(1.45, 1.8),
        sizes=((400, 400), (480, 480), (640, 480)),
    ),
)
MOUTH_GEOMETRIES: Final = (
    Geometry(
        name="under_visor", split="train", offset_mm=(0, 20, 66), jitter_mm=8, zoom=(1.4, 1.8)
    ),
    Geometry(name="boom_low", split="train", offset_mm=(0, -22, 70), jitter_mm=8, zoom=(1.4, 1.8)),
    Geometry(
        name="boom_front",
        split="train",
        offset_mm=(0, -4, 85),
        jitter_mm=10,
        zoom=(1.4, 1.8),
        lens="fisheye",
    ),
    Geometry(
        name="under_wide",
        split="train",
        offset_mm=(0, 26, 48),
        jitter_mm=5,
        zoom=(1.4, 1.8),
        lens="fisheye",
        frame=(1.3, 1.6),
        sizes=((400, 400), (480, 480), (640, 480)),
    ),
    Geometry(name="chin_boom", split="validation", offset_mm=(4, -18, 74), zoom=(1.4, 1.8)),
    Geometry(
        name="visor_down",
        split="validation",
        offset_mm=(3, 24, 54),
        zoom=(1.4, 1.8),
        lens="fisheye",
        frame=(1.2, 1.5),
    ),
    Geometry(name="nose_front", split="test", offset_mm=(-3, 10, 70), zoom=(1.4, 1.8)),
    Geometry(
        name="cheek_boom",
        split="test",
        offset_mm=(22, -8, 62),
        zoom=(1.5, 1.9),
        frame=(1.1, 1.4),
        sizes=((320, 240), (400, 400), (640, 480)),
    ),
)


@dataclass(frozen=True, slots=True)
class RigPlan:
    """A drawn rig."""

    name: str
    """`<eye geometry>+<mouth geometry>`."""
    cameras: dict[str, CameraModel]


def draw_rig(
    head: Head,
    split: Split,
    rng: np.random.Generator,
    *,
    max_resolution: int = 400,
    names: tuple[str, ...] = (),
) -> RigPlan:
    """Draw one rig of a split.

    Args:
        head: The head whose *mean* face places the crops.
        split: Which base geometries to draw from; the splits share none.
        rng: Consumed.
        max_resolution: Longest side of an image, pixels, 96 or more.
        names: Base geometries to keep; empty means all of the split.
    """
    eye = _choose(EYE_GEOMETRIES, split, rng, names=names)
    mouth = _choose(MOUTH_GEOMETRIES, split, rng, names=names)
    scale = rng.uniform(*eye.zoom)
    size = _draw_size(eye, rng, top=max_resolution)
    frame = rng.uniform(*eye.frame)
    anchors = _eye_anchors(head)
    offset = np.array(eye.offset_mm) + rng.uniform(-1, 1, 3) * eye.jitter_mm
    roll = rng.uniform(-1, 1) * eye.roll_deg
    distortion = _draw_distortion(eye.lens, rng)
    aim = rng.uniform(-1, 1, 3) * (2.5, 2.5, 0) + (0.0, rng.uniform(0.5, 4.5), 0.0)
    cameras: dict[str, CameraModel] = {}
    for camera in ("eye_left", "eye_right"):
        own = offset + rng.normal(0, 0.8, 3)
        left = _place(
            anchors,
            own,
            scale=scale * rng.uniform(0.97, 1.03),
            size=size,
            frame=frame,
            roll_deg=roll + rng.normal(0, 1.2),
            lens=eye.lens,
            distortion=distortion,
            aim=aim + rng.normal(0, 0.6, 3),
        )
        cameras[camera] = left if camera == "eye_left" else mirror_camera(left)
    cameras["mouth"] = _place(
        _mouth_anchors(head),
        np.array(mouth.offset_mm) + rng.uniform(-1, 1, 3) * mouth.jitter_mm * (0.6, 1, 1),
        scale=rng.uniform(*mouth.zoom),
        size=_draw_size(mouth, rng, top=max_resolution),
        frame=rng.uniform(*mouth.frame),
        roll_deg=rng.uniform(-1, 1) * mouth.roll_deg,
        lens=mouth.lens,
        distortion=_draw_distortion(mouth.lens, rng),
        aim=rng.uniform(-1, 1, 3) * (2.0, 3.0, 0) + (0.0, -3.0, 0.0),
    )
    return RigPlan(f"{eye.name}+{mouth.name}", cameras)


def mirror_camera(camera: CameraModel) -> CameraModel:
    """The same camera on the other side of the face, its crop mirrored."""
    flip = np.diag([-1.0, 1.0, 1.0, 1.0])
    pose = flip @ np.array(camera.headset_from_camera) @ flip
    x0, y0, x1, y1 = camera.crop_xyxy_px
    last = camera.width - 1
    bent = list(camera.distortion)
    if camera.lens == "radtan":
        bent[3] = -bent[3]
    return replace(
        camera,
        cx=last - camera.cx,
        distortion=tuple(bent),
        crop_xyxy_px=(last - x1, y0, last - x0, y1),
        rotation_deg=-camera.rotation_deg,
        is_mirrored=not camera.is_mirrored,
        headset_from_camera=_rows(pose),
    )


def _choose(
    geometries: tuple[Geometry, ...],
    split: Split,
    rng: np.random.Generator,
    *,
    names: tuple[str, ...],
) -> Geometry:
    fit = [g for g in geometries if g.split == split]
    named = [g for g in fit if g.name in names]
    pool = named or fit
    return pool[int(rng.integers(len(pool)))]


def _draw_size(geometry: Geometry, rng: np.random.Generator, *, top: int) -> tuple[int, int]:
    width, height = geometry.sizes[int(rng.integers(len(geometry.sizes)))]
    # A camera that is too fine is scaled, not left out: a small data set keeps every geometry.
    scale = min(1.0, top / max(width, height))
    # Video wants even sides.
    return 2 * max(int(width * scale / 2), 4), 2 * max(int(height * scale / 2), 4)


def _draw_distortion(lens: Lens, rng: np.random.Generator) -> tuple[float, ...]:
    if lens == "fisheye":
        return tuple(float(k) for k in rng.normal(0, 1, 4) * (0.03, 0.01, 0.003, 0.001))
    radial = (rng.uniform(-0.18, 0.03), rng.uniform(-0.02, 0.02))
    return (*radial, *(float(p) for p in rng.normal(0, 0.0015, 2)))


@dataclass(frozen=True, eq=False, slots=True)
class _Anchors:
    centre: Vector
    """Shape (3,): what the camera looks at."""
    width: Vector
    """Shape (2, 3): the two points whose distance is the unit of zoom, image left first."""
    origin: Vector
    """Shape (3,): what the camera's offset starts from."""


def _eye_anchors(head: Head) -> _Anchors:
    points = head.vertices_mm[head.landmarks[42:48]].astype(np.float64)
    corners = points[[0, 3]]
    return _Anchors(points.mean(axis=0), corners, head.eye_centres_mm[0].astype(np.float64))


def _mouth_anchors(head: Head) -> _Anchors:
    points: Floats = head.vertices_mm[head.landmarks]
    corners = points[[48, 54]].astype(np.float64)
    centre = corners.mean(axis=0) + np.array([0.0, 0.0, 6.0])
    return _Anchors(centre, corners, centre)


def _place(
    anchors: _Anchors,
    offset: Vector,
    *,
    scale: float,
    size: tuple[int, int],
    frame: float,
    roll_deg: float,
    lens: Lens,
    distortion: tuple[float, ...],
    aim: Vector,
) -> CameraModel:
    position = anchors.origin + offset
    target = anchors.centre + aim
    pose = _look_at(position, target, roll_deg)
    camera_from_headset = np.linalg.inv(pose)
    ends = np.array([_project(camera_from_headset, point) for point in anchors.width])
    middle = _project(camera_from_headset, target)
    across = ends[1] - ends[0]
    # Foreshortening must not zoom in: the unit is the width seen square on at that distance.
    depth = float((camera_from_headset @ np.append(target, 1.0))[2])
    side = scale * float(np.linalg.norm(anchors.width[1] - anchors.width[0])) / depth
    focal = _focal_px(lens, distortion, half_angle=side / 2, half_px=min(size) / (2 * frame))
    cx, cy = (size[0] - 1) / 2, (size[1] - 1) / 2
    x, y, half = cx + focal * middle[0], cy + focal * middle[1], side * focal / 2
    return CameraModel(
        width=size[0],
        height=size[1],
        fx=focal,
        fy=focal,
        cx=cx,
        cy=cy,
        lens=lens,
        distortion=distortion,
        crop_xyxy_px=(x - half, y - half, x + half, y + half),
        rotation_deg=-math.degrees(math.atan2(across[1], across[0])),
        headset_from_camera=_rows(pose),
    )


def _focal_px(
    lens: Lens, distortion: tuple[float, ...], *, half_angle: float, half_px: float
) -> float:
    """Focal length at which `half_angle` (a tangent) is seen `half_px` off the axis."""
    if lens != "fisheye":
        return half_px / half_angle
    angle = math.atan(half_angle)
    bent = angle * (1 + sum(k * angle ** (2 * n + 2) for n, k in enumerate(distortion)))
    return half_px / bent


def _project(camera_from_headset: Vector, point: Vector) -> Vector:
    x, y, z, _ = camera_from_headset @ np.append(point, 1.0)
    return np.array([x / z, y / z])


def _look_at(position: Vector, target: Vector, roll_deg: float) -> Vector:
    forward = (target - position) / np.linalg.norm(target - position)
    right = np.cross(forward, (0.0, 1.0, 0.0))
    right /= np.linalg.norm(right)
    down = np.cross(forward, right)
    cos, sin = math.cos(math.radians(roll_deg)), math.sin(math.radians(roll_deg))
    pose = np.eye(4)
    pose[:3, 0] = cos * right + sin * down
    pose[:3, 1] = cos * down - sin * right
    pose[:3, 2], pose[:3, 3] = forward, position
    return pose


def _rows(pose: Vector) -> tuple[tuple[float, ...], ...]:
    return tuple(tuple(float(value) for value in row) for row in pose)

"""Everything about a session's appearance that is drawn once: eyes, light, sensor."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from mien.synth.props import Glasses, draw_glasses
from mien.synth.skin import SkinLook, draw_skin
from mien.types import CameraModel, Rig

_OF_DRAWS: Final = ("is_dim", "level", "defocus")
_GLASSES: Final = 0.12
"""Share of wearers with glasses."""
_EYE_FAULTS: Final = (0.07, 0.08, 0.4, 0.12, 0.25)
_MOUTH_FAULTS: Final = (0.1, 0.75, 0.2, 0.12, 0.6)
"""Share of cameras that are dim, out of focus, behind the headset's edge, banded, compressed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EyeLook:
    """Both eyes of a wearer; lengths in eyeball radii."""

    iris_radius: float
    pupil_radius: float
    iris_tone: float
    limbus: float
    sclera: float
    vessels: float
    pupil_tone: float
    iris_contrast: float
    seed: float
    lash_count: float
    lash_width: float
    lash_length: float
    lash_curl_mm: float
    lash_tone: float
    lash_unruly: float
    """How far lashes lean from each other."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraLook:
    """Light and sensor of one camera."""

    leds: tuple[tuple[float, float, float, float], ...]
    """x, y, z in headset millimetres and power (irradiance times mm^2)."""
    ambient: float
    glint: float
    exposure_level: float
    """Mean gray level that the exposure aims at."""
    noise: float
    """Sensor noise at mid gray, gray levels."""
    blur_px: float
    vignette: float
    black: float
    gain_step: float
    """Largest change of gain over the session, as a fraction."""
    background: float
    """Light behind the face."""
    background_contrast: float = 0.0
    """How much there is to see behind the face, 0..1."""
    defocus_px: float = 0.0
    """Blur of a lens that is not in focus, pixels."""
    cover: float = 0.0
    """How far the headset's edge reaches into the image, fraction of the half diagonal."""
    band: float = 0.0
    """Depth of the bands that pulsing light leaves in a rolling exposure, 0..1."""
    band_turns: float = 0.0
    """Bands over the height of the image."""
    band_drift: float = 0.0
    """Bands by which they move per frame."""
    jpeg_quality: int = 0
    """1..100; 0: not compressed."""
    shutter: float = 0.0
    """Time a row is exposed, in frame intervals, 0..0.5."""
    readout: float = 0.0
    """Time from the first row's exposure to the last one's, in frame intervals, 0..0.6."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """A wearer and a headset as the cameras see them."""

    skin: SkinLook
    eye: EyeLook
    fold: float
    bump: float
    gloss: float
    tones: tuple[float, float, float, float]
    """Albedo of flesh, gums and teeth; gloss of teeth."""
    goggle: tuple[float, float, float, float]
    """Facial interface: half width and half height in mm (0 = none), softness, darkness."""
    cameras: dict[str, CameraLook]
    glasses: Glasses | None = None
    cloth: float = 0.0
    """Albedo of the cloth around the neck; 0: none."""


def draw_look(rig: Rig, rng: np.random.Generator, *, noise: float = 1.0) -> Look:
    """Draw a session's appearance.

    Args:
        rig: Cameras the light is placed around.
        rng: Consumed.
        noise: Scale of the sensor noise, 0 (none) or more.
    """
    has_goggle = rng.random() < 0.7
    style = _draw_led_style(rng)
    # Both eyes have the same kind of camera, and its faults.
    faults = {is_mouth: _draw_faults(is_mouth=is_mouth, rng=rng) for is_mouth in (False, True)}
    cameras = {
        name: _draw_camera(
            name, camera, style, rng=rng, noise=noise, faults=faults[name == "mouth"]
        )
        for name, camera in rig.items()
    }
    goggle = (
        rng.uniform(62, 80),
        rng.uniform(34, 50),
        rng.uniform(0.05, 0.2),
        rng.uniform(0.5, 0.95),
    )
    return Look(
        skin=draw_skin(rng),
        eye=_draw_eye(rng),
        fold=rng.uniform(0.7, 2.2),
        bump=rng.uniform(0.5, 1.4),
        gloss=rng.uniform(0.1, 0.55),
        tones=(
            rng.uniform(0.3, 0.5),
            rng.uniform(0.3, 0.5),
            rng.uniform(0.6, 0.9),
            rng.uniform(0.4, 1.0),
        ),
        goggle=goggle if has_goggle else (1.0, 0.0, 0.1, 0.0),
        cameras=cameras,
        glasses=draw_glasses(rng) if rng.random() < _GLASSES else None,
        cloth=max(0.0, rng.uniform(-0.12, 0.9)),
    )


def _draw_eye(rng: np.random.Generator) -> EyeLook:
    iris = rng.uniform(0.375, 0.44)
    return EyeLook(
        iris_radius=iris,
        pupil_radius=iris * rng.uniform(0.26, 0.62),
        iris_tone=rng.uniform(0.14, 0.5),
        limbus=rng.uniform(0.03, 0.12),
        sclera=rng.uniform(0.3, 0.68),
        vessels=rng.uniform(0.05, 0.35),
        pupil_tone=rng.uniform(0.015, 0.07),
        iris_contrast=rng.uniform(0.2, 0.8),
        seed=rng.uniform(0, 1),
        lash_count=rng.uniform(12, 28),
        lash_width=rng.uniform(0.035, 0.11),
        lash_length=rng.uniform(0.6, 1.0),
        lash_curl_mm=rng.uniform(1.0, 7.0),
        lash_tone=rng.uniform(0.03, 0.2),
        lash_unruly=rng.uniform(0.6, 2.0),
    )


@dataclass(frozen=True, slots=True)
class _LedStyle:
    is_ring: bool
    count: int
    radius_mm: float
    depth_mm: float
    turn: float


def _draw_led_style(rng: np.random.Generator) -> _LedStyle:
    is_ring = bool(rng.random() < 0.55)
    count = int(rng.integers(4, 9)) if is_ring else int(rng.integers(1, 4))
    radius = rng.uniform(16, 26) if is_ring else rng.uniform(6, 22)
    return _LedStyle(is_ring, count, radius, rng.uniform(38, 60), rng.uniform(0, 2 * np.pi))


def _draw_camera(
    name: str,
    camera: CameraModel,
    style: _LedStyle,
    *,
    rng: np.random.Generator,
    noise: float,
    faults: Mapping[str, Any],
) -> CameraLook:
    is_mouth = name == "mouth"
    scale = camera.width / 240
    # In low light the gain is up: the image is darker all the same, and far noisier.
    is_dim, black = faults["is_dim"], rng.uniform(0, 32)
    # Finer sensors have smaller pixels, which are noisier; mouth cameras smooth their noise.
    grain = noise * rng.uniform(0.6, 2.2) * (2.2 if is_dim else 1.0)
    grain *= 0.7 if is_mouth else max(scale, 1.0)
    return CameraLook(
        leds=_place_leds(name, camera, style, rng=rng),
        ambient=rng.uniform(0.04, 0.3) if is_mouth else rng.uniform(0.03, 0.2),
        glint=rng.uniform(0.0006, 0.002),
        exposure_level=(black if is_dim else 0.0) + faults["level"] * rng.uniform(0.9, 1.1),
        noise=grain,
        blur_px=(rng.uniform(0.5, 1.4) if is_mouth else rng.uniform(0.3, 0.7)) * scale,
        vignette=rng.uniform(0.0, 0.45),
        black=black,
        gain_step=rng.uniform(0.0, 0.12),
        background=rng.uniform(0.02, 0.4) if is_mouth else rng.uniform(0.01, 0.1),
        background_contrast=rng.uniform(0.2, 1.0),
        defocus_px=faults["defocus"] * scale,
        **{field: value for field, value in faults.items() if field not in _OF_DRAWS},
    )


def _draw_faults(*, is_mouth: bool, rng: np.random.Generator) -> dict[str, Any]:
    """What cheap cameras do; each of them in some sessions only."""
    chance = rng.random(5)
    shares = _MOUTH_FAULTS if is_mouth else _EYE_FAULTS
    dim, blurred, covered, banded, packed = (bool(hit) for hit in chance < shares)
    return {
        "is_dim": dim,
        "level": rng.uniform(18, 40) if dim else rng.uniform(85, 160 if is_mouth else 165),
        "defocus": rng.uniform(0.6, 2.6) if blurred else 0.0,
        "cover": rng.uniform(0.06, 0.28) if covered else 0.0,
        "band": rng.uniform(0.02, 0.1) if banded else 0.0,
        "band_turns": rng.uniform(1.0, 6.0),
        "band_drift": rng.uniform(-0.5, 0.5),
        "jpeg_quality": int(rng.integers(40 if is_mouth else 60, 95)) if packed else 0,
        "shutter": rng.uniform(0.04, 0.4),
        "readout": max(0.0, rng.uniform(-0.4, 0.5)),
    }


def _place_leds(
    name: str, camera: CameraModel, style: _LedStyle, *, rng: np.random.Generator
) -> tuple[tuple[float, float, float, float], ...]:
    pose = np.array(camera.headset_from_camera)
    side = -1.0 if camera.is_mirrored else 1.0
    target: NDArray[np.float64] = np.array([side * 31.0, 0.0, 14.0])
    middle, across, up = pose[:3, 3], pose[:3, 0], pose[:3, 1]
    count, radius = style.count, style.radius_mm
    if name == "mouth":
        target, count, radius = np.array([0.0, -70.0, 34.0]), int(rng.integers(1, 5)), 18.0
    elif style.is_ring:
        middle = np.array([side * 33.0, -2.0, 14.0 + style.depth_mm])
        across, up = np.array([side, 0.0, 0.0]), np.array([0.0, 1.0, 0.0])
    leds = []
    for index in range(count):
        angle = style.turn + 2 * np.pi * index / count
        place = middle + radius * (np.cos(angle) * across + np.sin(angle) * up)
        place = place + rng.normal(0, 1.0, 3)
        power = float(((place - target) ** 2).sum() + 300.0) / count * rng.uniform(0.7, 1.3)
        leds.append((float(place[0]), float(place[1]), float(place[2]), power))
    return tuple(leds)

"""What a camera sees besides the face: the room behind it, and the headset's edge before it.

Both stand still in the image, for camera and headset are one rigid piece; neither moves a pixel
of the face. The edge hides what lies behind it, see `Cover.hidden`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mien.synth.head import Floats

_SEEN_THROUGH = 0.02


@dataclass(frozen=True, eq=False, slots=True)
class Cover:
    """The out-of-focus edge of the headset in front of a camera."""

    alpha: Floats
    """Shape (H, W), float32, 0 (clear) .. 1 (covered)."""
    light: Floats
    """Shape (H, W), float32: light that the edge itself sends to the sensor."""

    @property
    def hidden(self) -> NDArray[np.bool_]:
        """Shape (H, W): where the face is not seen as it is drawn."""
        return self.alpha > _SEEN_THROUGH


def draw_backdrop(
    size_wh: tuple[int, int], rng: np.random.Generator, *, light: float, contrast: float
) -> Floats:
    """A room or a body behind the face, far out of focus.

    Args:
        size_wh: Width and height, pixels.
        rng: Consumed.
        light: Mean light on the sensor.
        contrast: 0 (even) .. 1.

    Returns:
        Shape (H, W), float32, above 0.
    """
    import cv2

    width, height = size_wh
    y, x = np.mgrid[0:height, 0:width].astype(np.float32) / max(width, height)
    scene: NDArray[Any] = np.zeros((height, width), np.float32)
    for _ in range(5):
        # Straight edges: shoulders, collar, door, cable.
        turn, away = rng.uniform(0, 2 * np.pi), rng.uniform(0.1, 0.6)
        side = (x - 0.5) * np.cos(turn) + (y - 0.5) * np.sin(turn) - away
        scene[side > 0] = rng.normal(0, 1.0)
    clouds = rng.standard_normal((6, 6), dtype=np.float32)
    scene += cv2.resize(clouds, size_wh, interpolation=cv2.INTER_CUBIC) * np.float32(0.5)
    scene = cv2.GaussianBlur(scene, (0, 0), max(width, height) * float(rng.uniform(0.004, 0.02)))
    slope = np.float32(rng.uniform(-0.6, 0.9)) * (y - 0.5)
    return np.asarray(light * np.exp(contrast * (scene + slope)), np.float32)


def draw_cover(size_wh: tuple[int, int], rng: np.random.Generator, *, reach: float) -> Cover:
    """A rounded edge that reaches in from one side or corner of the image.

    Args:
        size_wh: Width and height, pixels.
        rng: Consumed.
        reach: How far it comes in, as a fraction of the half diagonal; 0: none.
    """
    import cv2

    width, height = size_wh
    middle = np.array([width, height], np.float64) / 2
    half = float(np.hypot(*middle))
    turn = float(rng.uniform(0, 2 * np.pi))
    radius = half * float(rng.uniform(0.9, 2.0))
    toward = np.array([np.cos(turn), np.sin(turn)])
    # The image's rim in this direction, from the middle.
    rim = float(np.abs(toward) @ middle)
    centre = middle + toward * (rim - reach * half - radius)
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    outside = np.hypot(x - centre[0], y - centre[1]) - radius
    soft = half * float(rng.uniform(0.015, 0.06))
    alpha = np.clip(0.5 + outside / (2 * soft), 0, 1).astype(np.float32)
    alpha = alpha * alpha * (3 - 2 * alpha)
    grain = cv2.GaussianBlur(rng.standard_normal((height, width), dtype=np.float32), (0, 0), 2.5)
    tone, shine = float(rng.uniform(0.005, 0.12)), float(rng.uniform(0.0, 0.25))
    near = np.exp(-np.maximum(outside, 0) / (half * 0.05)).astype(np.float32)
    light = tone * (1 + 1.5 * grain) + shine * tone * near
    none = np.float32(reach > 0)
    return Cover(alpha * none, np.asarray(alpha * np.maximum(light, 0) * none, np.float32))

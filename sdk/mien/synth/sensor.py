"""Turns light on the sensor into gray levels.

The order is that of a camera: surroundings, vignette, exposure with its gain steps and row
bands, lens blur, the sensor's shoulder, noise, compression. Nothing here moves a pixel.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mien.capture.lens import sensor_from_crop
from mien.synth.head import Floats
from mien.synth.look import CameraLook
from mien.synth.surroundings import draw_backdrop, draw_cover
from mien.types import CameraModel, Gray8

_NOISE_FRAMES = 3
_KNEE = 150.0


class Sensor:
    """One camera's sensor over a session."""

    def __init__(
        self, camera: CameraModel, look: CameraLook, rng: np.random.Generator, *, frames: int
    ) -> None:
        self._look, self._rng = look, rng
        y, x = np.mgrid[0 : camera.height, 0 : camera.width].astype(np.float32)
        centre = rng.uniform(0.4, 0.6, 2) * (camera.width, camera.height)
        far = ((x - centre[0]) / camera.width) ** 2 + ((y - centre[1]) / camera.height) ** 2
        self._falloff = (1.0 - look.vignette * np.minimum(far * 2.0, 1.0)).astype(np.float32)
        self._crop = _crop_slices(camera)
        self._backdrop = draw_backdrop(
            camera.size_wh, rng, light=look.background, contrast=look.background_contrast
        )
        self._cover = draw_cover(camera.size_wh, rng, reach=look.cover)
        self._blur_px = float(np.hypot(look.blur_px, look.defocus_px))
        self._rows = np.arange(camera.height, dtype=np.float32)[:, None] / camera.height
        self._columns = look.noise * 0.15 * rng.standard_normal((1, camera.width), np.float32)
        size = camera.width * camera.height
        self._noise = rng.standard_normal(size * _NOISE_FRAMES, dtype=np.float32)
        self._size = size
        self._gain = _gain_steps(rng, frames, look.gain_step)
        self._exposure = 1.0

    @property
    def hidden(self) -> NDArray[np.bool_]:
        """Shape (H, W): where the headset's edge is before the face."""
        return self._cover.hidden

    def expose(self, light: Floats) -> None:
        """Set the exposure once, as auto exposure does on the neutral face."""
        seen = light[self._crop]
        lit = seen[seen > seen.max() * 0.04] if seen.size else seen
        level = float(np.mean(np.minimum(lit, np.percentile(lit, 97)))) if lit.size else 1.0
        self._exposure = (self._look.exposure_level - self._look.black) / max(level, 1e-6)

    def read(self, light: Floats, frame: int) -> Gray8:
        """Gray levels of one frame; `light` is (H, W) float32."""
        import cv2

        level = self._surround(light) * self._falloff
        level *= self._exposure * self._gain[frame] * self._bands(frame)
        level = cv2.GaussianBlur(np.minimum(level, 500.0), (0, 0), self._blur_px)
        # The sensor's shoulder: linear to _KNEE, then towards white.
        over = np.maximum(level - _KNEE, 0.0)
        level = np.minimum(level, _KNEE) + (255 - _KNEE) * over / (over + 255 - _KNEE)
        level = self._add_noise(level + self._look.black)
        return self._compress(np.clip(level + 0.5, 0, 255).astype(np.uint8))

    def _surround(self, light: Floats) -> Floats:
        # The renderer clears to exactly this value; nothing else comes out as it.
        empty = light == np.float32(self._look.background)
        seen = np.where(empty, self._backdrop, light)
        if self._look.cover > 0:
            seen = seen * (1.0 - self._cover.alpha) + self._cover.light
        return np.asarray(seen, np.float32)

    def _bands(self, frame: int) -> Floats:
        """Gain of each row, (H, 1): rows are exposed one after another under pulsing light."""
        look = self._look
        turns = look.band_turns * self._rows + look.band_drift * frame
        return (1.0 + look.band * np.sin(2 * np.pi * turns)).astype(np.float32)

    def _add_noise(self, level: Floats) -> Floats:
        if self._look.noise <= 0:
            return level
        start = int(self._rng.integers(self._size * (_NOISE_FRAMES - 1)))
        noise = self._noise[start : start + self._size].reshape(level.shape)
        grain = noise * (self._look.noise * (0.5 + np.sqrt(np.maximum(level, 0.0)) / 22.0))
        return np.asarray(level + grain + self._columns, np.float32)

    def _compress(self, gray: Gray8) -> Gray8:
        import cv2

        if not self._look.jpeg_quality:
            return gray
        quality = [cv2.IMWRITE_JPEG_QUALITY, self._look.jpeg_quality]
        packed = cv2.imencode(".jpg", gray, quality)[1]
        return np.asarray(cv2.imdecode(packed, cv2.IMREAD_GRAYSCALE), np.uint8)


def _crop_slices(camera: CameraModel) -> tuple[slice, slice]:
    rim = np.array([[0, 0], [1, 0], [2, 0], [0, 1], [2, 1], [0, 2], [1, 2], [2, 2]]) / 2
    pixels = sensor_from_crop(camera, rim * 128 - 0.5, size=128)
    (x0, y0), (x1, y1) = pixels.min(axis=0), pixels.max(axis=0)
    return (
        slice(max(round(y0), 0), max(min(round(y1), camera.height), 1)),
        slice(max(round(x0), 0), max(min(round(x1), camera.width), 1)),
    )


def _gain_steps(rng: np.random.Generator, frames: int, most: float) -> Floats:
    gain = np.ones(frames, np.float32)
    for at in rng.integers(0, max(frames, 1), max(1, frames // 400)):
        gain[at:] *= 1.0 + rng.uniform(-most, most)
    return np.clip(gain, 0.75, 1.3)

"""The crop of real eyes and a real mouth: against a supersampled one, and under a gain step."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from mien.types import CameraModel
from mien.vision.preprocess import Preprocessor

cv2 = pytest.importorskip("cv2")

SIZE, READS, WINDOW_PX = 128, 8, 33
Gray = NDArray[np.uint8]
Reals = NDArray[np.floating[Any]]
FRAMES = {
    "eye 400": ("eye", (120, 40, 520, 440), 400),
    "eye 480": ("eye", (80, 0, 560, 480), 480),
    "eye 300": ("eye", (170, 90, 470, 390), 300),
    "eye 200": ("eye", (80, 0, 560, 480), 200),
    "mouth 400": ("mouth", (0, 0, 256, 256), 400),
    "mouth 200": ("mouth", (0, 0, 256, 256), 200),
}
"""Name -> source, part of it that is the frame, and the side it is brought to, pixels."""


@pytest.fixture(scope="module", params=FRAMES)
def frame(request: pytest.FixtureRequest, shared_data: Path) -> Gray:
    source, (x0, y0, x1, y1), side = FRAMES[request.param]
    if source == "eye":
        video = cv2.VideoCapture(str(shared_data / "eye_ir" / "eyeloop_short_human_3blink.mp4"))
        image = cv2.cvtColor(video.read()[1], cv2.COLOR_BGR2GRAY)
    else:
        image = cv2.imread(str(shared_data / "mouth_ir" / "babble_net_0085.png"), 0)
    part = np.ascontiguousarray(image[y0:y1, x0:x1])
    if side == x1 - x0:
        return part
    way = cv2.INTER_AREA if side < x1 - x0 else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(part, (side, side), interpolation=way))


def tilted_camera(frame: Gray) -> CameraModel:
    side = len(frame)
    return CameraModel(
        width=side,
        height=side,
        fx=0.9 * side,
        fy=0.9 * side,
        cx=(side - 1) / 2,
        cy=(side - 1) / 2,
        lens="fisheye",
        distortion=(-0.03, 0.01, 0.0, 0.0),
        crop_xyxy_px=(0.01 * side, 0.01 * side, 0.98 * side, 0.98 * side),
        rotation_deg=9.0,
    )


def supersampled(frame: Gray, camera: CameraModel) -> Reals:
    """Mean of 8 x 8 bilinear reads per crop pixel, in float64."""
    x0, y0, x1, y1 = camera.crop_xyxy_px
    u = (np.arange(SIZE * READS) + 0.5) / (SIZE * READS) - 0.5
    dx, dy = np.meshgrid(u * (x1 - x0), u * (y1 - y0))
    angle = -np.deg2rad(camera.rotation_deg)
    x = (x0 + x1) / 2 + np.cos(angle) * dx - np.sin(angle) * dy - camera.cx
    y = (y0 + y1) / 2 + np.sin(angle) * dx + np.cos(angle) * dy - camera.cy
    rays = np.stack([x / camera.fx, y / camera.fy], -1).reshape(-1, 1, 2)
    k = np.array([[camera.fx, 0, camera.cx], [0, camera.fy, camera.cy], [0, 0, 1]])
    at = cv2.fisheye.distortPoints(rays, k, np.array(camera.distortion)).reshape(*x.shape, 2)
    return bilinear(frame, at).reshape(SIZE, READS, SIZE, READS).mean((1, 3))


def bilinear(frame: Gray, at: Reals) -> Reals:
    inside = np.clip(at, 0, len(frame) - 1)
    left, top = np.moveaxis(np.minimum(inside.astype(int), len(frame) - 2), -1, 0)
    fx, fy = inside[..., 0] - left, inside[..., 1] - top
    upper = frame[top, left] * (1 - fx) + frame[top, left + 1] * fx
    lower = frame[top + 1, left] * (1 - fx) + frame[top + 1, left + 1] * fx
    return upper * (1 - fy) + lower * fy


def rms(difference: Reals) -> float:
    return float(np.sqrt((difference**2).mean()))


@pytest.mark.data
def test_the_crop_is_within_a_gray_level_of_a_supersampled_one(frame):
    camera = tilted_camera(frame)
    gray = Preprocessor(camera).run(frame).gray
    assert rms(gray - supersampled(frame, camera)) < 1


@pytest.mark.data
def test_codes_are_near_those_of_statistics_at_every_pixel(frame):
    crop = Preprocessor(tilted_camera(frame)).run(frame)
    values = crop.gray.astype(np.float64)
    box, border = (WINDOW_PX, WINDOW_PX), cv2.BORDER_REPLICATE
    mean = cv2.boxFilter(values, -1, box, borderType=border)
    variance = cv2.boxFilter(values**2, -1, box, borderType=border) - mean**2
    wanted = (values - mean) / (np.sqrt(np.maximum(variance, 0)) + 6) * 32
    # Rounding to whole codes makes 0.29 of it.
    assert rms(crop.quant - np.clip(wanted, -128, 127)) < 0.6


@pytest.mark.data
@pytest.mark.parametrize("gain", [0.7, 1.3])
def test_a_gain_step_moves_the_codes_by_less_than_two(frame, gain):
    """Root mean square, where nothing in a pixel's window is saturated."""
    preprocessor = Preprocessor(tilted_camera(frame))
    other = np.clip(np.round(frame * gain), 0, 255).astype(np.uint8)
    before, after = preprocessor.run(frame), preprocessor.run(other)
    brightest = cv2.dilate(after.gray, np.ones((WINDOW_PX, WINDOW_PX), np.uint8))
    is_held = brightest < 250
    assert is_held.mean() > 0.2
    assert rms(after.quant.astype(float)[is_held] - before.quant[is_held]) < 2

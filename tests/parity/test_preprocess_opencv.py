"""The crop's way through the lens against OpenCV's."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from mien.types import CameraModel
from mien.vision.preprocess import Preprocessor

cv2 = pytest.importorskip("cv2")

SIZE = 128
LENSES = {
    "pinhole": (),
    "radtan": (-0.28, 0.09, 0.002, -0.0015),
    "radtan with k3": (-0.3, 0.12, -0.001, 0.001, -0.02),
    "fisheye": (0.06, -0.02, 0.004, -0.001),
}


def picture(height: int, width: int, *, blur_px: float = 4) -> NDArray[np.uint8]:
    rng = np.random.default_rng(0)
    noise = rng.integers(0, 256, (height, width), dtype=np.uint8)
    blurred = cv2.GaussianBlur(noise, (0, 0), blur_px)
    return np.asarray(cv2.normalize(blurred, None, 0, 255, cv2.NORM_MINMAX))


def camera_with(name: str, *, side: int = 400) -> CameraModel:
    return CameraModel(
        width=side,
        height=side,
        fx=0.62 * side,
        fy=0.6 * side,
        cx=0.51 * side,
        cy=0.48 * side,
        lens=name.split(maxsplit=1)[0],  # type: ignore[arg-type]
        distortion=LENSES[name],
        crop_xyxy_px=(0.1 * side, 0.05 * side, 0.9 * side, 0.85 * side),
    )


def matrix_of(camera: CameraModel) -> NDArray[np.float64]:
    return np.array([[camera.fx, 0, camera.cx], [0, camera.fy, camera.cy], [0, 0, 1.0]])


def undistorted_grid(camera: CameraModel, size: int) -> NDArray[np.float64]:
    """Undistorted pixel of each crop pixel before turn and mirror, shape (size, size, 2)."""
    x0, y0, x1, y1 = camera.crop_xyxy_px
    u = (np.arange(size) + 0.5) / size
    x, y = np.meshgrid(x0 + u * (x1 - x0), y0 + u * (y1 - y0))
    return np.stack([x, y], -1)


def sensor_grid(camera: CameraModel, undistorted: NDArray[np.float64]) -> NDArray[np.float32]:
    """OpenCV's own projection of the rays of undistorted pixels."""
    k = matrix_of(camera)
    rays = (undistorted - k[:2, 2]) / [k[0, 0], k[1, 1]]
    flat = rays.reshape(-1, 1, 2)
    if camera.lens == "fisheye":
        points = cv2.fisheye.distortPoints(flat, k, np.array(camera.distortion))
    else:
        rays_3d = np.concatenate([flat, np.ones_like(flat[..., :1])], -1)
        points, _ = cv2.projectPoints(
            rays_3d, np.zeros(3), np.zeros(3), k, np.array(camera.distortion)
        )
    return np.asarray(points.reshape(undistorted.shape), np.float32)


def remapped(image: NDArray[np.uint8], grid: NDArray[np.float32]) -> NDArray[np.float64]:
    """Bilinear read of the float image with the border repeated."""
    border = cv2.BORDER_REPLICATE
    read = cv2.remap(image.astype(np.float32), grid, None, cv2.INTER_LINEAR, borderMode=border)
    return np.asarray(read, np.float64)


@pytest.mark.parametrize("name", LENSES)
def test_the_lens_is_opencvs(name):
    """At a footprint of about one sensor pixel nothing is averaged: both read bilinearly."""
    camera = camera_with(name, side=150)
    image = picture(150, 150)
    wanted = remapped(image, sensor_grid(camera, undistorted_grid(camera, SIZE)))
    difference = Preprocessor(camera).run(image).gray - wanted
    assert np.abs(difference).max() < 2
    assert np.abs(difference).mean() < 0.4


def test_the_crop_is_a_part_of_opencvs_undistorted_image():
    camera = replace(camera_with("radtan", side=300), crop_xyxy_px=(79.5, 59.5, 207.5, 187.5))
    image = picture(300, 300)
    whole = cv2.undistort(image, matrix_of(camera), np.array(camera.distortion))
    gray = Preprocessor(camera).run(image).gray.astype(int)
    assert np.abs(gray - whole[60:188, 80:208]).max() <= 2


@pytest.mark.parametrize("name", LENSES)
@pytest.mark.parametrize("side", [320, 400, 640])
def test_shrinking_is_close_to_supersampling(name, side):
    """Against the mean of 4 x 4 reads per crop pixel, which is what a footprint means.

    For content of two crop pixels and more: what is finer, blocks and bilinear reads blur more.
    """
    camera = camera_with(name, side=side)
    image = picture(side, side, blur_px=2 * 0.8 * side / SIZE)
    fine = remapped(image, sensor_grid(camera, undistorted_grid(camera, 4 * SIZE)))
    wanted = fine.reshape(SIZE, 4, SIZE, 4).mean((1, 3))
    difference = Preprocessor(camera).run(image).gray - wanted
    assert np.abs(difference).mean() < 0.05 * wanted.std()


@pytest.mark.parametrize("is_mirrored", [False, True])
@pytest.mark.parametrize("angle", [-35.0, 12.0, 150.0])
def test_turn_and_mirror_are_opencvs(angle, is_mirrored):
    """cv2's positive angles are counter-clockwise, ours are clockwise."""
    camera = replace(
        camera_with("pinhole", side=200),
        crop_xyxy_px=(19.5, 29.5, 147.5, 157.5),
        rotation_deg=angle,
        is_mirrored=is_mirrored,
    )
    image = picture(200, 200)
    middle = (83.5, 93.5)
    turn = cv2.getRotationMatrix2D(middle, -angle, 1.0)
    turned = cv2.warpAffine(
        image, turn, (200, 200), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    wanted = turned[30:158, 20:148]
    wanted = wanted[:, ::-1] if is_mirrored else wanted
    difference = Preprocessor(camera).run(image).gray.astype(int) - wanted
    assert np.abs(difference).mean() < 0.6
    assert np.abs(difference).max() <= 4


def test_normalisation_is_close_to_opencvs_box_filter():
    image = picture(128, 128)
    camera = CameraModel(
        width=128, height=128, fx=100, fy=100, cx=64, cy=64, crop_xyxy_px=(-0.5, -0.5, 127.5, 127.5)
    )
    values = image.astype(np.float64)
    border = cv2.BORDER_REPLICATE
    mean = cv2.boxFilter(values, -1, (33, 33), borderType=border)
    square = cv2.boxFilter(values**2, -1, (33, 33), borderType=border)
    wanted = (values - mean) / (np.sqrt(np.maximum(square - mean**2, 0)) + 6) * 32
    difference = Preprocessor(camera).run(image).quant - np.clip(wanted, -128, 127)
    # Rounding to whole codes makes 0.29 of it; statistics at every fourth pixel the rest.
    assert np.sqrt((difference**2).mean()) < 0.5
    assert np.abs(difference).max() < 4

"""The way between sensor and crop, and cameras that see a crop directly."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from mien.capture.lens import (
    crop_flow,
    crop_from_sensor,
    distort,
    linear_camera,
    sensor_from_crop,
    undistort,
)
from mien.errors import ConfigError
from mien.types import CameraModel
from mien.vision.preprocess import Preprocessor

LENSES = {
    "pinhole": (),
    "radtan": (-0.2, 0.03, 0.001, -0.002, 0.004),
    "fisheye": (0.05, -0.01, 0.004, -0.001),
}


def camera_with(lens: str, **changes) -> CameraModel:
    camera = CameraModel(
        width=320,
        height=240,
        fx=250.0,
        fy=250.0,
        cx=158.0,
        cy=122.0,
        lens=lens,
        distortion=LENSES[lens],
        crop_xyxy_px=(60.0, 20.0, 240.0, 200.0),
        rotation_deg=17.0,
    )
    return replace(camera, **changes)


@pytest.mark.parametrize("lens", LENSES)
def test_undistort_undoes_distort(lens):
    camera = camera_with(lens)
    rays = np.random.default_rng(0).uniform(-0.7, 0.7, (50, 2))
    assert undistort(camera, distort(camera, rays)) == pytest.approx(rays, abs=1e-9)


@pytest.mark.parametrize("lens", ["radtan", "fisheye"])
def test_the_lens_is_opencvs(lens):
    camera = camera_with(lens)
    rays = np.random.default_rng(1).uniform(-0.6, 0.6, (50, 2))
    bend = np.array(camera.distortion)
    if lens == "fisheye":
        wanted = cv2.fisheye.distortPoints(rays[:, None], np.eye(3), bend)
    else:
        ahead = np.concatenate([rays, np.ones((50, 1))], axis=1)
        wanted = cv2.projectPoints(ahead, np.zeros(3), np.zeros(3), np.eye(3), bend)[0]
    assert distort(camera, rays) == pytest.approx(wanted.reshape(-1, 2), abs=1e-9)


@pytest.mark.parametrize("is_mirrored", [False, True])
@pytest.mark.parametrize("lens", LENSES)
def test_crop_pixels_come_from_where_the_core_reads_them(lens, is_mirrored):
    camera = camera_with(lens, is_mirrored=is_mirrored)
    places = np.random.default_rng(2).uniform(20, 108, (12, 2))
    for place in sensor_from_crop(camera, places, size=128):
        rows, columns = np.mgrid[0:240, 0:320]
        spot = np.exp(-((columns - place[0]) ** 2 + (rows - place[1]) ** 2) / 18)
        crop = Preprocessor(camera).run((255 * spot).astype(np.uint8)).gray.astype(float)
        y, x = (crop[..., None] * np.moveaxis(np.mgrid[0:128, 0:128], 0, -1)).sum((0, 1)) / (
            crop.sum()
        )
        back = crop_from_sensor(camera, place, size=128)
        assert (x, y) == pytest.approx(tuple(back), abs=0.15)


def test_there_and_back_is_the_same_place():
    camera = camera_with("fisheye", is_mirrored=True)
    places = np.random.default_rng(3).uniform(0, 127, (40, 2))
    there = sensor_from_crop(camera, places, size=128)
    assert crop_from_sensor(camera, there, size=128) == pytest.approx(places, abs=1e-6)


@pytest.mark.parametrize("is_mirrored", [False, True])
def test_a_linear_camera_sees_the_crop(is_mirrored):
    turn = cv2.Rodrigues(np.array([0.2, -0.4, 0.3]))[0]
    pose = np.eye(4)
    pose[:3, :3], pose[:3, 3] = turn, (3.0, -4.0, 5.0)
    rows = tuple(tuple(float(v) for v in row) for row in pose)
    camera = camera_with("radtan", is_mirrored=is_mirrored, headset_from_camera=rows)
    linear = linear_camera(camera, size=96)
    local = np.random.default_rng(4).uniform(-0.3, 0.3, (20, 2))
    points = np.concatenate([local, np.ones((20, 1))], axis=1) * 60 @ turn.T + pose[:3, 3]
    sensor = distort(camera, local) * (camera.fx, camera.fy) + (camera.cx, camera.cy)
    wanted = crop_from_sensor(camera, sensor, size=96)
    seen = (points - pose[:3, 3]) @ np.array(linear.headset_from_camera)[:3, :3]
    pixels = seen[:, :2] / seen[:, 2:] * (linear.fx, linear.fy) + (linear.cx, linear.cy)
    if is_mirrored:
        pixels[:, 0] = 95 - pixels[:, 0]
    assert pixels == pytest.approx(wanted, abs=1e-6)


def test_a_linear_camera_of_an_oblong_crop_is_refused():
    with pytest.raises(ConfigError, match="expected a square crop"):
        linear_camera(camera_with("pinhole", crop_xyxy_px=(0.0, 0.0, 9.0, 8.0)), size=64)


def test_flow_carried_to_the_crop_is_the_crops_flow():
    camera = camera_with("pinhole", rotation_deg=0.0, is_mirrored=True)
    flow = np.full((240, 320, 2), (1.8, 3.6), np.float32)
    valid = np.ones((240, 320), bool)
    valid[:80] = False
    carried, whole = crop_flow(camera, flow, valid, size=90)
    assert not whole[:28].any()
    assert whole[32:].all()
    assert carried[whole] == pytest.approx(np.broadcast_to((-0.9, 1.8), (whole.sum(), 2)), abs=1e-4)
    assert (carried[~whole] == 0).all()

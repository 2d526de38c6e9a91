from __future__ import annotations

import numpy as np
import pytest

from mien.capture.lens import sensor_from_crop
from mien.synth.rigs import EYE_GEOMETRIES, MOUTH_GEOMETRIES, draw_rig, mirror_camera

pytestmark = pytest.mark.data


def test_every_split_has_geometries_of_its_own():
    names = [g.name for g in (*EYE_GEOMETRIES, *MOUTH_GEOMETRIES)]
    assert len(names) == len(set(names)) >= 6
    for geometries in (EYE_GEOMETRIES, MOUTH_GEOMETRIES):
        assert {g.split for g in geometries} == {"train", "validation", "test"}


@pytest.mark.parametrize("split", ["train", "validation", "test"])
def test_a_rig_looks_at_the_face_from_outside(head, split):
    for seed in range(12):
        cameras = draw_rig(head, split, np.random.default_rng(seed)).cameras
        assert set(cameras) == {"eye_left", "eye_right", "mouth"}
        assert [cameras[n].is_mirrored for n in cameras] == [False, True, False]
        for camera in cameras.values():
            pose = np.array(camera.headset_from_camera)
            assert np.allclose(pose[:3, :3] @ pose[:3, :3].T, np.eye(3))
            assert np.linalg.det(pose[:3, :3]) == pytest.approx(1.0)
            assert pose[2, 3] > 30
            assert pose[2, 2] < 0


def test_geometries_differ_in_place_view_lens_and_resolution(head):
    assert len(EYE_GEOMETRIES) + len(MOUTH_GEOMETRIES) >= 10
    drawn = []
    for geometry in (*EYE_GEOMETRIES, *MOUTH_GEOMETRIES):
        rng = np.random.default_rng(1)
        names = (geometry.name,)
        rig = draw_rig(head, geometry.split, rng, max_resolution=640, names=names).cameras
        drawn.append(rig["mouth" if geometry in MOUTH_GEOMETRIES else "eye_left"])
    views = [2 * np.degrees(np.arctan(camera.width / 2 / camera.fx)) for camera in drawn]
    assert min(views) < 40
    assert max(views) > 75
    assert {camera.lens for camera in drawn} == {"radtan", "fisheye"}
    every = [size for g in (*EYE_GEOMETRIES, *MOUTH_GEOMETRIES) for size in g.sizes]
    assert (min(map(min, every)), max(map(max, every))) == (200, 640)


@pytest.mark.parametrize("split", ["train", "validation", "test"])
def test_the_crop_lies_in_the_image(head, split):
    for seed in range(10):
        rig = draw_rig(head, split, np.random.default_rng(seed), max_resolution=640).cameras
        for name, camera in rig.items():
            edge = np.array([[-0.5, 64], [127.5, 64], [64, -0.5], [64, 127.5]])
            pixels = sensor_from_crop(camera, edge, size=128)
            over = np.maximum(-pixels, pixels - np.array(camera.size_wh)).max()
            assert over < 0.2 * min(camera.size_wh), (seed, name)


def test_mirroring_twice_gives_the_camera_back(head):
    camera = draw_rig(head, "train", np.random.default_rng(3)).cameras["eye_left"]
    again = mirror_camera(mirror_camera(camera))
    assert np.allclose(again.crop_xyxy_px, camera.crop_xyxy_px)
    assert np.allclose(again.headset_from_camera, camera.headset_from_camera)
    assert again.distortion == camera.distortion
    assert again.is_mirrored == camera.is_mirrored


def test_the_same_seed_gives_the_same_rig(head):
    one, two = (draw_rig(head, "test", np.random.default_rng(8)) for _ in range(2))
    assert one == two

"""What the cameras see of the head: needs the head file and OpenGL over EGL."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from mien import schema
from mien.synth.geometry import seen_triangles
from mien.synth.look import draw_look
from mien.synth.mesh import FaceMesh
from mien.synth.render import Renderer, gaze_in_head, rotation
from mien.synth.rigs import draw_rig, mirror_camera
from mien.synth.skin import paint_skin
from mien.synth.slip import slip_matrix
from mien.vision.preprocess import Preprocessor

pytestmark = [pytest.mark.data, pytest.mark.egl]


@pytest.fixture(scope="module")
def scene(head):
    """A symmetric wearer before cameras that mirror each other exactly."""
    rng = np.random.default_rng(5)
    cameras = draw_rig(head, "train", rng, max_resolution=240, names=("glasses_near",)).cameras
    cameras["eye_right"] = mirror_camera(cameras["eye_left"])
    look = draw_look(cameras, rng)
    mesh = FaceMesh(
        head, np.zeros(len(head.identity), np.float32), seen=seen_triangles(head, cameras)
    )
    renderer = Renderer(mesh, cameras, look, skin=paint_skin(head, look.skin, rng), seed=1)
    yield cameras, renderer
    renderer.close()


@pytest.fixture(scope="module")
def draw(scene):
    _, renderer = scene
    return lambda values: renderer.draw(values, np.eye(4))


def _change(one: np.ndarray, two: np.ndarray) -> float:
    return float(np.abs(one - two).mean() / one.mean())


def test_an_eye_units_side_is_seen_by_its_own_camera_alone(draw, raised):
    rest = draw(raised())
    for side, other in (("left", "right"), ("right", "left")):
        moved = draw(raised(**{f"lid_closure_{side}": 1.0}))
        assert _change(rest[f"eye_{side}"], moved[f"eye_{side}"]) > 0.02
        assert _change(rest[f"eye_{other}"], moved[f"eye_{other}"]) < 0.002


def test_every_unit_changes_the_cameras_that_see_it(head, draw, raised):
    rest = draw(raised())
    for value in schema.VALUE_NAMES:
        if value in head.missing_values():
            continue
        unit = schema.UNIT_OF_VALUE[value]
        moved = draw(raised(**{value: 0.5 if unit.is_gaze else 1.0}))
        side = value.rpartition("_")[2]
        cameras = [f"eye_{side}"] if "eye" in unit.cameras else []
        cameras += ["mouth"] if "mouth" in unit.cameras else []
        for camera in cameras:
            assert _change(rest[camera], moved[camera]) > 0.002, (value, camera)


def test_a_closed_lid_covers_the_iris(draw, raised, scene):
    cameras, _ = scene
    crop = Preprocessor(cameras["eye_left"])
    gain = 120 / draw(raised())["eye_left"].mean()
    dark = {}
    for name, amount in (("open", 0.0), ("closed", 1.0)):
        light = draw(raised(lid_closure=amount))["eye_left"]
        gray = crop.run(np.clip(light * gain, 0, 255).astype(np.uint8)).gray
        # Lashes are thin and dark; what is left after closing is the pupil.
        closed = cv2.morphologyEx(gray, cv2.MORPH_CLOSE, np.ones((5, 5), np.uint8))
        dark[name] = int((closed[32:112, 24:104] < 30).sum())
    assert dark["open"] > 40
    assert dark["closed"] < dark["open"] / 10


def test_the_mirrored_right_crop_looks_like_the_left(draw, raised, scene):
    cameras, _ = scene
    lights = draw(raised())
    crops = []
    for name in schema.EYE_CAMERAS:
        gray = np.clip(lights[name] * (110 / lights[name].mean()), 0, 255).astype(np.uint8)
        crops.append(Preprocessor(cameras[name]).run(gray).gray.astype(float).ravel())
    assert np.corrcoef(crops[0], crops[1])[0, 1] > 0.8


def test_gaze_to_the_wearers_left_moves_the_left_iris_to_the_temple(draw, raised, scene):
    cameras, _ = scene
    crop = Preprocessor(cameras["eye_left"])
    places = []
    for yaw in (-0.3, 0.3):
        light = draw(raised(gaze_yaw=yaw))["eye_left"]
        gray = crop.run(np.clip(light * (110 / light.mean()), 0, 255).astype(np.uint8)).gray
        closed = cv2.morphologyEx(gray, cv2.MORPH_CLOSE, np.ones((5, 5), np.uint8))
        pupil = np.argwhere(closed[32:112] <= np.percentile(closed[32:112, 16:112], 1.5))
        places.append(pupil[:, 1].mean())
    assert places[1] > places[0] + 8


def test_gaze_stays_on_the_headset_when_the_head_slips():
    values = np.zeros(schema.VALUE_COUNT, np.float32)
    slip = slip_matrix(np.array([0, 0, 0, 0.0, 0.05, 0.0]))
    turned = gaze_in_head(values, slip)
    assert turned[schema.VALUE_INDEX["gaze_yaw_left"]] == pytest.approx(-0.05, abs=1e-6)


def test_yaw_is_left_and_pitch_is_up():
    assert rotation(0.1, 0.0)[0, 2] > 0
    assert rotation(0.0, 0.1)[1, 2] > 0
    assert np.allclose(rotation(0.3, -0.2) @ rotation(0.3, -0.2).T, np.eye(3))

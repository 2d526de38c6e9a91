from __future__ import annotations

import numpy as np
import pytest

from mien import schema
from mien.runtime.fusion import Fusion, camera_weights, route

MS = 1_000_000
CHEEK = schema.VALUE_INDEX["cheek_raiser_left"]
JAW = schema.VALUE_INDEX["jaw_drop"]


def make(fusion=None):
    return Fusion(fusion or {}, schema.VALUE_NAMES, hold_ns=100 * MS, fade_ns=300 * MS)


def say(fusion, camera, level, *, t_ms=0):
    width = len(schema.MOUTH_OUTPUTS if camera == "mouth" else schema.EYE_OUTPUTS)
    fusion.take(camera, np.full(width, level, np.float32), t_ns=t_ms * MS)


def test_every_value_is_routed_from_exactly_the_cameras_that_see_it():
    weights = camera_weights({})
    for column, name in enumerate(schema.VALUE_NAMES):
        unit = schema.UNIT_OF_VALUE[name]
        expected = [
            ("eye" in unit.cameras and camera.startswith("eye") and name.endswith(camera[3:]))
            or ("mouth" in unit.cameras and camera == "mouth")
            for camera in schema.CAMERAS
        ]
        assert (weights[:, column] > 0).tolist() == expected, name


def test_routes_name_the_side_of_their_camera():
    for side in schema.SIDES:
        columns = route(f"eye_{side}").column
        assert [schema.VALUE_NAMES[c] for c in columns] == [
            f"{u}_{side}" for u in schema.EYE_OUTPUTS
        ]
    columns = route("mouth").column
    assert [schema.VALUE_NAMES[c] for c in columns] == list(schema.MOUTH_OUTPUTS)
    assert route("mouth").names == schema.MOUTH_OUTPUTS


@pytest.mark.parametrize(("camera", "sign"), [("eye_left", 1), ("eye_right", -1)])
def test_outward_yaw_becomes_yaw_to_the_wearers_left(camera, sign):
    way = route(camera)
    for level, expected in ((1.0, schema.GAZE_MAX_RAD), (0.5, 0.0)):
        values = dict(zip(way.names, level * way.gain + way.offset, strict=True))
        side = camera.removeprefix("eye_")
        assert values[f"gaze_yaw_{side}"] == pytest.approx(sign * expected)
        assert values[f"gaze_pitch_{side}"] == pytest.approx(expected)


def test_weights_come_by_value_then_by_unit_then_equal():
    both = make(
        {
            "cheek_raiser_left": {"eye": 0.9, "mouth": 0.1},
            "cheek_raiser": {"eye": 0.2, "mouth": 0.8},
        }
    )
    for camera, level in (("eye_left", 1.0), ("eye_right", 1.0), ("mouth", 0.0)):
        say(both, camera, level)
    values = both.run(0)
    for name, expected in (
        ("cheek_raiser_left", 0.9),
        ("cheek_raiser_right", 0.2),
        ("nose_wrinkler_left", 0.5),
    ):
        assert values[schema.VALUE_INDEX[name]] == pytest.approx(expected), name


def test_a_silent_camera_hands_over_to_the_other_without_a_jump():
    fusion = make()
    say(fusion, "mouth", 1.0)
    curve = []
    for t_ms in range(0, 800, 10):
        say(fusion, "eye_left", 0.2, t_ms=t_ms)
        curve.append(fusion.run(t_ms * MS)[CHEEK].item())
    assert curve[:11] == pytest.approx([0.6] * 11)
    assert curve[-1] == pytest.approx(0.2)
    assert np.abs(np.diff(curve)).max() < 0.04


def test_what_nobody_sees_is_held_then_fades_to_neutral():
    fusion = make()
    say(fusion, "mouth", 0.8)
    for t_ms, expected in ((0, 0.8), (100, 0.8), (250, 0.4), (400, 0.0), (10_000, 0.0)):
        say(fusion, "eye_left", 0.2, t_ms=t_ms)
        assert fusion.run(t_ms * MS)[JAW] == pytest.approx(expected), t_ms
        assert fusion.tracked(t_ms * MS)[JAW] == (t_ms <= 100), t_ms
        assert fusion.valid()[JAW]


def test_a_lost_frame_clears_tracked_at_once_and_keeps_the_value():
    fusion = make()
    say(fusion, "mouth", 0.8)
    fusion.lose("mouth")
    assert fusion.run(0)[JAW] == pytest.approx(0.8)
    assert not fusion.tracked(0)[JAW]
    say(fusion, "mouth", 0.7, t_ms=20)
    assert fusion.tracked(20 * MS)[JAW]


def test_each_value_knows_its_newest_frame():
    fusion = make()
    say(fusion, "eye_left", 0.5, t_ms=7)
    say(fusion, "mouth", 0.5, t_ms=3)
    seen_ns = fusion.seen_ns()
    assert seen_ns[CHEEK] == 7 * MS
    assert seen_ns[JAW] == 3 * MS
    assert seen_ns[schema.VALUE_INDEX["lid_closure_right"]] == -1

from __future__ import annotations

import numpy as np
import pytest

from mien import schema
from mien.runtime.fusion import Fusion, camera_weights, route

HOLD_NS = 500_000_000


def raw(camera, level):
    width = len(schema.MOUTH_OUTPUTS if camera == "mouth" else schema.EYE_OUTPUTS)
    return {camera: np.full(width, level, np.float32)}


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


@pytest.mark.parametrize(("camera", "sign"), [("eye_left", 1), ("eye_right", -1)])
def test_outward_yaw_becomes_yaw_to_the_wearers_left(camera, sign):
    values = Fusion({}, schema.VALUE_NAMES, hold_ns=HOLD_NS).run(raw(camera, 1.0), t_ns=0)
    side = camera.removeprefix("eye_")
    yaw, pitch = (values[schema.VALUE_INDEX[f"gaze_{axis}_{side}"]] for axis in ("yaw", "pitch"))
    assert yaw == pytest.approx(sign * schema.GAZE_MAX_RAD)
    assert pitch == pytest.approx(schema.GAZE_MAX_RAD)


def test_half_of_the_range_is_straight_ahead():
    values = Fusion({}, schema.VALUE_NAMES, hold_ns=HOLD_NS).run(raw("eye_right", 0.5), t_ns=0)
    gaze = [schema.VALUE_INDEX[name] for name in schema.GAZE_NAMES]
    assert np.allclose(values[gaze], 0)


def test_weights_come_by_value_then_by_unit_then_equal():
    fusion = {
        "cheek_raiser_left": {"eye": 0.9, "mouth": 0.1},
        "cheek_raiser": {"eye": 0.2, "mouth": 0.8},
    }
    both = Fusion(fusion, schema.VALUE_NAMES, hold_ns=HOLD_NS)
    given = raw("eye_left", 1.0) | raw("eye_right", 1.0) | raw("mouth", 0.0)
    values = both.run(given, t_ns=0)
    for name, expected in (
        ("cheek_raiser_left", 0.9),
        ("cheek_raiser_right", 0.2),
        ("nose_wrinkler_left", 0.5),
    ):
        assert values[schema.VALUE_INDEX[name]] == pytest.approx(expected), name


def test_a_silent_camera_fades_out_without_a_jump():
    fusion = Fusion({}, schema.VALUE_NAMES, hold_ns=HOLD_NS)
    index = schema.VALUE_INDEX["cheek_raiser_left"]
    curve = [fusion.run(raw("eye_left", 0.2) | raw("mouth", 1.0), t_ns=0)[index].item()]
    curve.extend(
        fusion.run(raw("eye_left", 0.2), t_ns=step * 10_000_000)[index].item()
        for step in range(1, 80)
    )
    assert curve[0] == pytest.approx(0.6)
    assert curve[-1] == pytest.approx(0.2)
    assert np.abs(np.diff(curve)).max() < 0.02


def test_a_value_nobody_sees_any_more_is_held():
    fusion = Fusion({}, schema.VALUE_NAMES, hold_ns=HOLD_NS)
    fusion.run(raw("mouth", 0.7), t_ns=0)
    values = fusion.run(raw("eye_left", 0.2), t_ns=10 * HOLD_NS)
    assert values[schema.VALUE_INDEX["jaw_drop"]] == pytest.approx(0.7)
    assert fusion.valid()[schema.VALUE_INDEX["jaw_drop"]]
    assert not fusion.tracked(frozenset({"eye_left"}))[schema.VALUE_INDEX["jaw_drop"]]

from __future__ import annotations

import numpy as np
import pytest

from mien import schema
from mien.train.targets import MOUTH_FLIP, OUTPUTS, decode, encode, kind_of, value_columns


def random_values(count=5):
    rng = np.random.default_rng(0)
    values = rng.random((count, schema.VALUE_COUNT), np.float32)
    for name in schema.GAZE_NAMES:
        values[:, schema.VALUE_INDEX[name]] = rng.uniform(-0.8, 0.8, count)
    return values


@pytest.mark.parametrize("camera", schema.CAMERAS)
def test_decode_undoes_encode(camera):
    values = random_values()
    targets = encode(values, camera)
    assert targets.shape == (5, len(OUTPUTS[kind_of(camera)]))
    assert targets.min() >= 0
    assert targets.max() <= 1
    back = decode(targets, camera)
    columns = value_columns(camera)
    assert np.abs(back[:, columns] - values[:, columns]).max() < 1e-6
    assert np.isnan(np.delete(back, columns, axis=1)).all()


def test_the_right_eye_learns_its_yaw_towards_the_temple():
    values = np.zeros((1, schema.VALUE_COUNT), np.float32)
    values[0, schema.VALUE_INDEX["gaze_yaw_left"]] = 0.4
    values[0, schema.VALUE_INDEX["gaze_yaw_right"]] = -0.4
    yaw = schema.EYE_OUTPUTS.index("gaze_yaw")
    assert encode(values, "eye_left")[0, yaw] == encode(values, "eye_right")[0, yaw] == 0.75


def test_both_eyes_learn_pitch_upward():
    values = np.zeros((1, schema.VALUE_COUNT), np.float32)
    for side in schema.SIDES:
        values[0, schema.VALUE_INDEX[f"gaze_pitch_{side}"]] = 0.4
    pitch = schema.EYE_OUTPUTS.index("gaze_pitch")
    assert encode(values, "eye_left")[0, pitch] == encode(values, "eye_right")[0, pitch] == 0.75


def test_each_eye_learns_its_own_side():
    values = np.zeros((1, schema.VALUE_COUNT), np.float32)
    values[0, schema.VALUE_INDEX["lid_closure_right"]] = 1
    lid = schema.EYE_OUTPUTS.index("lid_closure")
    assert encode(values, "eye_left")[0, lid] == 0
    assert encode(values, "eye_right")[0, lid] == 1


def test_flipping_twice_changes_nothing_and_pairs_sides():
    assert [MOUTH_FLIP[k] for k in MOUTH_FLIP] == list(range(len(MOUTH_FLIP)))
    pairs = {n: schema.MOUTH_OUTPUTS[MOUTH_FLIP[i]] for i, n in enumerate(schema.MOUTH_OUTPUTS)}
    assert pairs["lip_corner_puller_left"] == "lip_corner_puller_right"
    assert pairs["jaw_left"] == "jaw_right"
    assert pairs["mouth_right"] == "mouth_left"
    assert pairs["jaw_drop"] == "jaw_drop"
    assert sum(name != other for name, other in pairs.items()) == 26

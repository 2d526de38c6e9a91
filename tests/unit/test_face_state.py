"""What an app reads from a state: names and ARKit shapes, the wearer's left and right."""

from __future__ import annotations

import numpy as np
import pytest

from mien import schema
from mien.types import FaceState

YES = np.ones(schema.VALUE_COUNT, np.bool_)


def state(**values):
    array = np.zeros(schema.VALUE_COUNT, np.float32)
    for name, value in values.items():
        array[schema.VALUE_INDEX[name]] = value
    return FaceState(0, array, YES, YES)


def moved(**values):
    """Names of the shapes that are not 0."""
    return {name: value for name, value in state(**values).arkit().items() if value}


def test_there_are_52_shapes_in_wire_order():
    assert tuple(state().arkit()) == schema.ARKIT_NAMES
    assert len(set(schema.ARKIT_NAMES)) == 52


@pytest.mark.parametrize("side", schema.SIDES)
@pytest.mark.parametrize(
    ("unit", "shape"),
    [
        ("lid_closure", "eyeBlink"),
        ("lip_corner_puller", "mouthSmile"),
        ("lip_corner_depressor", "mouthFrown"),
        ("cheek_raiser", "cheekSquint"),
        ("nose_wrinkler", "noseSneer"),
        ("brow_lowerer", "browDown"),
        ("outer_brow_raiser", "browOuterUp"),
        ("lid_raiser", "eyeWide"),
        ("lower_lip_depressor", "mouthLowerDown"),
    ],
)
def test_a_side_drives_its_own_shape_only(side, unit, shape):
    got = moved(**{f"{unit}_{side}": 0.5})
    assert got == {f"{shape}{side.capitalize()}": 0.5}


def test_a_shape_of_both_sides_gets_their_mean():
    assert moved(inner_brow_raiser_left=0.8) == {"browInnerUp": pytest.approx(0.4)}
    both = moved(cheek_puff_left=0.6, cheek_puff_right=0.2)
    assert both == {"cheekPuff": pytest.approx(0.4)}


def test_jaw_and_mouth_keep_their_sides():
    assert set(moved(jaw_left=1, mouth_right=1)) == {"jawLeft", "mouthRight"}


@pytest.mark.parametrize(
    ("values", "shapes"),
    [
        ({"gaze_yaw_left": 0.3, "gaze_yaw_right": 0.3}, {"eyeLookOutLeft", "eyeLookInRight"}),
        ({"gaze_yaw_left": -0.3, "gaze_yaw_right": -0.3}, {"eyeLookInLeft", "eyeLookOutRight"}),
        ({"gaze_pitch_left": 0.3, "gaze_pitch_right": -0.3}, {"eyeLookUpLeft", "eyeLookDownRight"}),
    ],
)
def test_gaze_looks_the_wearers_way(values, shapes):
    got = moved(**values)
    assert set(got) == shapes
    assert all(value == pytest.approx(0.5) for value in got.values())


def test_shapes_never_leave_their_range():
    values = dict.fromkeys(schema.WEIGHT_NAMES, 1.0) | dict.fromkeys(
        schema.GAZE_NAMES, schema.GAZE_MAX_RAD
    )
    assert all(0 <= value <= 1 for value in state(**values).arkit().values())


def test_units_are_read_by_name_and_complete():
    units = state(jaw_drop=0.25).units
    assert units["jaw_drop"] == 0.25
    assert list(units) == list(schema.VALUE_NAMES)
    with pytest.raises(KeyError):
        units["jawOpen"]

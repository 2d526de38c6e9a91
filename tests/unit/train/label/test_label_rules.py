from __future__ import annotations

import numpy as np
import pytest

from mien import schema
from mien.capture.cues import Cue
from mien.errors import ConfigError
from mien.train.label_config import LabelConfig
from mien.train.label_rules import MOVES_WITH, companions_of, values_of, values_seen_by
from mien.train.regions import side_window
from mien.types import CameraModel, centred_camera


def test_a_unit_asks_for_both_sides_and_a_value_for_one():
    assert values_of(Cue(0, 1, "take", "dimpler")) == ("dimpler_left", "dimpler_right")
    assert values_of(Cue(0, 1, "take", "dimpler_left")) == ("dimpler_left",)
    assert values_of(Cue(0, 1, "blink")) == ("lid_closure_left", "lid_closure_right")
    assert values_of(Cue(0, 1, "neutral")) == ()


def test_the_table_names_units_and_never_the_unit_itself():
    for unit, others in MOVES_WITH.items():
        assert {unit, *others} <= schema.UNIT_BY_NAME.keys()
        assert unit not in others


def test_a_value_is_no_companion_of_itself():
    for name in schema.WEIGHT_NAMES:
        assert name not in companions_of(Cue(0, 1, "take", name))


def test_every_weight_is_seen_by_a_camera():
    assert {name for camera in schema.CAMERAS for name in values_seen_by(camera)} == set(
        schema.WEIGHT_NAMES
    )


def facing_camera(*, is_mirrored=False, rotation_deg=0.0):
    """In front of the mouth, looking at it: its x to the right is the wearer's left."""
    plain = centred_camera(128, 128)
    pose = ((1.0, 0, 0, 0), (0, -1.0, 0, -65), (0, 0, -1.0, 60), (0, 0, 0, 1.0))
    return CameraModel(
        width=128,
        height=128,
        fx=plain.fx,
        fy=plain.fy,
        cx=plain.cx,
        cy=plain.cy,
        crop_xyxy_px=plain.crop_xyxy_px,
        is_mirrored=is_mirrored,
        rotation_deg=rotation_deg,
        headset_from_camera=pose,
    )


def test_the_wearers_left_is_found_from_the_pose():
    axis = (np.arange(32) + 0.5) / 32
    left = side_window(facing_camera(), "left", axis)
    assert left[:, -1].min() == 1.0
    assert left[:, 0].max() == 0.0
    mirrored = side_window(facing_camera(is_mirrored=True), "left", axis)
    assert np.allclose(mirrored, left[:, ::-1], atol=1e-5)
    turned = side_window(facing_camera(rotation_deg=90), "left", axis)
    assert turned[-1].min() == 1.0  # what was right is now below


def test_the_sides_do_not_share_a_point():
    axis = (np.arange(32) + 0.5) / 32
    camera = facing_camera()
    left, right = side_window(camera, "left", axis), side_window(camera, "right", axis)
    assert np.allclose(left, right[:, ::-1], atol=1e-5)
    assert not (left * right).any()
    assert not left[:, 15:17].any()


def test_settings_outside_their_range_are_refused():
    with pytest.raises(ConfigError, match="key_gain"):
        LabelConfig(key_gain=1.5)

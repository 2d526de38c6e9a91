"""The committed table of what survives, and what it says."""

from __future__ import annotations

import numpy as np
import pytest

from mien import schema
from mien.arkit import ARKIT
from mien.outputs.facs import FACS
from mien.outputs.openxr_confidence import android_confidences, fb2_confidences
from mien.outputs.openxr_fb import FB2
from mien.outputs.openxr_htc import HTC_EYE, HTC_LIP
from mien.outputs.round_trip import (
    INTERFACES,
    every_round_trip,
    markdown,
    random_values,
    round_trip,
)
from mien.outputs.shape_sets import SHAPE_SETS


def test_the_committed_table_is_todays(root):
    text = (root / "sdk" / "mien" / "outputs" / "OUTPUTS.md").read_text(encoding="utf-8")
    assert markdown(every_round_trip()) in text


def test_every_shape_set_is_in_the_table():
    named = {name for names in INTERFACES for name in names}
    assert named == set(SHAPE_SETS) - {"arkit_sorted"}  # the same shapes as `arkit`


def test_an_error_is_the_largest_one():
    values = random_values(50)
    left, right = (values[:, schema.VALUE_INDEX[f"cheek_puff_{side}"]] for side in schema.SIDES)
    error = round_trip(ARKIT, faces=50).max_error["cheek_puff_left"]
    assert error == pytest.approx(np.abs((left + right) / 2 - left).max(), abs=1e-6)


def test_two_sets_of_one_interface_add_up():
    both = round_trip(HTC_EYE, HTC_LIP, faces=20)
    assert set(both.lost) == set(HTC_EYE.lost) & set(HTC_LIP.lost)
    assert "tongue_out" in both.exact
    assert "lid_closure_left" in both.exact
    assert both.title == "OpenXR HTC eye 14 and OpenXR HTC lip 37"


def test_exact_changed_and_lost_are_all_values():
    for one in (round_trip(FB2, faces=20), round_trip(FACS, faces=20)):
        assert {*one.exact, *one.changed, *one.lost} == set(schema.VALUE_NAMES)


def test_confidence_is_the_share_of_a_region_that_is_tracked(showing):
    none, every = np.zeros(schema.VALUE_COUNT, bool), np.ones(schema.VALUE_COUNT, bool)
    left = np.array(
        [
            name.endswith("_left") and "eye" in schema.UNIT_OF_VALUE[name].cameras
            for name in schema.VALUE_NAMES
        ]
    )
    assert fb2_confidences(showing()).tolist() == [1, 1]
    assert android_confidences(showing(tracked=none)).tolist() == [0, 0, 0]
    assert android_confidences(showing(tracked=left)).tolist() == [0, 1, 0]
    assert fb2_confidences(showing(valid=left, tracked=every)).tolist() == [0, 0.5]

from __future__ import annotations

import math
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from mien import schema
from mien.capture.cues import Cue
from mien.config import CROP_SIZE
from mien.errors import ConfigError
from mien.runtime.enrolment import LONGEST_S, Enrolment, make_script
from mien.runtime.fusion import route
from mien.runtime.tracker import Tracker

NEUTRAL = np.full((CROP_SIZE, CROP_SIZE), 3, np.int8)
FPS = 25


def answer(cue, name, *, gain, rest):
    """What a network says of a value while the wearer follows a cue."""
    if name in schema.GAZE_NAMES:
        return cue.yaw_rad if "yaw" in name else cue.pitch_rad
    is_cued = cue.name in (name, schema.UNIT_OF_VALUE[name].name)
    return rest + gain * 0.9 * is_cued


def enrol(cameras=schema.CAMERAS, *, gain=0.6, rest=0.1, script=None, until_s=1e9):
    enrolment = Enrolment(cameras, script)
    rng = np.random.default_rng(0)
    for step in range(int(min(LONGEST_S + 1, until_s) * FPS)):
        t_ns = 7_000_000_000 + step * 1_000_000_000 // FPS
        cue = enrolment.cue_at(t_ns)
        if cue is None:
            break
        for camera in cameras:
            said = [answer(cue, name, gain=gain, rest=rest) for name in route(camera).names]
            noisy = np.array(said, np.float32) + rng.normal(0, 0.01, len(said)).astype(np.float32)
            enrolment.note(camera, noisy, t_ns=t_ns, neutral=NEUTRAL)
    return enrolment.finish(wearer="ada", model="m")


def test_the_script_asks_for_rest_range_and_gaze_within_a_minute():
    script = make_script()
    assert script[-1].end_ns * 1e-9 <= LONGEST_S
    assert {cue.kind for cue in script} == {"neutral", "take", "gaze"}
    assert all(a.end_ns == b.start_ns for a, b in pairwise(script))


def test_a_weak_network_with_a_high_rest_is_corrected():
    report = enrol()
    assert report.reason == ""
    assert set(report.profile.cameras) == set(schema.CAMERAS)
    assert report.error_after < 0.6 * report.error_before
    assert report.gaze_error_rad < 0.02
    mouth = report.profile.cameras["mouth"]
    column = route("mouth").names.index("jaw_drop")
    rest, full = (mouth.gain[column] * said + mouth.offset[column] for said in (0.1, 0.64))
    assert abs(rest) < 0.08
    assert full > 0.7
    assert np.array_equal(mouth.neutral, NEUTRAL)


def test_sides_that_differ_are_evened_out():
    """The network hears the left half as well as the right."""
    script = make_script()
    enrolment = Enrolment(("mouth",), script)
    names = route("mouth").names
    for step in range(int(LONGEST_S * FPS)):
        t_ns = step * 1_000_000_000 // FPS
        cue = enrolment.cue_at(t_ns)
        if cue is None:
            break
        said = [
            answer(cue, name, gain=0.7 if name.endswith("_left") else 0.95, rest=0.0)
            for name in names
        ]
        enrolment.note("mouth", np.array(said, np.float32), t_ns=t_ns, neutral=NEUTRAL)
    camera = enrolment.finish(wearer="ada", model="m").profile.cameras["mouth"]
    left, right = (names.index(f"lip_corner_puller_{side}") for side in schema.SIDES)
    before = 0.9 * (0.95 - 0.7)
    after = abs(0.855 * camera.gain[right] - 0.63 * camera.gain[left])
    assert after < 0.4 * before


@pytest.mark.parametrize(
    ("kind", "why"),
    [
        ({"gain": 0.0}, "expected a quarter to be followed"),
        ({"gain": 1.0, "rest": 0.0}, "no camera gets better"),
        ({"until_s": 30.0}, "got frames of"),
    ],
)
def test_what_does_not_help_is_refused_with_the_reason(kind, why):
    report = enrol(**kind)
    assert report.profile is None
    assert why in report.reason


@pytest.mark.parametrize("script", [(), (Cue(0, 61_000_000_000, "neutral"),)])
def test_a_script_that_is_empty_or_too_long_is_refused(script):
    with pytest.raises(ConfigError, match="script: expected"):
        Enrolment(("mouth",), script)


def long_source(bench, seconds):
    count = int(seconds * 1e9 / bench.step_ns)
    return bench.source(bench.frames(("mouth",), count=count), {"mouth": bench.rig["mouth"]})


def test_a_tracker_asks_in_order_and_reports(bench):
    tracker = Tracker(bench.probe())
    script = [replace(cue, end_ns=cue.end_ns) for cue in make_script()[:3]]
    asked = list(tracker.enrol(long_source(bench, 7), script))
    assert asked == script
    assert tracker.enrolment.profile is None
    assert tracker.profile is None
    assert math.isnan(tracker.enrolment.error_before)


def test_an_enrolment_can_be_cancelled_and_leaves_what_was(bench):
    tracker = Tracker(bench.probe())
    for asked, _ in enumerate(tracker.enrol(long_source(bench, 6))):
        if asked == 1:
            tracker.cancel()
    assert tracker.enrolment is None
    assert tracker.profile is None
    cues = tracker.enrol(long_source(bench, 6))
    next(cues)
    cues.close()
    assert tracker.enrolment is None

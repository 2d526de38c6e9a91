from __future__ import annotations

import numpy as np

from mien.runtime.capture_clock import JUMP_LIMIT_NS, PROOF_FRAMES, CaptureClock
from mien.runtime.grouping import Grouping
from mien.types import Frame

GRAY = np.zeros((2, 2), np.uint8)
ALL = frozenset({"eye_left", "mouth"})


def frame(camera, t_ns):
    return Frame(camera, t_ns, GRAY)


def keys(groups):
    return [[(f.camera, f.t_ns) for f in group] for group in groups]


def test_a_whole_group_comes_at_once():
    grouping = Grouping(skew_ns=10)
    assert grouping.push(frame("eye_left", 0), expected=ALL) == []
    groups = grouping.push(frame("mouth", 5), expected=ALL)
    assert keys(groups) == [[("eye_left", 0), ("mouth", 5)]]


def test_a_frame_beyond_the_skew_closes_the_group_before_it():
    grouping = Grouping(skew_ns=10)
    grouping.push(frame("eye_left", 0), expected=ALL)
    assert keys(grouping.push(frame("mouth", 11), expected=ALL)) == [[("eye_left", 0)]]
    assert keys([grouping.flush()]) == [[("mouth", 11)]]


def test_a_second_frame_of_a_camera_closes_the_group():
    grouping = Grouping(skew_ns=100)
    grouping.push(frame("eye_left", 0), expected=ALL)
    assert keys(grouping.push(frame("eye_left", 8), expected=ALL)) == [[("eye_left", 0)]]


def test_a_late_frame_joins_and_the_group_is_in_time_order():
    grouping = Grouping(skew_ns=10)
    grouping.push(frame("eye_left", 50), expected=ALL)
    groups = grouping.push(frame("mouth", 20), expected=ALL)
    assert keys(groups) == [[("mouth", 20), ("eye_left", 50)]]


def test_a_bad_frame_is_not_waited_for():
    grouping = Grouping(skew_ns=10)
    assert grouping.miss("mouth", expected=ALL) == []
    assert keys(grouping.push(frame("eye_left", 0), expected=ALL)) == [[("eye_left", 0)]]
    assert grouping.push(frame("eye_left", 8), expected=ALL) == []


def test_a_clock_takes_increasing_times_only():
    clock = CaptureClock()
    assert [clock.fault(t) == "" for t in (5, 6, 6, 4, 7)] == [True, True, False, False, True]


def test_one_time_far_ahead_does_not_shut_the_camera_out():
    clock = CaptureClock()
    assert clock.fault(0) == ""
    assert "expected 0 < t_ns" in clock.fault(10 * JUMP_LIMIT_NS)
    assert clock.fault(1) == ""


def test_a_new_clock_is_believed_after_some_frames_in_order():
    clock = CaptureClock()
    clock.fault(10**12)
    admitted = [clock.fault(t) == "" for t in range(PROOF_FRAMES + 2)]
    assert admitted == [False] * (PROOF_FRAMES - 1) + [True] * 3

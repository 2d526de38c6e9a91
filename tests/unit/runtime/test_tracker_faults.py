"""Frames and times that are wrong: counted, told, and no harm to what is right."""

from __future__ import annotations

import logging
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from mien import schema
from mien.config import TrackerConfig
from mien.runtime.tracker import Tracker
from mien.types import Frame

STILL = TrackerConfig(is_adaptive=False)
JAW = schema.VALUE_INDEX["jaw_drop"]


def track(bench, frames, *, rig=None):
    tracker = Tracker(bench.probe(), config=STILL)
    return tracker, list(tracker.track(bench.source(frames, rig)))


def bad_frames(bench):
    good = bench.picture(0.75)
    size = bench.size
    return {
        "other size": np.zeros((size, size + 8), np.uint8),
        "colour": np.zeros((size, size, 3), np.uint8),
        "float": good.astype(np.float32),
        "nan": np.full((size, size), np.nan),
        "signed": good.astype(np.int16),
        "empty": np.zeros((0, 0), np.uint8),
        "nothing": None,
        "text": "frame",
        "list": good.tolist(),
    }


KINDS = ("other size", "colour", "float", "nan", "signed", "empty", "nothing", "text", "list")


@pytest.mark.parametrize("kind", KINDS)
def test_a_bad_image_is_counted_and_the_loop_goes_on(bench, kind):
    frames = bench.frames(count=6)
    frames[8] = replace(frames[8], gray=bad_frames(bench)[kind])
    tracker, states = track(bench, frames)
    health = tracker.health.cameras["mouth"]
    assert len(states) == 18
    assert (health.frames, health.faults) == (5, {"size": 1})
    assert "expected (96, 96) uint8" in health.last_reason
    assert [bool(state.tracked[JAW]) for state in states[7:13]] == [True, *[False] * 3, True, True]
    assert states[8].values[JAW] == states[7].values[JAW]


@pytest.mark.parametrize("t_ns", [None, 1.5, "soon", True, -(10**12), 3 * 10**10, 10**18])
def test_a_bad_time_is_counted_and_harms_nothing(bench, t_ns):
    frames = bench.frames(count=6)
    frames[8] = replace(frames[8], t_ns=t_ns)
    tracker, states = track(bench, frames)
    assert tracker.health.cameras["mouth"].bad_frames == 1
    assert len(states) == 17
    assert all(state.tracked.all() for state in states[2:])


@pytest.mark.parametrize("thing", [None, 7, "frame"])
def test_what_is_no_frame_is_counted(bench, thing):
    frames = bench.frames(count=3)
    tracker, states = track(bench, [*frames[:3], thing, *frames[3:]])
    assert tracker.health.bad_frames == 1
    assert len(states) == 9


def test_a_frame_of_an_unknown_camera_is_counted(bench):
    frames = bench.frames(count=3)
    frames.insert(4, Frame("tongue_cam", 5_000, bench.picture(0.5)))
    tracker, states = track(bench, frames)
    assert tracker.health.cameras["tongue_cam"].faults == {"unknown camera": 1}
    assert len(states) == 9


def test_repeated_and_backward_times_are_skipped(bench):
    frames = bench.frames(("mouth",), count=6)
    frames[3] = replace(frames[3], t_ns=frames[2].t_ns)
    frames[4] = replace(frames[4], t_ns=frames[1].t_ns)
    tracker, states = track(bench, frames, rig={"mouth": bench.rig["mouth"]})
    times = [state.t_ns for state in states]
    assert tracker.health.cameras["mouth"].faults == {"duplicate": 1, "late": 1}
    assert times == sorted(set(times))
    assert len(times) == 4


def test_another_resolution_midway_is_reported_and_the_old_one_may_come_back(bench):
    frames = bench.frames(("mouth",), count=12)
    small = bench.picture(0.75, size=64)
    for index in range(4, 8):
        frames[index] = replace(frames[index], gray=small)
    tracker, states = track(bench, frames, rig={"mouth": bench.rig["mouth"]})
    assert len(states) == 12
    assert tracker.health.cameras["mouth"].faults == {"size": 4}
    assert "got (64, 64)" in tracker.health.cameras["mouth"].last_reason


def test_a_camera_clock_that_restarts_is_followed(bench):
    early = bench.frames(("mouth",), count=10, start_ns=50_000_000_000)
    late = bench.frames(("mouth",), count=20, start_ns=1_000)
    tracker, states = track(bench, early + late, rig={"mouth": bench.rig["mouth"]})
    assert tracker.health.cameras["mouth"].bad_frames == 4
    assert len(states) == 26
    assert states[-1].t_ns == late[-1].t_ns


def test_one_camera_on_a_new_clock_stays_on_the_time_of_the_face(bench):
    frames = bench.frames(count=40, start_ns=50_000_000_000)
    moved = [
        replace(f, t_ns=f.t_ns - 49_000_000_000) if f.camera == "mouth" and k // 3 >= 20 else f
        for k, f in enumerate(frames)
    ]
    tracker, states = track(bench, moved)
    assert tracker.health.cameras["mouth"].faults == {"late": 4}
    assert tracker.health.cameras["eye_left"].bad_frames == 0
    assert states[-1].t_ns == pytest.approx(frames[-1].t_ns, abs=bench.step_ns)
    assert states[-1].tracked.all()
    assert all(b.t_ns >= a.t_ns for a, b in pairwise(states))


def test_all_cameras_on_a_new_clock_are_followed(bench):
    frames = bench.frames(count=10, start_ns=50_000_000_000) + bench.frames(count=20)
    tracker, states = track(bench, frames)
    assert all(camera.frames == 26 for camera in tracker.health.cameras.values())
    assert states[-1].tracked.all()


def test_all_cameras_pause_and_go_on(bench):
    frames = bench.frames(count=10) + bench.frames(count=10, start_ns=11_000_000_000)
    tracker, states = track(bench, frames)
    assert tracker.health.bad_frames <= 2
    assert states[-1].tracked.all()
    assert states[-1].t_ns == frames[-1].t_ns


def test_reports_come_at_most_once_a_second_of_capture_time(bench, caplog):
    frames = bench.frames(("mouth", "eye_left"), count=180)
    broken = [
        replace(f, gray=None) if f.camera == "mouth" and k > 1 else f for k, f in enumerate(frames)
    ]
    with caplog.at_level(logging.WARNING, "mien"):
        tracker, _ = track(bench, broken)
    assert tracker.health.cameras["mouth"].bad_frames == 179
    assert 2 <= len(caplog.records) <= 4

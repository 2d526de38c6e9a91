from __future__ import annotations

import itertools
import threading
import time

import numpy as np
import pytest
from tests.unit.capture.conftest import HEIGHT, WIDTH, picture

from mien.capture.newest_source import NewestSource
from mien.capture.push_source import PushSource
from mien.errors import FrameError, SourceError
from mien.runtime.tracker import Tracker
from mien.types import centred_camera

WAIT_S = 20


@pytest.fixture
def source(rig):
    return PushSource(rig, clock_ns=itertools.count(100, 10).__next__)


def test_frames_come_out_oldest_first_with_their_times(source):
    assert source.push("mouth", picture(1), t_ns=50)
    assert source.push("eye_left", picture(2), t_ns=40)
    assert source.push("eye_right", picture(3))
    frames = list(itertools.islice(source, 3))
    assert [(f.camera, f.t_ns) for f in frames] == [
        ("eye_left", 40),
        ("mouth", 50),
        ("eye_right", 100),
    ]
    np.testing.assert_array_equal(frames[1].gray, picture(1))


def test_the_newest_of_each_camera_wins_and_the_rest_is_counted(source):
    for i in range(5):
        source.push("mouth", picture(i))
    source.push("eye_left", picture(9))
    frames = list(itertools.islice(source, 2))
    assert [f.camera for f in frames] == ["mouth", "eye_left"]
    np.testing.assert_array_equal(frames[0].gray, picture(4))
    assert source.dropped == {"eye_left": 0, "eye_right": 0, "mouth": 4}


def test_the_image_may_be_overwritten_at_once(source):
    buffer = picture(1).copy()
    source.push("mouth", buffer)
    buffer[:] = 0
    np.testing.assert_array_equal(next(iter(source)).gray, picture(1))


def test_it_waits_for_frames_until_it_is_stopped(source):
    got = []
    reader = threading.Thread(target=lambda: got.extend(source))
    reader.start()
    source.push("mouth", picture(1))
    source.stop()
    reader.join(WAIT_S)
    assert not reader.is_alive()
    assert not source.push("mouth", picture(2))
    assert list(source) == []


def test_many_threads_push_and_nothing_is_lost_without_being_counted(rig):
    source = PushSource(rig)
    count, got = 300, []

    def pushes(camera):
        for i in range(count):
            source.push(camera, picture(0), t_ns=i)

    threads = [threading.Thread(target=pushes, args=(camera,)) for camera in rig]
    reader = threading.Thread(target=lambda: got.extend(source))
    for thread in (reader, *threads):
        thread.start()
    for thread in threads:
        thread.join(WAIT_S)
    while source._waiting:
        time.sleep(0.001)
    source.stop()
    reader.join(WAIT_S)
    for camera in rig:
        times = [frame.t_ns for frame in got if frame.camera == camera]
        assert times == sorted(set(times))
        assert times[-1] == count - 1
        assert len(times) + source.dropped[camera] == count


def test_what_cannot_be_a_frame_is_refused_where_it_is_pushed(source):
    with pytest.raises(FrameError, match="expected one of eye_left, eye_right, mouth, got 'nose'"):
        source.push("nose", picture(1))
    with pytest.raises(FrameError, match=r"expected gray8 of shape \(48, 64\), got \(48, 32\)"):
        source.push("mouth", picture(1, width=32))
    with pytest.raises(TypeError, match="got float64"):
        source.push("mouth", np.zeros((HEIGHT, WIDTH)))
    with pytest.raises(SourceError, match="got 'nose'"):
        PushSource({"nose": centred_camera(8, 8)})


def test_the_tracker_takes_it_as_it_is(source):
    assert NewestSource.of(source) is source
    assert source.is_live


@pytest.mark.model
def test_a_pushed_frame_becomes_a_face_state(rig):
    source = PushSource(rig)
    with Tracker.load() as tracker:
        source.push(
            "mouth", np.zeros((HEIGHT * 3 // 2, WIDTH), np.uint8), t_ns=7, pixel_format="nv12"
        )
        state = next(iter(tracker.track(source)))
    assert state.t_ns == 7
    assert not source.push("mouth", picture(0)), "the tracker has ended it"

"""A camera is timed by the clock and ends when it is gone; a clip stands in for the device."""

from __future__ import annotations

import itertools

import cv2
import numpy as np
from tests.unit.capture.conftest import STEP_NS, picture

from mien.capture.live_source import FAILED_READS_MAX, LiveSource


def clip_as_device(path):
    return lambda _index, *, fps=None: cv2.VideoCapture(str(path), cv2.CAP_FFMPEG)  # noqa: ARG005


def test_a_live_camera_is_timed_by_the_clock_and_ends_when_it_is_gone(video):
    ticks = itertools.count(100, STEP_NS)
    source = LiveSource(0, camera="mouth", opener=clip_as_device(video), clock_ns=ticks.__next__)
    with source:
        frames = list(source)
    assert [frame.t_ns for frame in frames] == [100 + i * STEP_NS for i in range(6)]
    np.testing.assert_array_equal(frames[5].gray, picture(5))
    assert source.last_reason == f"camera 0: {FAILED_READS_MAX} reads in a row gave nothing"


def test_a_clock_that_stands_still_does_not_repeat_a_time(video):
    source = LiveSource(0, camera="mouth", opener=clip_as_device(video), clock_ns=lambda: 5)
    assert [frame.t_ns for frame in source] == [5, 6, 7, 8, 9, 10]

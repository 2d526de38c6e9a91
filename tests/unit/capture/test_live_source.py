"""A camera of this machine that vanishes and returns. There is no camera here: a clip, and
drawn pictures behind OpenCV's interface, stand in for the device, and a made sysfs for Linux."""

from __future__ import annotations

import itertools
import threading

import cv2
import numpy as np
import pytest
from tests.unit.capture.conftest import HEIGHT, STEP_NS, WIDTH, picture
from tests.unit.capture.v4l2_tree import add_camera, made_tree, remove_camera

from mien.capture.camera_source import FIRST_WAIT_S, LAST_WAIT_S, Backoff
from mien.capture.live_source import LiveSource
from mien.capture.rig_file import write_rig
from mien.errors import SourceError
from mien.types import centred_camera


class Device:
    """OpenCV's capture of a V4L2 camera: pictures in order, then nothing, as if unplugged."""

    def __init__(self, count: int, *, stamps_ms=None, error: Exception | None = None) -> None:
        self.left, self.stamps_ms, self.error = count, list(stamps_ms or []), error
        self.is_released = False
        self.shown = -1

    def getBackendName(self):  # noqa: N802 - OpenCV's name
        return "V4L2"

    def grab(self):
        if self.left == 0 and self.error is not None:
            raise self.error
        self.left -= 1
        self.shown += 1
        return self.left >= 0

    def retrieve(self):
        return True, picture(self.shown)

    def get(self, key):
        assert key == 0
        return self.stamps_ms[self.shown] if self.stamps_ms else 0.0

    def release(self):
        self.is_released = True


class Plug:
    """Opens the devices in order; None: it cannot be opened at this try."""

    def __init__(self, *devices: Device | None) -> None:
        self.devices = list(devices)
        self.asked: list[object] = []

    def __call__(self, device, *, fps=None):  # noqa: ARG002
        self.asked.append(device)
        found = self.devices.pop(0) if self.devices else None
        if found is None:
            raise SourceError(f"camera {device}: expected a camera that opens, got none")
        return found


def opened(plug, *, device=0, waits=None, stop_after=1, **settings):
    """A source that is stopped at its n-th wait; what it waited is put into `waits`."""
    waits = [] if waits is None else waits

    def wait(seconds):
        waits.append(seconds)
        if len(waits) == stop_after:
            source.stop()

    settings.setdefault("clock_ns", itertools.count(100, STEP_NS).__next__)
    source = LiveSource(device, camera="mouth", opener=plug, wait=wait, **settings)
    return source


def clip_as_device(path):
    return lambda _index, *, fps=None: cv2.VideoCapture(str(path), cv2.CAP_FFMPEG)  # noqa: ARG005


def test_a_live_camera_is_timed_by_the_clock(video):
    ticks = itertools.count(100, STEP_NS)
    with opened(clip_as_device(video), clock_ns=ticks.__next__) as source:
        frames = list(source)
    assert [frame.t_ns for frame in frames] == [100 + i * STEP_NS for i in range(1, 6)]
    np.testing.assert_array_equal(frames[4].gray, picture(5))
    assert not source.links["mouth"].is_up
    assert source.links["mouth"].reason.startswith("camera 0: 30 reads in a row gave nothing")


def test_a_clock_that_stands_still_does_not_repeat_a_time(video):
    source = opened(clip_as_device(video), clock_ns=lambda: 5)
    assert [frame.t_ns for frame in source] == [6, 7, 8, 9, 10]


def test_the_stamp_of_the_driver_counts_where_it_is_on_our_clock():
    clock = itertools.count(5_000_000_000, 20_000_000).__next__
    stamps_ms = [4990.0, 5015.5, 1.0, 9999.0, float("nan"), 5090.25]
    source = opened(Plug(Device(6, stamps_ms=stamps_ms)), clock_ns=clock)
    told = [5_015_500_000, 5_040_000_000, 5_060_000_000, 5_080_000_000, 5_090_250_000]
    assert [frame.t_ns for frame in source] == told


def test_a_lost_camera_is_opened_again_after_doubling_waits():
    first, second = Device(3), Device(2, error=OSError("gone"))
    waits = []
    source = opened(Plug(first, None, None, second), waits=waits, stop_after=5)
    assert len(list(source)) == 2 + 2
    assert waits == [0.25, 0.5, 1.0, 0.25, 0.5]
    assert first.is_released
    assert second.is_released
    link = source.links["mouth"]
    assert (link.is_up, link.losses) == (False, 2)
    assert source.bad_frames == 0


def test_waits_end_at_their_longest_and_begin_anew():
    backoff = Backoff()
    waits = [backoff.next_s() for _ in range(8)]
    assert waits == [0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 8.0, 8.0]
    assert (waits[0], waits[-1]) == (FIRST_WAIT_S, LAST_WAIT_S)
    backoff.reset()
    assert backoff.next_s() == FIRST_WAIT_S


def test_loss_and_return_are_logged_once_each(caplog):
    clock = itertools.count(0, 2_000_000_000).__next__
    plug = Plug(Device(2), None, None, None, Device(1))
    list(opened(plug, stop_after=6, clock_ns=clock))
    told = [record.message for record in caplog.records]
    reasons = ("reads in a row gave nothing", "expected a camera that opens")
    expected = (*reasons, "mouth: camera 0: back", *reasons)
    assert len(told) == len(expected), told
    for message, part in zip(told, expected, strict=True):
        assert part in message


def test_a_camera_that_comes_and_goes_is_logged_once_a_second(caplog):
    plug = Plug(*(Device(2) for _ in range(20)))
    list(opened(plug, stop_after=20, clock_ns=itertools.count(0, 1000).__next__))
    assert len(caplog.records) == 1


def test_a_driver_that_hangs_is_given_up_sooner():
    clock = itertools.count(1, 10_000_000_000).__next__
    device = Device(3)
    source = opened(Plug(device), clock_ns=clock)
    assert len(list(source)) == 2
    assert "camera 0: 1 reads in a row gave nothing" in source.links["mouth"].reason


@pytest.mark.parametrize("is_node", [False, True])
def test_a_camera_returns_under_another_index(tmp_path, is_node):
    tree = made_tree(tmp_path)
    add_camera(tree, 0, serial="A1", port="1-1")
    add_camera(tree, 2, serial="B2", port="1-2")
    moved = iter(
        [lambda: remove_camera(tree, 0), lambda: add_camera(tree, 5, serial="A1", port="1-4")]
    )

    def wait(_seconds):
        next(moved, source.stop)()

    plug = Plug(Device(2), Device(3))
    device = str(tree.dev / "video0") if is_node else 0
    source = LiveSource(device, camera="mouth", opener=plug, wait=wait, tree=tree)
    assert len(list(source)) == 1 + 3
    assert plug.asked == [tree.dev / "video0" if is_node else 0, tree.dev / "video5"]


def test_a_stable_id_is_sought_where_it_is_now(tmp_path):
    tree = made_tree(tmp_path)
    add_camera(tree, 3, serial="A1", port="1-1")
    plug = Plug(Device(2))
    for stable_id in ("usb-Maker_Eye_A1-video-index0", "0c45:6366:A1", "0c45:6366"):
        plug = Plug(Device(2))
        source = opened(plug, device=stable_id, tree=tree)
        assert plug.asked == [tree.dev / "video3"]
        assert source.rig == {"mouth": centred_camera(WIDTH, HEIGHT)}
        source.close()


def test_with_a_rig_the_camera_may_come_later(tmp_path, caplog):
    write_rig(tmp_path / "rig.toml", {"mouth": centred_camera(WIDTH, HEIGHT)})
    plug = Plug(None, None, Device(2))
    source = opened(plug, rig=tmp_path / "rig.toml", stop_after=3)
    assert not source.links["mouth"].is_up
    assert "expected a camera that opens" in caplog.text
    assert len(list(source)) == 2
    with pytest.raises(SourceError, match="expected a camera that opens"):
        opened(Plug(None))


def test_a_device_of_another_size_than_the_rig_says_so_at_once(tmp_path):
    write_rig(tmp_path / "rig.toml", {"mouth": centred_camera(32, 32)})
    device = Device(2)
    with pytest.raises(SourceError, match="expected mouth of 64 x 48 as its pictures are"):
        opened(Plug(device), rig=tmp_path / "rig.toml")
    assert device.is_released


def test_stop_ends_a_wait_from_another_thread():
    source = LiveSource(0, camera="mouth", opener=Plug(Device(1)))
    reader = threading.Thread(target=lambda: list(source))
    reader.start()
    source.stop()
    reader.join(20)
    assert not reader.is_alive()


def test_a_stable_id_needs_linux(monkeypatch):
    monkeypatch.setattr("sys.platform", "darwin")
    with pytest.raises(SourceError, match="expected Linux, got darwin; use an index"):
        opened(Plug(), device="0c45:6366")

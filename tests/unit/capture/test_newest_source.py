from __future__ import annotations

import threading

import numpy as np
import pytest

from mien.capture.frame_source import FrameSource
from mien.capture.newest_source import NewestSource
from mien.errors import SourceError
from mien.types import Frame, centred_camera

GRAY = np.zeros((32, 32), np.uint8)
WAIT_S = 20


class Driver(FrameSource):
    """A live camera that the test makes deliver; it waits as drivers do."""

    is_live = True

    def __init__(self, camera: str, *, error: Exception | None = None) -> None:
        super().__init__({camera: centred_camera(32, 32)})
        self.camera, self.error = camera, error
        self.orders: list[int | None] = []
        self.more = threading.Condition()
        self.taken = 0
        self.is_closed = False

    def deliver(self, *times) -> None:
        """Deliver frames of these times; None ends the camera. Returns once all are taken."""
        with self.more:
            self.orders.extend(times)
            self.more.notify_all()
            total = self.taken + len(self.orders)
            assert self.more.wait_for(lambda: self.taken >= total, WAIT_S)

    def __iter__(self):
        while True:
            with self.more:
                # Asking for the next one says that the one before has been taken over.
                self.more.wait_for(lambda: self.orders)
                t_ns = self.orders.pop(0)
            if t_ns is not None:
                yield Frame(self.camera, t_ns, GRAY)
            with self.more:
                self.taken += 1
                self.more.notify_all()
            if t_ns is None:
                break
        if self.error is not None:
            raise self.error

    def close(self):
        self.is_closed = True


def started(*drivers):
    live = NewestSource(drivers)
    frames = iter(live)
    for driver in drivers:
        driver.orders.append(0)
    first = [next(frames).camera for _ in drivers]
    assert sorted(first) == sorted(driver.camera for driver in drivers)
    return live, frames


def test_a_frame_that_is_overtaken_is_dropped_and_counted():
    eye, mouth = Driver("eye_left"), Driver("mouth")
    live, frames = started(eye, mouth)
    eye.deliver(1, 3, 5)
    mouth.deliver(4)
    assert [(f.camera, f.t_ns) for f in (next(frames), next(frames))] == [
        ("mouth", 4),
        ("eye_left", 5),
    ]
    assert live.dropped == {"eye_left": 2, "mouth": 0}
    eye.deliver(None)
    mouth.deliver(None)
    assert list(frames) == []


def test_one_camera_that_ends_does_not_end_the_others():
    eye, mouth = Driver("eye_left", error=OSError("unplugged")), Driver("mouth")
    _, frames = started(eye, mouth)
    eye.orders.append(None)
    with eye.more:
        eye.more.notify_all()
    mouth.deliver(7)
    assert next(frames).t_ns == 7
    mouth.deliver(None)
    with pytest.raises(OSError, match="unplugged"):
        next(frames)


def test_stop_ends_a_wait_and_close_closes_what_ended():
    eye = Driver("eye_left")
    live, frames = started(eye)
    rest = []
    waiting = threading.Thread(target=lambda: rest.extend(frames))
    waiting.start()
    live.stop()
    waiting.join(WAIT_S)
    assert not waiting.is_alive()
    assert rest == []
    with eye.more:
        eye.orders.append(1)
        eye.more.notify_all()
    live.close()
    assert eye.is_closed


def test_a_camera_that_comes_twice_is_refused():
    with pytest.raises(SourceError, match="got mouth twice"):
        NewestSource([Driver("mouth"), Driver("mouth")])

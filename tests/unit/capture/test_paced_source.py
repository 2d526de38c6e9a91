from __future__ import annotations

import pytest
from tests.unit.capture.conftest import STEP_NS, some_frames
from tests.unit.capture.test_live_source import Device, Plug

from mien.capture.live_source import LiveSource
from mien.capture.paced_source import PacedSource
from mien.capture.sources import MemorySource, open_source
from mien.errors import SourceError


class Clock:
    """Time passes by waiting, and by `work_ns` each time it is asked for."""

    def __init__(self, work_ns: int = 0) -> None:
        self.now_ns, self.work_ns = 1_000_000, work_ns
        self.waits_ns: list[int] = []

    def __call__(self) -> int:
        self.now_ns += self.work_ns
        return self.now_ns

    def wait(self, seconds: float) -> None:
        self.waits_ns.append(round(seconds * 1e9))
        self.now_ns += self.waits_ns[-1]


@pytest.mark.parametrize(
    ("speed", "step_ns"), [(1.0, STEP_NS), (4.0, STEP_NS / 4), (0.5, 2 * STEP_NS)]
)
def test_frames_come_when_their_time_has_come(speed, step_ns):
    frames, clock = some_frames("mouth", 5), Clock()
    paced = PacedSource(MemorySource(frames), speed=speed, clock_ns=clock, wait=clock.wait)
    assert list(paced) == frames
    assert clock.waits_ns == pytest.approx([step_ns] * 4, abs=2)


def test_a_loop_that_is_too_slow_loses_no_frame():
    frames, clock = some_frames("mouth", 5), Clock(work_ns=2 * STEP_NS)
    assert (
        list(PacedSource(MemorySource(frames), speed=1, clock_ns=clock, wait=clock.wait)) == frames
    )
    assert clock.waits_ns == []


def test_a_session_is_the_same_at_any_pace(make_session):
    path = make_session(count=4)
    with open_source(path) as plain, open_source(path, speed=1000) as paced:
        assert paced.rig == plain.rig
        assert not paced.is_live
        told = [[(f.camera, f.t_ns, f.gray.tobytes()) for f in one] for one in (plain, paced)]
    assert told[0] == told[1]


def test_bad_frames_are_those_of_the_source():
    source = MemorySource(some_frames("mouth", 2))
    paced = PacedSource(source, speed=1000)
    source.count_bad("torn")
    assert (paced.bad_frames, paced.last_reason) == (1, "torn")


def test_stop_ends_it():
    paced = PacedSource(MemorySource(some_frames("mouth", 9)), speed=1000)
    taken = []
    for frame in paced:
        taken.append(frame)
        paced.stop()
    assert len(taken) == 1


def test_what_cannot_be_paced_says_so():
    live = LiveSource(0, camera="mouth", opener=Plug(Device(2)))
    with pytest.raises(SourceError, match="expected a stored source, got a live camera"):
        PacedSource(live, speed=1)
    for speed in (0, -1, float("nan"), 1e9):
        with pytest.raises(SourceError, match=r"speed: expected 0.01..1000, got"):
            PacedSource(MemorySource([]), speed=speed)

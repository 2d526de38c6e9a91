from __future__ import annotations

import logging
from dataclasses import replace
from threading import Event, Thread

import numpy as np
import pytest

from mien import schema
from mien.capture.frame_source import FrameSource
from mien.capture.push_source import PushSource
from mien.config import TrackerConfig
from mien.errors import ConfigError
from mien.runtime.tracker import Tracker

STILL = TrackerConfig(is_adaptive=False)
JAW = schema.VALUE_INDEX["jaw_drop"]
LID_LEFT = schema.VALUE_INDEX["lid_closure_left"]


def track(bench, frames, *, config=STILL, model=None, rig=None, error=None):
    tracker = Tracker(model or bench.probe(), config=config)
    states = list(tracker.track(bench.source(frames, rig, error=error)))
    return tracker, states


def test_each_frame_gives_one_state_at_its_time(bench):
    frames = bench.frames(count=6)
    tracker, states = track(bench, frames)
    assert [state.t_ns for state in states] == [f.t_ns for f in frames]
    assert tracker.health.states == 18
    assert tracker.health.bad_frames == 0
    assert all(state.tracked.all() for state in states[2:])
    assert states[-1].seen_ns[JAW] == frames[-1].t_ns
    assert states[-1].seen_ns[LID_LEFT] == frames[-3].t_ns


def test_a_state_comes_before_the_next_frame_is_asked_for(bench):
    pulled = []

    def frames():
        for frame in bench.frames(count=3):
            pulled.append(frame)
            yield frame

    states = Tracker(bench.probe(), config=STILL).track(bench.source(frames()))
    for count in range(1, 10):
        assert next(states).t_ns == pulled[-1].t_ns
        assert len(pulled) == count


def test_cameras_of_different_rates_each_give_their_states(bench):
    slow = bench.frames(("mouth",), count=10)[::3]
    fast = bench.frames(("eye_left",), count=10)
    frames = sorted(slow + fast, key=lambda f: f.t_ns)
    _, states = track(bench, frames)
    assert [s.t_ns for s in states] == [f.t_ns for f in frames]
    assert all(s.tracked[JAW] and s.tracked[LID_LEFT] for s in states[1:])


def test_what_a_camera_says_does_not_depend_on_when_the_others_speak(bench):
    """Frames of other cameras between its own change nothing of what one camera sees."""
    rng = np.random.default_rng(5)
    frames = [
        replace(f, gray=np.roll(f.gray, rng.integers(-9, 9), axis=1)) for f in bench.frames(count=9)
    ]
    _, states = track(bench, frames, config=TrackerConfig())
    shuffled = [frames[3 * k + at] for k in range(9) for at in rng.permutation(3)]
    _, others = track(bench, shuffled, config=TrackerConfig())
    assert states[-1].values.tobytes() == others[-1].values.tobytes()


def test_a_dark_right_half_means_left_for_every_camera(bench):
    """Camera images show the wearer's left on their right."""
    _, states = track(bench, bench.frames(dark_at=0.75))
    units = states[-1].units
    assert units["gaze_yaw_left"] == pytest.approx(schema.GAZE_MAX_RAD / 2)
    assert units["gaze_yaw_right"] == pytest.approx(schema.GAZE_MAX_RAD / 2)
    assert units["lip_corner_puller_left"] == pytest.approx(0.9)
    assert units["lip_corner_puller_right"] == pytest.approx(0.1)


def test_a_dark_left_half_means_right_for_every_camera(bench):
    _, states = track(bench, bench.frames(dark_at=0.25))
    units = states[-1].units
    assert units["gaze_yaw_left"] == pytest.approx(-schema.GAZE_MAX_RAD / 2)
    assert units["gaze_yaw_right"] == pytest.approx(-schema.GAZE_MAX_RAD / 2)
    assert units["gaze_pitch_right"] == pytest.approx(schema.GAZE_MAX_RAD / 2)
    assert units["lip_corner_puller_left"] == pytest.approx(0.1)
    assert units["lip_corner_puller_right"] == pytest.approx(0.9)


@pytest.mark.parametrize("missing", schema.CAMERAS)
def test_a_missing_camera_leaves_the_others_alone(bench, missing):
    cameras = tuple(camera for camera in schema.CAMERAS if camera != missing)
    frames = bench.frames(cameras)
    _, states = track(bench, frames)
    _, whole = track(bench, bench.frames())
    state = states[-1]
    assert len(states) == len(frames)
    for name, index in schema.VALUE_INDEX.items():
        unit = schema.UNIT_OF_VALUE[name]
        of_missing = unit.cameras == (("mouth",) if missing == "mouth" else ("eye",)) and (
            missing == "mouth" or name.endswith(missing.removeprefix("eye"))
        )
        assert state.valid[index] == (not of_missing), name
        if len(unit.cameras) == 1 and not of_missing:
            assert state.values[index] == whole[-1].values[index], name


def test_a_value_both_cameras_see_falls_back_to_the_one_that_is_there(bench):
    index = schema.VALUE_INDEX["cheek_raiser_left"]
    fusion = {"cheek_raiser_left": {"eye": 0.75, "mouth": 0.25}}
    model = bench.probe(fusion=fusion)
    _, both = track(bench, bench.frames(), model=model)
    _, eye = track(bench, bench.frames(("eye_left",)), model=model)
    _, mouth = track(bench, bench.frames(("mouth",)), model=model)
    assert both[-1].values[index] == pytest.approx(0.75 * 0.3 + 0.25 * 0.9)
    assert eye[-1].values[index] == pytest.approx(0.3)
    assert mouth[-1].values[index] == pytest.approx(0.9)


def test_untrained_values_are_zero_and_not_valid(bench):
    trained = [name for name in schema.VALUE_NAMES if name != "jaw_drop"]
    _, states = track(bench, bench.frames(), model=bench.probe(trained=trained))
    index = schema.VALUE_INDEX["jaw_drop"]
    assert not states[-1].valid[index]
    assert not states[-1].tracked[index]
    assert states[-1].values[index] == 0


def test_a_camera_that_falls_silent_fades_and_comes_back(bench):
    frames = bench.frames(count=90)
    gap = [f for k, f in enumerate(frames) if f.camera != "mouth" or not 30 <= k // 3 < 75]
    tracker = Tracker(bench.probe(), config=STILL)
    states, is_silent = {}, {}
    for state in tracker.track(bench.source(gap)):
        step = (state.t_ns - frames[0].t_ns) // bench.step_ns
        states[step], is_silent[step] = state, tracker.health.cameras["mouth"].is_silent
    held = states[29].values[JAW]
    assert held > 0
    assert all(states[k].tracked[JAW] == (k < 36 or k >= 75) for k in states)
    assert states[34].values[JAW] == held
    assert 0 < states[44].values[JAW] < held
    assert states[60].values[JAW] == 0
    assert states[60].valid[JAW]
    assert (is_silent[40], is_silent[70], is_silent[80]) == (False, True, False)
    assert states[89].values[JAW] == pytest.approx(held)


def test_without_frames_the_face_can_still_be_asked_for(bench):
    tracker, states = track(bench, bench.frames(("mouth",), count=3))
    last = states[-1]
    later = [tracker.face_at(last.t_ns + ms * 1_000_000) for ms in (0, 250, 400)]
    assert [s.values[JAW] / last.values[JAW] for s in later] == pytest.approx([1, 0.5, 0])
    assert [bool(s.tracked[JAW]) for s in later] == [True, False, False]
    assert tracker.face_at(0).t_ns == later[-1].t_ns


def test_a_lost_eye_does_not_drag_the_other(bench):
    frames = bench.frames(count=40)
    lost = [f for k, f in enumerate(frames) if f.camera != "eye_right" or k // 3 < 5]
    _, states = track(bench, lost)
    _, whole = track(bench, frames)
    left = [i for n, i in schema.VALUE_INDEX.items() if n.endswith("_left")]
    assert np.array_equal(states[-1].values[left], whole[-1].values[left])


def test_a_source_that_fails_midway_keeps_its_states_and_says_so(bench, caplog):
    with caplog.at_level(logging.ERROR, "mien"):
        tracker, states = track(bench, bench.frames(count=4)[:-1], error=OSError("unplugged"))
    assert len(states) == 11
    assert tracker.health.source_error == "OSError: unplugged"
    assert "unplugged" in caplog.text


def test_the_same_frames_give_the_same_bits(bench):
    rng = np.random.default_rng(4)
    frames = [
        replace(f, gray=np.roll(f.gray, rng.integers(-6, 6), axis=1))
        for f in bench.frames(count=40)
    ]
    first = track(bench, frames, config=TrackerConfig())[1]
    tracker, second = track(bench, frames, config=TrackerConfig())
    again = list(tracker.track(bench.source(frames)))
    for one, two, three in zip(first, second, again, strict=True):
        assert one.values.tobytes() == two.values.tobytes() == three.values.tobytes()


class LiveSource(FrameSource):
    """Frames as fast as they are taken, so that the tracker overtakes or is overtaken."""

    is_live = True

    def __init__(self, frames, rig):
        super().__init__(rig)
        self.frames = frames

    def __iter__(self):
        yield from self.frames


def test_a_replay_of_what_a_live_run_took_gives_the_same_bits(bench, monkeypatch):
    tracker, taken = Tracker(bench.probe()), []
    step = tracker.step

    def noting(frame):
        taken.append(frame)
        return step(frame)

    monkeypatch.setattr(tracker, "step", noting)
    live = list(tracker.track(LiveSource(bench.frames(count=60), bench.rig)))
    counts = tracker.health.cameras.values()
    assert sum(one.frames + one.dropped for one in counts) == 180
    replay = list(Tracker(bench.probe()).track(bench.source(taken)))
    assert len(live) == len(replay) == len(taken)
    for one, two in zip(live, replay, strict=True):
        assert (one.t_ns, one.values.tobytes()) == (two.t_ns, two.values.tobytes())


def test_a_state_is_not_changed_by_the_next(bench):
    states = []
    copies = []
    for state in Tracker(bench.probe()).track(bench.source(bench.frames(count=20))):
        states.append(state)
        copies.append(state.values.copy())
    assert all(np.array_equal(s.values, c) for s, c in zip(states, copies, strict=True))


def test_a_clock_measures_and_changes_nothing(bench):
    ticks = iter(range(0, 10**9, 100))
    tracker = Tracker(bench.probe(), clock_ns=lambda: next(ticks))
    measured = list(tracker.track(bench.source(bench.frames(count=5))))
    plain = list(Tracker(bench.probe()).track(bench.source(bench.frames(count=5))))
    assert [len(times) for times in tracker.timings.per_step_ns.values()] == [15] * 6
    assert all(np.array_equal(a.values, b.values) for a, b in zip(measured, plain, strict=True))


def test_frames_can_be_pushed(bench):
    tracker = Tracker(bench.probe(), config=STILL)
    tracker.start(bench.rig)
    frames = bench.frames(count=3)
    pulled = track(bench, frames)[1]
    for frame, expected in zip(frames, pulled, strict=True):
        assert np.array_equal(tracker.step(frame).values, expected.values)
    assert tracker.step(frames[0]) is None


def test_a_callback_gets_every_state_and_can_cancel(bench):
    tracker, got = Tracker(bench.probe(), config=STILL), []

    def on_state(state):
        got.append(state)
        if len(got) == 4:
            tracker.cancel()

    health = tracker.run(bench.source(bench.frames(count=9)), on_state)
    assert len(got) == health.states == 4
    assert tracker.run(bench.source(bench.frames(count=1)), got.append).states == 3


def test_cancel_ends_a_wait_for_frames_that_never_come(bench):
    source, tracker, is_tracking = PushSource(bench.rig), Tracker(bench.probe()), Event()
    loop = Thread(target=tracker.run, args=(source, lambda _state: is_tracking.set()))
    loop.start()
    source.push("mouth", bench.frames(("mouth",))[0].gray, t_ns=1)
    assert is_tracking.wait(60)
    tracker.cancel()
    loop.join(60)
    assert not loop.is_alive()
    assert tracker.health.states == 1


def test_rows_that_are_not_contiguous_are_taken(bench):
    frames = bench.frames(("mouth",), count=3)
    wide = [replace(f, gray=np.repeat(f.gray, 2, axis=1)[:, ::2]) for f in frames]
    rig = {"mouth": bench.rig["mouth"]}
    one, two = track(bench, frames, rig=rig)[1], track(bench, wide, rig=rig)[1]
    assert np.array_equal(one[-1].values, two[-1].values)


def test_an_unknown_camera_in_the_rig_stops_at_the_start(bench):
    tracker = Tracker(bench.probe())
    with pytest.raises(ConfigError, match="rig: expected cameras of"):
        tracker.start({"nose": bench.rig["mouth"]})


def test_a_closed_tracker_can_be_closed_again(bench):
    with Tracker(bench.probe()) as tracker:
        list(tracker.track(bench.source(bench.frames(count=2))))
    tracker.close()

from __future__ import annotations

import logging
from dataclasses import replace

import numpy as np
import pytest

from mien import schema
from mien.config import TrackerConfig
from mien.errors import ConfigError
from mien.runtime.tracker import Tracker
from mien.types import Frame

STILL = TrackerConfig(is_adaptive=False)


def track(bench, frames, *, config=STILL, model=None, rig=None, error=None):
    tracker = Tracker(model or bench.probe(), config=config)
    states = list(tracker.track(bench.source(frames, rig, error=error)))
    return tracker, states


def test_each_group_of_frames_gives_one_state_at_its_newest_time(bench):
    frames = bench.frames(count=6)
    tracker, states = track(bench, frames)
    assert [state.t_ns for state in states] == [f.t_ns for f in frames if f.camera == "mouth"]
    assert tracker.health.states == 6
    assert tracker.health.bad_frames == 0
    assert all(state.tracked.all() for state in states)


def test_a_group_is_given_out_as_soon_as_its_last_camera_delivers(bench):
    pulled = []

    def frames():
        for frame in bench.frames(count=3):
            pulled.append(frame)
            yield frame

    states = Tracker(bench.probe(), config=STILL).track(bench.source(frames()))
    next(states)
    assert len(pulled) == 3


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
    _, states = track(bench, bench.frames(cameras))
    _, whole = track(bench, bench.frames())
    state = states[-1]
    assert len(states) == len(whole)
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
    assert len(states) == 6
    assert (health.frames, health.bad_frames) == (5, 1)
    assert "expected (96, 96) uint8" in health.last_reason
    jaw = schema.VALUE_INDEX["jaw_drop"]
    assert [bool(state.tracked[jaw]) for state in states] == [True, True, False, True, True, True]
    assert states[2].values[jaw] == pytest.approx(states[1].values[jaw], abs=1e-5)


@pytest.mark.parametrize("t_ns", [None, 1.5, "soon", True, -(10**12), 10**18])
def test_a_bad_time_is_counted_and_the_loop_goes_on(bench, t_ns):
    frames = bench.frames(count=6)
    frames[8] = replace(frames[8], t_ns=t_ns)
    tracker, states = track(bench, frames)
    assert tracker.health.cameras["mouth"].bad_frames == 1
    assert len(states) == 6
    assert states[-1].tracked.all()


@pytest.mark.parametrize("thing", [None, 7, "frame"])
def test_what_is_no_frame_is_counted(bench, thing):
    frames = bench.frames(count=3)
    tracker, states = track(bench, [*frames[:3], thing, *frames[3:]])
    assert tracker.health.bad_frames == 1
    assert len(states) == 3


def test_a_frame_of_an_unknown_camera_is_counted(bench):
    frames = bench.frames(count=3)
    frames.insert(4, Frame("tongue_cam", 5_000, bench.picture(0.5)))
    tracker, states = track(bench, frames)
    assert tracker.health.cameras["tongue_cam"].bad_frames == 1
    assert len(states) == 3


def test_repeated_and_backward_times_are_skipped(bench):
    frames = bench.frames(("mouth",), count=6)
    frames[3] = replace(frames[3], t_ns=frames[2].t_ns)
    frames[4] = replace(frames[4], t_ns=frames[1].t_ns)
    tracker, states = track(bench, frames, rig={"mouth": bench.rig["mouth"]})
    times = [state.t_ns for state in states]
    assert tracker.health.cameras["mouth"].bad_frames == 2
    assert times == sorted(set(times))
    assert len(times) == 4


def test_another_resolution_midway_is_reported_and_the_old_one_may_come_back(bench):
    frames = bench.frames(("mouth",), count=12)
    small = bench.picture(0.75, size=64)
    for index in range(4, 8):
        frames[index] = replace(frames[index], gray=small)
    tracker, states = track(bench, frames, rig={"mouth": bench.rig["mouth"]})
    assert len(states) == 8
    assert "got (64, 64)" in tracker.health.cameras["mouth"].last_reason


def test_a_camera_that_falls_silent_and_comes_back_is_tracked_again(bench):
    frames = bench.frames(count=90)
    gap = [f for k, f in enumerate(frames) if f.camera != "mouth" or not 30 <= k // 3 < 75]
    tracker = Tracker(bench.probe(), config=STILL)
    is_silent = []
    states = []
    for state in tracker.track(bench.source(gap)):
        states.append(state)
        is_silent.append(tracker.health.cameras["mouth"].is_silent)
    jaw = schema.VALUE_INDEX["jaw_drop"]
    # On its return it was not waited for: its first frame makes a state of its own.
    assert len(states) == 91
    assert states[29].tracked[jaw]
    assert not states[40].tracked[jaw]
    assert states[40].valid[jaw]
    assert states[40].values[jaw] == pytest.approx(states[29].values[jaw])
    assert not is_silent[35]
    assert is_silent[70]
    assert states[80].tracked[jaw]
    assert not is_silent[80]


def test_a_lost_eye_does_not_drag_the_other(bench):
    frames = bench.frames(count=40)
    lost = [f for k, f in enumerate(frames) if f.camera != "eye_right" or k // 3 < 5]
    _, states = track(bench, lost)
    _, whole = track(bench, frames)
    left = [i for n, i in schema.VALUE_INDEX.items() if n.endswith("_left")]
    assert np.array_equal(states[-1].values[left], whole[-1].values[left])


def test_a_silent_camera_is_no_longer_waited_for(bench):
    """The group of the cameras that live is given out with its own last frame."""
    frames = [f for f in bench.frames(count=60) if f.camera != "mouth"]
    pulled = []

    def counted():
        for frame in frames:
            pulled.append(frame)
            yield frame

    tracker = Tracker(bench.probe(), config=STILL)
    for state in tracker.track(bench.source(counted())):
        if tracker.health.cameras["mouth"].is_silent and state is not None:
            behind = pulled[-1].t_ns - state.t_ns
    assert behind == 0


def test_a_source_that_fails_midway_keeps_its_states_and_says_so(bench, caplog):
    with caplog.at_level(logging.ERROR, "mien"):
        tracker, states = track(bench, bench.frames(count=4)[:-1], error=OSError("unplugged"))
    assert len(states) == 4
    assert tracker.health.source_error == "OSError: unplugged"
    assert "unplugged" in caplog.text


def test_a_camera_clock_that_restarts_is_followed(bench):
    early = bench.frames(("mouth",), count=10, start_ns=50_000_000_000)
    late = bench.frames(("mouth",), count=20, start_ns=1_000)
    tracker, states = track(bench, early + late, rig={"mouth": bench.rig["mouth"]})
    assert tracker.health.cameras["mouth"].bad_frames == 4
    assert len(states) == 26
    assert states[-1].t_ns == late[-1].t_ns


def test_reports_come_at_most_once_a_second_of_capture_time(bench, caplog):
    frames = bench.frames(("mouth", "eye_left"), count=180)
    broken = [
        replace(f, gray=None) if f.camera == "mouth" and k > 1 else f for k, f in enumerate(frames)
    ]
    with caplog.at_level(logging.WARNING, "mien"):
        tracker, _ = track(bench, broken)
    assert tracker.health.cameras["mouth"].bad_frames == 179
    assert 2 <= len(caplog.records) <= 4


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
    assert [len(times) for times in tracker.timings.per_step_ns.values()] == [5] * 5
    assert all(np.array_equal(a.values, b.values) for a, b in zip(measured, plain, strict=True))


def test_frames_can_be_pushed(bench):
    tracker = Tracker(bench.probe(), config=STILL)
    tracker.start(bench.rig)
    frames = bench.frames(count=3)
    pulled = track(bench, frames)[1]
    for index in range(3):
        state = tracker.step(frames[3 * index : 3 * index + 3])
        assert state is not None
        assert np.array_equal(state.values, pulled[index].values)
    assert tracker.step([]) is None
    assert tracker.step(frames[:3]) is None


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

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from mien import schema
from mien.capture.cues import cue_fault
from mien.errors import SourceError
from mien.synth.motion import Motion, make_motion
from mien.synth.slip import draw_slip, ride, slip_matrix
from mien.synth.spontaneous import spontaneous_curves


def _motion(split="train", seed=0, **kwargs) -> Motion:
    return make_motion(split, np.random.default_rng(seed), fps=30.0, **kwargs)


@pytest.mark.parametrize("split", ["train", "validation", "test"])
@pytest.mark.parametrize("seconds", [None, 10.0, 30.0])
def test_truth_stays_in_range(split, seconds):
    motion = _motion(split, 1, seconds=seconds)
    assert motion.values.shape == (len(motion.t_ns), schema.VALUE_COUNT)
    for name, column in zip(schema.VALUE_NAMES, motion.values.T, strict=True):
        low = -schema.GAZE_MAX_RAD if name in schema.GAZE_NAMES else 0.0
        assert low <= column.min(), name
        assert column.max() <= (schema.GAZE_MAX_RAD if low else 1.0), name


def test_cues_are_valid_and_in_order():
    cues = _motion(seed=2).cues
    assert [cue_fault(cue) for cue in cues if cue_fault(cue)] == []
    assert all(a.end_ns <= b.start_ns for a, b in pairwise(cues))


def test_every_unit_is_taken_twice_with_rest_around():
    motion = _motion(seed=3, unavailable=("tongue_out",))
    takes = [cue.name for cue in motion.cues if cue.kind == "take"]
    for unit in schema.UNITS:
        expected = 0 if unit.is_gaze or unit.name == "tongue_out" else 2
        assert takes.count(unit.name) == expected, unit.name
    for before, cue, after in zip(motion.cues, motion.cues[1:], motion.cues[2:], strict=False):
        if cue.kind == "take":
            assert before.kind == after.kind == "neutral"


def test_a_take_moves_its_unit_and_comes_back():
    motion = _motion(seed=4)
    for cue in motion.cues:
        if cue.kind != "take" or "lid_closure" in cue.name:
            continue
        unit = schema.UNIT_BY_NAME.get(cue.name)
        names = schema.value_names(unit) if unit else (cue.name,)
        inside = (motion.t_ns >= cue.start_ns) & (motion.t_ns < cue.end_ns)
        columns = [schema.VALUE_INDEX[name] for name in names]
        values = motion.values[inside][:, columns]
        assert values.max() > 0.3, cue.name
        assert values[0].max() < 0.05
        assert values[-1].max() < 0.12


def test_what_the_head_lacks_stays_at_rest():
    motion = _motion(seed=5, unavailable=("tongue_out", "lip_tightener_left"))
    for name in ("tongue_out", "lip_tightener_left"):
        assert not motion.values[:, schema.VALUE_INDEX[name]].any()


def test_gaze_follows_its_cues():
    motion = _motion(seed=6)
    yaw = motion.values[:, schema.VALUE_INDEX["gaze_yaw_left"]]
    cues = [cue for cue in motion.cues if cue.kind == "gaze"]
    ends = np.searchsorted(motion.t_ns, [cue.end_ns for cue in cues]) - 1
    targets = np.array([cue.yaw_rad for cue in cues])
    assert np.corrcoef(yaw[ends], targets)[0, 1] > 0.95


def test_a_short_session_shows_many_units():
    motion = _motion("test", 7, seconds=12.0)
    moved = motion.values[:, : len(schema.WEIGHT_NAMES)].max(axis=0) > 0.4
    assert moved.sum() >= 14
    assert 10 < len(motion.t_ns) / 30 < 14


def test_the_same_seed_gives_the_same_motion_and_another_does_not():
    one, two, other = _motion(seed=8), _motion(seed=8), _motion(seed=9)
    assert np.array_equal(one.values, two.values)
    assert not np.array_equal(one.values[:100], other.values[:100])


def test_a_motion_file_is_replayed(tmp_path):
    t = np.arange(300) / 30
    path = tmp_path / "take.npz"
    np.savez(path, names=["JawOpen", "BrowInnerUp"], time_s=t, values=np.full((300, 2), 0.4))
    rows = spontaneous_curves(60, 30.0, np.random.default_rng(0), path=path)
    assert np.allclose(rows[:, schema.VALUE_INDEX["jaw_drop"]], 0.4)
    assert np.allclose(rows[:, schema.VALUE_INDEX["inner_brow_raiser_left"]], 0.4)


def test_a_motion_file_without_curves_is_refused(tmp_path):
    path = tmp_path / "bad.npz"
    np.savez(path, names=["JawOpen"])
    with pytest.raises(SourceError, match=r"expected a \.npz with names, time_s, values"):
        spontaneous_curves(60, 30.0, np.random.default_rng(0), path=path)


def test_a_tight_fit_rides_up_on_the_cheeks():
    values = np.zeros((60, schema.VALUE_COUNT), np.float32)
    for side in schema.SIDES:
        values[20:, schema.VALUE_INDEX[f"cheek_raiser_{side}"]] = 1.0
    moved = ride(values, 30.0, tightness=1.0)
    assert (moved[:20] == 0).all()
    # The headset goes up, so the head goes down in it.
    assert moved[-1, 1] == pytest.approx(-1.4, abs=0.01)
    assert np.abs(moved[-1, [0, 4, 5]]).max() == 0
    assert (ride(values, 30.0, tightness=0.0) == 0).all()
    values[:, schema.VALUE_INDEX["cheek_raiser_right"]] = 0.0
    assert ride(values, 30.0, tightness=1.0)[-1, 5] > 0.005


def test_slip_is_rigid_and_small():
    slip = draw_slip(3000, 30.0, np.random.default_rng(1))
    moved = slip - slip[0]
    assert np.abs(moved[:, :3]).max() < 8.0
    assert np.abs(moved[:, 3:]).max() < np.radians(7)
    assert np.median(np.linalg.norm(np.diff(slip[:, :3], axis=0), axis=1)) < 0.05
    matrix = slip_matrix(slip[1500])
    assert np.allclose(matrix[:3, :3] @ matrix[:3, :3].T, np.eye(3))

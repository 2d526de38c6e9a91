from __future__ import annotations

import numpy as np
import pytest

from mien.runtime.recalibration import NEUTRAL_LIMIT, TOP_FLOOR, Recalibration, _Blink

NAMES = ("lid_closure_left", "lip_corner_puller_left", "gaze_yaw_left")
LID, SMILE, YAW = range(3)
FPS = 60


def run(curve, column, *, recalibration=None):
    recalibration = recalibration or Recalibration(NAMES)
    out = []
    for step, value in enumerate(curve):
        values = np.zeros(len(NAMES), np.float32)
        values[column] = value
        t_ns = int(step / FPS * 1e9)
        out.append(recalibration.run(values, t_ns=t_ns)[column].item())
    return np.array(out), recalibration


def blinking(open_at, shut_at, *, seconds=20, every_s=3.0):
    time_s = np.arange(int(seconds * FPS)) / FPS
    phase_s = (time_s + every_s / 2) % every_s - every_s / 2
    return open_at + (shut_at - open_at) * np.exp(-((phase_s / 0.07) ** 2))


@pytest.mark.parametrize(("open_at", "shut_at"), [(0.0, 0.6), (0.15, 0.7), (0.2, 0.95), (0.0, 1.0)])
def test_the_lid_of_an_unseen_wearer_comes_to_span_its_range(open_at, shut_at):
    got, _ = run(blinking(open_at, shut_at), LID)
    late = got[10 * FPS :]
    assert late.max() > 0.9
    assert np.median(late) < 0.06


def test_the_neutral_is_bounded():
    got, recalibration = run(np.full(120 * FPS, 0.8), SMILE)
    assert recalibration.neutral.max() <= NEUTRAL_LIMIT
    assert got[-1] >= (0.8 - NEUTRAL_LIMIT) / (1 - NEUTRAL_LIMIT) - 1e-5


def test_the_gain_is_bounded():
    _, recalibration = run(blinking(0.0, 0.25, seconds=60), LID)
    assert recalibration.top[LID] >= TOP_FLOOR


def test_a_short_smile_is_hardly_learnt_away():
    curve = np.zeros(8 * FPS)
    curve[4 * FPS : 6 * FPS] = 0.8
    got, _ = run(curve, SMILE)
    assert got[4 * FPS : 6 * FPS].min() > 0.75


def test_only_lids_learn_a_range():
    _, recalibration = run(blinking(0.0, 0.6), SMILE)
    assert recalibration.top[SMILE] == 1.0


def test_gaze_is_left_alone():
    curve = np.linspace(-0.7, 0.7, 300)
    got, _ = run(curve, YAW)
    assert np.array_equal(got, curve.astype(np.float32))


def test_a_slip_rereads_the_neutral_fast():
    slow, fast = Recalibration(NAMES), Recalibration(NAMES)
    for recalibration in (slow, fast):
        run(np.zeros(2 * FPS), SMILE, recalibration=recalibration)
    fast.reread()
    for recalibration in (slow, fast):
        run(np.full(FPS, 0.2), SMILE, recalibration=recalibration)
    assert fast.neutral[SMILE] > 5 * slow.neutral[SMILE]


def test_the_output_depends_on_the_past_only():
    curve = blinking(0.1, 0.8)
    whole, _ = run(curve, LID)
    part, _ = run(curve[:600], LID)
    assert np.array_equal(whole[:600], part)


def test_the_rate_of_frames_hardly_matters():
    curve = np.full(10 * FPS, 0.6)
    _, every = run(curve, SMILE)
    third = Recalibration(NAMES)
    for step in range(0, 10 * FPS, 3):
        values = np.zeros(len(NAMES), np.float32)
        values[SMILE] = 0.6
        third.run(values, t_ns=int(step / FPS * 1e9))
    assert third.neutral[SMILE] == pytest.approx(every.neutral[SMILE], abs=0.02)


def test_lids_of_two_eyes_that_differ_even_out_in_rest_and_range():
    sides = ((0.0, 0.95), (0.2, 0.7))
    late = [run(blinking(*side, seconds=40), LID)[0][30 * FPS :] for side in sides]
    assert abs(late[0].max() - late[1].max()) < 0.05
    assert abs(np.median(late[0]) - np.median(late[1])) < 0.05


def test_the_way_open_of_a_strong_blink_is_no_blink_of_its_own():
    curve = np.tile(np.concatenate([np.zeros(FPS), np.linspace(0, 1, 6), np.linspace(1, 0, 8)]), 20)
    _, recalibration = run(curve, LID)
    assert recalibration.top[LID] > 0.97


def test_two_blinks_in_a_row_are_two():
    blink, peaks = _Blink(), []
    for frame, rise in enumerate((0, 0.9, 0.1, 0.9, 0.1, 0.9, 0.1)):
        peaks.append(blink.step(rise, t_ns=frame * 50_000_000))
    assert [peak for peak in peaks if peak] == [0.9, 0.9, 0.9]

from __future__ import annotations

import json
from dataclasses import asdict

import numpy as np
import pytest

from mien import schema
from mien.capture.values import ValueTable
from mien.study.micro_truth import MicroTruth
from mien.study.spot_score import SpotOutcome, judge_spots, spot_score
from mien.train.spotting import Spot

MS = 1_000_000
PERIOD = 20 * MS
JUDGED = [(0, 10_000 * MS)]


def spot(onset_ms, offset_ms, units=("jaw_drop",)):
    apex_ms = (onset_ms + offset_ms) // 2
    heights = dict.fromkeys(units, 0.2)
    return Spot(onset_ms * MS, apex_ms * MS, offset_ms * MS, 10.0, heights)


def truth(onset_ms, offset_ms, intensity=0.2):
    apex_ms = (onset_ms + offset_ms) // 2
    return MicroTruth(onset_ms * MS, apex_ms * MS, offset_ms * MS, intensity)


def values(**moving):
    rows = np.zeros((2, schema.VALUE_COUNT), np.float32)
    for name, value in moving.items():
        rows[:, schema.VALUE_INDEX[name]] = value
    return ValueTable(np.array([0, 10_000 * MS], np.int64), rows)


def judge(spots, truths, judged=JUDGED, known=None):
    exact = known or values(jaw_drop=0.2)
    return judge_spots(spots, truths, judged=judged, period_ns=PERIOD, values=exact)


def test_an_overlap_of_half_is_a_hit_and_less_is_both_a_miss_and_a_false_alarm():
    assert judge([spot(1000, 1180)], [truth(1000, 1380)]).is_hit == (True,)  # 200 of 400 ms
    missed = judge([spot(1000, 1160)], [truth(1000, 1380)])
    assert (missed.is_hit, missed.false) == ((False,), 1)


def test_one_frame_is_as_long_as_a_frame():
    assert judge([spot(500, 500)], [truth(500, 500)]).is_hit == (True,)
    assert judge([spot(500, 500)], [truth(520, 520)]).is_hit == (False,)


def test_a_true_one_is_hit_once_and_the_best_overlap_counts():
    outcome = judge([spot(1000, 1200), spot(1000, 1300)], [truth(1000, 1300)])
    assert (outcome.is_hit, outcome.false, outcome.apex_error_ms) == ((True,), 1, (0.0,))


def test_what_is_outside_the_judged_spans_does_not_count():
    assert judge([spot(1000, 1200)], [], judged=[(0, 900 * MS)]).false == 0
    assert judge([spot(1000, 1200)], []).false == 1


def test_the_clearest_unit_must_truly_move():
    said = [spot(1000, 1300, ("jaw_drop", "jaw_left")), spot(3000, 3300, ("jaw_left", "jaw_drop"))]
    assert judge(said, [truth(1000, 1300), truth(3000, 3300)]).is_unit_right == (True, False)


def test_f1_pools_sessions_and_a_bin_bears_its_share_of_false_alarms():
    outcomes = [
        SpotOutcome((0.1, 0.3), (False, True), (10.0,), (True,), 1),
        SpotOutcome((0.1, 0.3), (True, True), (20.0, 30.0), (True, False), 1),
    ]
    whole = spot_score(outcomes)
    assert (whole.true, whole.hits, whole.false) == (4, 3, 2)
    assert whole.f1 == pytest.approx(2 * 3 / (4 + 5))
    assert whole.apex_error_ms == pytest.approx(20)
    low = spot_score(outcomes, (0.05, 0.15))
    assert (low.true, low.hits, low.false) == (2, 1, 1)
    assert low.apex_error_ms == pytest.approx(20)
    assert low.f1 == pytest.approx(2 / (2 + 2))


def test_nothing_to_find_and_nothing_found_is_no_success():
    assert spot_score([]).f1 == 0.0


def test_an_outcome_survives_json():
    outcome = SpotOutcome((0.1,), (True,), (3.5,), (False,), 2)
    assert SpotOutcome.of_json(json.loads(json.dumps(asdict(outcome)))) == outcome

from __future__ import annotations

import json

import numpy as np
import pytest

from mien import metrics, schema

RNG = np.random.default_rng(3)
TRUTH = RNG.uniform(0, 1, (200, schema.VALUE_COUNT)).astype(np.float32)


def test_the_truth_scores_perfectly():
    scores = metrics.score(TRUTH, TRUTH)
    assert scores.mean_r == pytest.approx(1.0)
    assert scores.mean_mae == 0.0
    assert list(scores.units) == list(schema.VALUE_NAMES)


def test_r_and_mae_equal_numpy_in_float64():
    got = (0.5 * TRUTH + RNG.normal(0, 0.1, TRUTH.shape)).astype(np.float32)
    scores = metrics.score(TRUTH, got)
    for column, name in enumerate(schema.VALUE_NAMES):
        truth, value = TRUTH[:, column].astype(float), got[:, column].astype(float)
        assert scores.units[name].r == pytest.approx(np.corrcoef(truth, value)[0, 1])
        assert scores.units[name].mae == pytest.approx(np.abs(truth - value).mean())


def test_a_value_that_stands_still_in_truth_has_no_r_and_stays_out_of_the_means():
    truth = TRUTH.copy()
    truth[:, 0] = 0.2
    got = truth.copy()
    got[:, 0] = 0.9
    scores = metrics.score(truth, got)
    still = scores.units[schema.VALUE_NAMES[0]]
    assert still.r is None
    assert still.mae == pytest.approx(0.7)
    assert scores.mean_mae == 0.0


def test_a_dead_curve_over_a_moving_truth_has_r_zero_and_counts():
    got = TRUTH.copy()
    got[:, 0] = 0.5
    scores = metrics.score(TRUTH, got)
    assert scores.units[schema.VALUE_NAMES[0]].r == 0.0
    assert scores.mean_r == pytest.approx((schema.VALUE_COUNT - 1) / schema.VALUE_COUNT)


def test_nan_and_invalid_rows_are_left_out():
    truth, got = TRUTH.copy(), TRUTH.copy()
    valid = np.ones(TRUTH.shape, np.bool_)
    got[:10, 1] = np.nan
    truth[10:30, 1] = np.nan
    valid[30:60, 1] = False
    got[30:60, 1] = 99
    unit = metrics.score(truth, got, valid).units[schema.VALUE_NAMES[1]]
    assert unit.n == len(TRUTH) - 60
    assert unit.mae == 0.0


def test_nothing_to_compare_is_none_not_nan():
    scores = metrics.score(TRUTH, np.full_like(TRUTH, np.nan))
    assert scores.mean_r is None
    assert scores.units[schema.VALUE_NAMES[0]] == metrics.ValueScore(mae=None, r=None, n=0)
    assert "NaN" not in json.dumps(scores.as_json())


def test_the_json_has_exactly_the_agreed_keys():
    report = metrics.score(TRUTH, TRUTH).as_json()
    assert set(report) == {"units", "mean_r", "mean_mae"}
    assert all(set(unit) == {"mae", "r", "n"} for unit in report["units"].values())


def test_a_shuffled_truth_scores_near_zero():
    time_s = np.linspace(0, 20, 2000)
    truth = np.stack([np.sin(time_s + k) for k in range(schema.VALUE_COUNT)], axis=1)
    scores = metrics.score(metrics.shuffled(truth, seed=5), truth)
    assert scores.mean_r is not None
    assert abs(scores.mean_r) < 0.05


def test_other_shapes_are_refused():
    with pytest.raises(ValueError, match=r"got: expected shape \(200, 49\)"):
        metrics.score(TRUTH, TRUTH[:, :3])

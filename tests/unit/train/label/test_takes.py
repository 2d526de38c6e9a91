from __future__ import annotations

import numpy as np

from mien.train.label_config import LabelConfig
from mien.train.takes import find_take, stray_rises

CONFIG = LabelConfig()
NEUTRAL = np.r_[np.ones(30, bool), np.zeros(60, bool), np.ones(30, bool)]


def hump(first=30, last=90, top=3.0):
    curve = np.zeros(120)
    curve[first:last] = top * np.sin(np.pi * (np.arange(last - first) + 0.5) / (last - first)) ** 2
    return curve + 0.02 * np.sin(np.arange(120) * 1.7)


def test_a_clean_hump_is_a_take():
    take = find_take(hump(), NEUTRAL, CONFIG)
    assert take.refusal == ""
    assert 54 <= take.peak <= 60  # where the curve reaches its top, not the noisiest frame there
    assert 30 <= take.start <= 40
    assert 80 <= take.end <= 90
    assert 2.8 < take.peak_px < 3.1


def test_a_take_that_never_ends_is_refused():
    curve = hump()
    curve[60:] = 3.0
    assert "no clean fall" in find_take(curve, NEUTRAL, CONFIG).refusal


def test_a_take_that_has_begun_before_is_refused():
    curve = hump()
    curve[:60] = 3.0
    assert "no clean rise" in find_take(curve, NEUTRAL, CONFIG).refusal


def test_a_take_that_ends_elsewhere_is_refused():
    assert "no clean fall" in find_take(hump(), NEUTRAL, CONFIG, drift_px=2.0).refusal


def test_two_movements_under_one_cue_are_refused():
    curve = np.maximum(hump(30, 55), hump(62, 90))
    assert "more than once" in find_take(curve, NEUTRAL, CONFIG).refusal


def test_noise_is_no_take():
    noise = np.random.default_rng(0).normal(size=120)
    assert "noise" in find_take(noise, NEUTRAL, CONFIG).refusal


def test_too_little_motion_is_no_take():
    assert "px at most" in find_take(hump(top=0.05), NEUTRAL, CONFIG).refusal


def test_without_rest_there_is_no_take():
    assert find_take(hump(), np.zeros(120, bool), CONFIG).refusal


def test_a_blink_beside_a_cue_is_no_part_of_the_take():
    curve = hump()
    curve[8:14] = 2.5
    stray = stray_rises(curve, NEUTRAL, CONFIG)
    assert np.flatnonzero(stray).tolist() == list(range(7, 15))
    assert "rises more than once" in find_take(curve, NEUTRAL, CONFIG).refusal


def test_a_movement_that_outlasts_its_cue_is_not_stray():
    assert not stray_rises(hump(first=20, last=100), NEUTRAL, CONFIG).any()

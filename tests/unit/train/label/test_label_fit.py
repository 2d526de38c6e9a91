"""A headset that is pushed by the face, and one that merely slips."""

from __future__ import annotations

import numpy as np

from mien.train.label_fit import rides
from mien.vision.motion import Slip

FRAMES = 60
NEUTRAL = np.r_[np.ones(12, bool), np.zeros(36, bool), np.ones(12, bool)]
HUMP = np.r_[np.zeros(12), np.sin(np.linspace(0, np.pi, 36)) ** 2, np.zeros(12)]


def slips(x_px, y_px):
    return [Slip(tx=float(x), ty=float(y)) for x, y in zip(x_px, y_px, strict=True)]


def judge(*takes):
    return rides(takes, [2 * HUMP] * len(takes), [NEUTRAL] * len(takes))


def test_a_headset_that_follows_the_unit_rides():
    assert judge(slips(0.5 * HUMP, -1.5 * HUMP), slips(0.4 * HUMP, -1.2 * HUMP))


def test_drift_is_not_a_ride():
    drift = np.linspace(0, 3, FRAMES)
    assert not judge(slips(drift, 0 * drift), slips(drift, -drift))
    assert judge(slips(drift, drift - 1.5 * HUMP), slips(0 * drift, -1.5 * HUMP))


def test_a_jolt_in_one_take_is_not_a_ride():
    assert not judge(slips(1.5 * HUMP, 0 * HUMP), slips(0 * HUMP, 0 * HUMP))
    assert not judge(slips(1.5 * HUMP, 0 * HUMP), slips(-1.4 * HUMP, 0 * HUMP))


def test_what_is_too_small_to_matter_is_left_alone():
    assert not judge(slips(0.1 * HUMP, 0 * HUMP))

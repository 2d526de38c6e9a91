from __future__ import annotations

import numpy as np

from mien.runtime.gate import LONGEST_REST_S, RestGate

STEP_NS = 16_666_667


def crops(shifts, *, noise=3.0, seed=0):
    """A textured crop whose middle is moved by each of the shifts, in pixels, with noise."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:128, :128]
    for shift in shifts:
        inside = (abs(x - 64) < 40) & (abs(y - 64) < 40)
        at = y - np.where(inside, shift, 0.0)
        clean = 40 * np.sin(at / 7) * np.cos(x / 9)
        yield np.clip(clean + rng.normal(0, noise, clean.shape), -128, 127).astype(np.int8)


def looks(shifts, *, gate=None, start=0, **kind):
    gate = gate or RestGate()
    return [
        gate.must_look(crop, t_ns=(start + step) * STEP_NS)
        for step, crop in enumerate(crops(shifts, **kind))
    ]


def test_a_face_at_rest_is_looked_at_now_and_then():
    got = looks([0.0] * 360)
    assert got[0]
    assert sum(got) == 1 + int(359 * STEP_NS * 1e-9 / LONGEST_REST_S)


def test_strong_noise_is_learnt_and_then_no_longer_taken_for_movement():
    got = looks([0.0] * 900, noise=40.0)
    assert sum(got[-300:]) < 30


def test_the_first_frame_of_a_movement_is_looked_at():
    got = looks([*[0.0] * 60, *np.arange(1, 11) * 0.8])
    assert all(got[60:])


def test_slow_movement_adds_up():
    got = looks([*[0.0] * 60, *np.arange(1, 121) * 0.05])
    assert 4 <= sum(got[61:]) < 120


def test_what_is_forgotten_is_looked_at_again():
    gate = RestGate()
    looks([0.0] * 10, gate=gate)
    gate.forget()
    assert looks([0.0] * 2, gate=gate, start=10) == [True, False]


def test_the_same_crops_give_the_same_answers():
    shifts = np.random.default_rng(3).normal(0, 0.4, 200).cumsum() * 0.3
    assert looks(shifts) == looks(shifts)

from __future__ import annotations

import numpy as np
import pytest

from mien.config import CROP_SIZE
from mien.runtime.neutral import LEAST_CROPS, SLOTS, NeutralCrop

STEP_NS = 100_000_000
RNG = np.random.default_rng(0)
REST, SMILE = (RNG.integers(-90, 90, (16, 16)).repeat(8, 0).repeat(8, 1) for _ in range(2))


def crop(face):
    return (face + RNG.integers(-20, 20, (CROP_SIZE, CROP_SIZE))).clip(-128, 127).astype(np.int8)


def shows(neutral, face):
    """Whether the neutral is of this face rather than the other."""
    other = SMILE if face is REST else REST
    near, far = (np.abs(neutral.crop - known.astype(float)).mean() for known in (face, other))
    return near < far


def see(neutral, faces, *, start_ns=0, step_ns=STEP_NS):
    """Show faces one after the other; returns the time after them."""
    for number, face in enumerate(faces):
        neutral.see(crop(face), t_ns=start_ns + number * step_ns)
    return start_ns + len(faces) * step_ns


def test_the_first_crop_serves_until_enough_was_seen():
    neutral = NeutralCrop()
    assert neutral.crop is None
    t_ns = see(neutral, [SMILE] + [REST] * (LEAST_CROPS - 2))
    assert shows(neutral, SMILE)
    see(neutral, [REST], start_ns=t_ns)
    assert shows(neutral, REST)
    assert neutral.crop.shape == (CROP_SIZE, CROP_SIZE)
    assert neutral.crop.dtype == np.int8


@pytest.mark.parametrize("order", [[REST] * 6 + [SMILE] * 3, [SMILE] * 3 + [REST] * 6])
def test_what_is_seen_less_than_half_of_the_time_is_not_the_neutral(order):
    neutral = NeutralCrop()
    see(neutral, order)
    assert shows(neutral, REST)


def test_a_wrong_start_mends_itself():
    neutral = NeutralCrop()
    t_ns = see(neutral, [SMILE] * LEAST_CROPS)
    assert shows(neutral, SMILE)
    see(neutral, [REST] * (2 * LEAST_CROPS), start_ns=t_ns, step_ns=10 * STEP_NS)
    assert shows(neutral, REST)


def test_a_held_smile_does_not_become_the_neutral():
    neutral = NeutralCrop()
    t_ns = see(neutral, [REST] * SLOTS, step_ns=10 * STEP_NS)
    see(neutral, [SMILE] * 10, start_ns=t_ns, step_ns=10 * STEP_NS)
    assert shows(neutral, REST)


def test_after_a_slip_the_old_one_serves_until_there_is_a_new_one():
    neutral = NeutralCrop()
    t_ns = see(neutral, [REST] * SLOTS)
    neutral.forget()
    assert shows(neutral, REST)
    see(neutral, [SMILE] * LEAST_CROPS, start_ns=t_ns)
    assert shows(neutral, SMILE)


def test_crops_closer_in_time_are_passed_over_and_a_clock_that_went_back_is_believed():
    neutral = NeutralCrop()
    see(neutral, [SMILE] + [REST] * 99, start_ns=10**12, step_ns=10_000)
    assert shows(neutral, SMILE)
    see(neutral, [REST] * LEAST_CROPS, start_ns=0)
    assert shows(neutral, REST)


def test_the_neutral_is_a_copy():
    neutral = NeutralCrop()
    image = crop(REST)
    for number in range(LEAST_CROPS):
        neutral.see(image, t_ns=number * STEP_NS)
    kept = neutral.crop.copy()
    image[:] = 0
    assert np.array_equal(neutral.crop, kept)

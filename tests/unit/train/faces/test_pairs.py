from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from mien.train.faces.faces import Portraits
from mien.train.faces.pairs import draw_pairs, equal_error_rate, roc, verify_identity

SCORES = arrays(np.float64, st.integers(2, 40), elements=st.integers(-5, 5).map(float))


def portraits(people, takes=2, pictures=2):
    names = [f"p{one}" for one in range(people) for _ in range(takes * pictures)]
    of_take = [f"t{one}" for one in range(people * takes) for _ in range(pictures)]
    return Portraits(
        pictures=np.zeros((len(names), 4, 4), np.uint8),
        people=np.array(names),
        takes=np.array(of_take),
    )


def test_pairs_are_of_one_person_in_two_recordings_and_of_two_people():
    found = portraits(people=5)
    same, different = draw_pairs(found, seed=0)
    assert len(same) == len(different) == 5 * 4
    assert (found.people[same[:, 0]] == found.people[same[:, 1]]).all()
    assert (found.takes[same[:, 0]] != found.takes[same[:, 1]]).all()
    assert (found.people[different[:, 0]] != found.people[different[:, 1]]).all()


def test_people_that_are_told_apart_give_no_error_and_noise_gives_half():
    found = portraits(people=20)
    of_person = np.unique(found.people, return_inverse=True)[1]
    clear = verify_identity(np.eye(20, dtype=np.float32)[of_person], found, seed=0)
    assert clear.equal_error_rate == 0
    assert dict(clear.roc)[0.01] == 1
    noise = np.random.default_rng(0).normal(size=(len(found), 160)).astype(np.float32)
    blind = verify_identity(noise, found, seed=0)
    assert blind.equal_error_rate == pytest.approx(0.5, abs=0.1)
    assert blind.people == 20


def test_pairs_of_a_large_set_are_drawn_of_some_whole_people():
    found = portraits(people=700)
    same, different = draw_pairs(found, seed=0)
    used = set(same.ravel().tolist()) | set(different.ravel().tolist())
    assert 1900 < len(used) <= 2000
    again, _ = draw_pairs(found, seed=0)
    other, _ = draw_pairs(found, seed=1)
    assert np.array_equal(same, again)
    assert not np.array_equal(same, other)


def test_without_pairs_there_is_no_verification():
    features = np.ones((4, 160), np.float32)
    assert verify_identity(features, portraits(people=1), seed=0) is None
    assert verify_identity(features, portraits(people=2, takes=1), seed=0) is None


def test_a_curve_worked_out_by_hand():
    curve = roc(np.array([0.9, 0.8, 0.4]), np.array([0.5, 0.3, 0.1, 0.0]))
    assert curve[:5, 0].tolist() == [0, 0, 0, 0.25, 0.25]
    assert curve[:5, 1].tolist() == pytest.approx([0, 1 / 3, 2 / 3, 2 / 3, 1])
    assert equal_error_rate(curve) == pytest.approx(0.25)


@given(SCORES, SCORES)
def test_the_curve_rises_and_the_rate_is_where_errors_meet(same, different):
    curve = roc(same, different)
    assert (np.diff(curve, axis=0) >= 0).all()
    assert curve[0].tolist() == [0, 0]
    assert curve[-1].tolist() == [1, 1]
    rate = equal_error_rate(curve)
    # Swapping the roles of the two kinds turns the curve about: what was an error is none.
    assert equal_error_rate(roc(-different, -same)) == pytest.approx(rate)
    assert 0 <= rate <= 1

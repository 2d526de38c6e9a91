from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

pytest.importorskip("cv2", reason="needs OpenCV")

from mien.train.faces.votes import EXPRESSIONS, VOTINGS, target

NEUTRAL, HAPPY, SURPRISE, SAD, ANGRY, _, FEAR, _, UNKNOWN, NO_FACE = range(10)


def votes(**counts):
    row = np.zeros(10, np.int64)
    for name, count in counts.items():
        row[globals()[name.upper()]] = count
    return row


def told(row, voting):
    found = target(row, voting)
    if found is None:
        return None
    return {EXPRESSIONS[at]: round(float(found[at]), 3) for at in np.flatnonzero(found)}


@pytest.mark.parametrize(
    ("row", "majority", "soft"),
    [
        # All agree.
        (votes(happy=10), {"happiness": 1.0}, {"happiness": 1.0}),
        # A single vote does not count: 6 of 9 are left.
        (votes(neutral=6, sad=3, fear=1), {"neutral": 1.0}, {"neutral": 0.667, "sadness": 0.333}),
        # Half is no majority.
        (votes(neutral=5, sad=5), None, {"neutral": 0.5, "sadness": 0.5}),
        # Single votes for the unknown do not count either.
        (
            votes(neutral=5, sad=4, unknown=1),
            {"neutral": 1.0},
            {"neutral": 0.556, "sadness": 0.444},
        ),
        # Three quarters are told: the third is left out.
        (votes(neutral=7, sad=2), {"neutral": 1.0}, {"neutral": 1.0}),
        # Two that are tied come together.
        (
            votes(surprise=6, fear=2, happy=2),
            {"surprise": 1.0},
            {"surprise": 0.6, "fear": 0.2, "happiness": 0.2},
        ),
        (votes(surprise=5, fear=3, happy=2), None, {"surprise": 0.625, "fear": 0.375}),
        (votes(neutral=8, sad=2), {"neutral": 1.0}, {"neutral": 1.0}),
        # Most hold it for unknown, or for no face.
        (votes(unknown=6, sad=4), None, None),
        (votes(no_face=10), None, None),
        # Unknown comes second and ends it; what was told before is enough, or is not.
        (votes(neutral=6, unknown=4), {"neutral": 1.0}, {"neutral": 1.0}),
        (votes(neutral=5, unknown=3, sad=2), None, None),
        # Everyone says something else.
        (votes(neutral=1, happy=1, surprise=1, sad=1, angry=1, fear=1), None, None),
        (votes(neutral=3, happy=3, surprise=2, sad=2), None, None),
    ],
)
def test_votes_tell_what_the_published_rule_says(row, majority, soft):
    assert told(row, "majority") == majority
    assert told(row, "soft") == soft


@given(
    st.lists(st.integers(0, 9), min_size=0, max_size=10),
    st.sampled_from(VOTINGS),
)
def test_a_target_is_a_distribution_over_what_was_voted_for(ballots, voting):
    row = np.bincount(np.array(ballots, int), minlength=10)
    before = row.copy()
    found = target(row, voting)
    assert np.array_equal(row, before)
    if found is not None:
        assert found.sum() == pytest.approx(1)
        assert (row[np.flatnonzero(found)] > 1).all()
        assert row[found.argmax()] >= row[8:][row[8:] > 1].max(initial=0)


def published_soft(left):
    """The authors' loop in other words, step by step."""
    found, total, told_votes, number, is_open = [0] * 10, sum(left), 0, 0, True
    while told_votes < 0.75 * total and number < 3 and is_open:
        most = max(left)
        for at in [number for number, count in enumerate(left) if count == most]:
            found[at], left[at] = most, 0
            told_votes, number = told_votes + most, number + 1
            if at >= UNKNOWN:
                is_open = False
                if sum(found) > most:
                    found[at] = 0
                    number -= 1
                break
    is_told = sum(found) * 2 > total and number <= 3
    return found if is_told else [0] * 10


def published(row, voting):
    """A slow twin."""
    left = [int(count) if count > 1 else 0 for count in row]
    if voting == "majority":
        found = [count if count * 2 > sum(left) else 0 for count in left]
    else:
        found = published_soft(left)
    if not any(found) or found.index(max(found)) >= UNKNOWN:
        return None
    return np.array(found[:8]) / sum(found[:8])


@given(
    st.lists(st.integers(0, 9), min_size=1, max_size=10),
    st.sampled_from(VOTINGS),
)
def test_the_rule_is_the_published_loop(ballots, voting):
    row = np.bincount(np.array(ballots, int), minlength=10)
    found, expected = target(row, voting), published(row, voting)
    assert (found is None) == (expected is None)
    if expected is not None:
        assert found == pytest.approx(expected)

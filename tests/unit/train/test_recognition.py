from __future__ import annotations

import numpy as np
import pytest

from mien.train.faces.pairs import equal_error_rate, true_matches
from mien.train.recognition import Likes, Visit, curve_of, pair_likes, pairs


def visits_of(vectors: np.ndarray, *, persons: int, headsets: int, visits: int) -> list[Visit]:
    return [
        Visit(p, p % headsets, p * visits + v, {"eye": vectors[p * visits + v]})
        for p in range(persons)
        for v in range(visits)
    ]


def test_no_pair_mixes_headsets_or_lies_within_a_visit() -> None:
    vectors = np.random.default_rng(0).normal(size=(24, 160)).astype(np.float32)
    found = pairs(visits_of(vectors, persons=12, headsets=3, visits=2))
    assert found
    assert all(a.headset == b.headset and a.session != b.session for a, b in found)
    # Of each headset: 4 wearers; 4 pairs of one wearer, 6 x 4 of two.
    assert sum(a.person == b.person for a, b in found) == 12
    assert sum(a.person != b.person for a, b in found) == 72


def test_random_vectors_have_an_equal_error_rate_of_a_half() -> None:
    vectors = np.random.default_rng(1).normal(size=(160, 160)).astype(np.float32)
    likes = pair_likes(visits_of(vectors, persons=40, headsets=4, visits=4))
    assert equal_error_rate(curve_of(likes)) == pytest.approx(0.5, abs=0.06)


def test_faces_that_are_alike_only_to_themselves_have_none() -> None:
    rng = np.random.default_rng(2)
    faces = rng.normal(size=(20, 160))
    seen = np.repeat(faces, 2, axis=0) + 0.2 * rng.normal(size=(40, 160))
    likes = pair_likes(visits_of(seen.astype(np.float32), persons=20, headsets=2, visits=2))
    curve = curve_of(likes)
    assert equal_error_rate(curve) == 0
    assert true_matches(curve, 0.01) == 1


def test_the_curve_of_scores_that_overlap_by_hand() -> None:
    # Thresholds from high to low: 4 (same), 3 (other), 2 (same), 1 (other).
    curve = curve_of(Likes(np.array([4.0, 2.0]), np.array([3.0, 1.0])))
    assert curve.tolist() == [[0, 0], [0, 0.5], [0.5, 0.5], [0.5, 1], [1, 1]]
    assert equal_error_rate(curve) == 0.5


def test_only_the_cameras_asked_for_count() -> None:
    same, other = np.eye(2, 160, dtype=np.float32)
    one = Visit(0, 0, 0, {"eye": same, "mouth": same})
    two = Visit(1, 0, 1, {"eye": same, "mouth": other})
    assert pair_likes([one, two], ["eye"]).other.tolist() == [1.0]
    assert pair_likes([one, two], ["mouth"]).other.tolist() == [0.0]
    assert pair_likes([one, two]).other.tolist() == [0.5]

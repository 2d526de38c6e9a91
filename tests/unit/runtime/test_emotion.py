from __future__ import annotations

import numpy as np
import pytest

from mien.runtime.emotion import EMOTIONS, fused_emotion
from mien.runtime.wearer_vector import UNKNOWN, VECTOR_SIZE, likeness, wearer_vector


def logits_for(emotion: str) -> np.ndarray:
    return 4.0 * np.eye(len(EMOTIONS))[EMOTIONS.index(emotion)]


def test_the_surer_camera_decides() -> None:
    said = [logits_for("anger"), logits_for("surprise")]
    for confidence, winner in (((0.9, 0.1), "anger"), ((0.2, 0.8), "surprise")):
        chances = fused_emotion(said, confidence)
        assert chances.sum() == pytest.approx(1)
        assert EMOTIONS[int(chances.argmax())] == winner


def test_a_camera_that_sees_nothing_counts_nothing() -> None:
    alone = fused_emotion([logits_for("fear")], [0.7])
    beside = fused_emotion([logits_for("fear"), logits_for("anger")], [0.7, 0.0])
    np.testing.assert_allclose(alone, beside)


def test_no_camera_gives_no_emotion() -> None:
    assert np.isnan(fused_emotion([], [])).all()
    assert np.isnan(fused_emotion([logits_for("fear")], [0.0])).all()


def test_a_wearers_vector_is_the_mean_direction_of_the_crops() -> None:
    vectors = np.zeros((2, VECTOR_SIZE), np.float32)
    vectors[0, 0], vectors[1, 1] = 5.0, 0.1
    vector = wearer_vector(vectors)
    np.testing.assert_allclose(vector[:2], 0.5**0.5, rtol=1e-6)
    assert likeness(vector, vector) == pytest.approx(1)


def test_an_unknown_wearer_is_like_nobody() -> None:
    assert not wearer_vector(np.zeros((3, VECTOR_SIZE), np.float32)).any()
    assert likeness(UNKNOWN, np.ones(VECTOR_SIZE, np.float32)) == 0

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from mien.errors import TrainError
from mien.train.labels import TakeMark, join, rows_of

T_NS = np.arange(5, dtype=np.int64) * 10


@pytest.fixture
def two_sessions():
    return join(
        [
            rows_of(
                "jaw_drop", T_NS, T_NS / 40, source="metric", mark=TakeMark(3, 0, 20, 40),
                confidence=0.75, session="b",
            ),
            rows_of("gaze_yaw_left", T_NS, 0.2, source="cue", session="a"),
            rows_of(
                "lip_pucker", T_NS, 0.4, source="spontaneous",
                mark=TakeMark(4, 0, 10, 20, "too small"), session="b",
            ),
        ]
    )  # fmt: skip


def test_dense_labels_stand_at_their_frames_and_what_is_masked_is_zero(two_sessions):
    values, confidences = two_sessions.dense("b", np.array([5, 10, 20, 99], np.int64))
    assert confidences.sum() == 2 * 0.75
    assert values.max() == 0.5
    assert np.count_nonzero(values) == 2


def test_rows_are_sorted_whatever_the_order_they_came_in(two_sessions):
    parts = [two_sessions.of("b"), two_sessions.of("a")]
    shuffled = [part.where(np.arange(len(part))[::-1]) for part in parts]
    again = join(shuffled)
    for column in ("session", "t_ns", "name", "value", "refusal"):
        assert np.array_equal(getattr(again, column), getattr(two_sessions, column))


def test_a_refused_row_is_not_usable(two_sessions):
    assert len(two_sessions) == 15
    assert len(two_sessions.usable()) == 10
    assert two_sessions.refusals == ("", "too small")


def test_an_unknown_session_is_refused(two_sessions):
    with pytest.raises(TrainError, match="expected one of"):
        two_sessions.of("c")


def test_labelling_needs_no_torch():
    code = (
        "import sys, mien.train.labeller, mien.train.label_accuracy; print('torch' in sys.modules)"
    )
    asked = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert asked.stdout.strip() == "False"

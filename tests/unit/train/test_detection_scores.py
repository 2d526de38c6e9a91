"""F1 and average precision on cases that are counted by hand."""

from __future__ import annotations

import numpy as np
import pytest

from mien.runtime.unit_boxes import Detections
from mien.train.detection_scores import (
    average_precision,
    best_threshold,
    class_columns,
    f1,
    score_class,
)

SHOWN = np.array([True, True, False, False])


@pytest.mark.parametrize(
    ("scores", "right", "expected"),
    [
        ([0.9, 0.8, 0.2, 0.1], [1, 1, 0, 0], 1.0),
        ([0.1, 0.2, 0.8, 0.9], [1, 1, 0, 0], 0.5),  # 1/3 at the first, 2/4 at both
        ([0.9, 0.5, 0.7, 0.1], [1, 1, 0, 0], 0.5 + 0.5 * 2 / 3),
        ([0.9, 0.8, 0.2, 0.1], [1, 0, 0, 0], 0.5),  # one is found with a poor rectangle
        ([0.5, 0.5, 0.5, 0.5], [1, 1, 0, 0], 0.5),  # equal scores count at once
    ],
)
def test_average_precision_of_known_cases(scores, right, expected):
    found = average_precision(np.array(scores), np.array(right, bool), positives=2)
    assert found == pytest.approx(expected)


def test_f1_of_known_cases():
    assert f1(SHOWN, SHOWN) == 1
    assert f1(~SHOWN, SHOWN) == 0
    assert f1(np.array([True, False, True, False]), SHOWN) == 0.5
    assert f1(np.zeros(4, bool), np.zeros(4, bool)) == 0


def test_the_best_threshold_gives_the_best_f1_of_all_thresholds():
    rng = np.random.default_rng(3)
    for _ in range(20):
        scores, shown = rng.integers(0, 8, 30) / 8, rng.random(30) < 0.4
        best = f1(scores >= best_threshold(scores, shown), shown)
        assert best == max(f1(scores >= least, shown) for least in np.arange(-0.1, 1.1, 0.03))
    assert best_threshold(np.zeros(3), np.zeros(3, bool)) == 0.5


def test_a_poor_rectangle_costs_precision_but_not_f1():
    scores, ious = np.array([0.9, 0.8, 0.2, 0.1]), np.array([0.9, 0.3, 0.0, 0.0])
    told = score_class(scores, ious, SHOWN, least=0.5)
    assert (told.shown, told.of, told.f1, told.ap) == (2, 4, 1.0, 0.5)
    assert told.iou == pytest.approx(0.6)
    never = score_class(scores, ious, np.zeros(4, bool), least=0.5)
    assert (never.shown, never.f1, never.ap, never.iou) == (0, None, None, None)


def test_what_is_not_known_does_not_count():
    box = [0.1, 0.1, 0.5, 0.5]
    exact = np.array(
        [[[*box, 1.0]], [[np.nan] * 4 + [0.0]], [[np.nan] * 4 + [1.0]], [[*box, np.nan]]],
        np.float32,
    )
    found = Detections(np.arange(4.0)[:, None], np.tile(np.float32(box), (4, 1, 1)))
    scores, ious, shown = class_columns(found, exact, 0)
    assert scores.tolist() == [0, 1]
    assert shown.tolist() == [True, False]
    assert ious[0] == 1

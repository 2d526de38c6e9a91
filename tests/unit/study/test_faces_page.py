from __future__ import annotations

import math

import pytest

from mien.study.faces_page import BASELINE, JOINT, SWAPPED, faces_markdown, write_faces_study
from mien.study.faces_score import accuracy, by_class, confusion, over_runs, sign_test

SETTINGS = {"has_neutral": True, "votes": "majority", "shuffle_labels": False}


def result(split, joint, baseline=None, swapped=None):
    return {
        "split": split,
        "seed": 0,
        "network": "small",
        "expressions": ["neutral", "anger"],
        "train": 30,
        "test": 10,
        "people": 3,
        "identity": {
            "source": "subjects of the training folds",
            "people": 9,
            "pictures": 90,
            "verification": {
                "people": 3, "pairs": [20, 20], "equal_error_rate": 0.125, "roc": [[0.01, 0.5]],
            },
        },
        "epochs": {},
        "confusion": {BASELINE: baseline or joint, JOINT: joint, SWAPPED: swapped or joint},
        "only_right": {BASELINE: [1, 4], SWAPPED: [0, 4]},
        "action_units": {"12": {"pictures": 12, BASELINE: 6, JOINT: 9}},
    }  # fmt: skip


def report(*results):
    data = {"expressions": ["neutral", "anger"], "pictures": [10, 10], "splits": 2}
    return {"CK+": {**data, "has_landmarks": True, "results": list(results)}}


TOLD = report(
    result("fold00", [[5, 0], [1, 4]], baseline=[[4, 1], [2, 3]], swapped=[[3, 2], [2, 3]]),
    result("fold01", [[5, 0], [0, 5]], baseline=[[5, 0], [1, 4]], swapped=[[5, 0], [2, 3]]),
)


def test_confusions_add_up_over_folds():
    results = TOLD["CK+"]["results"]
    counts = confusion(results, JOINT)
    assert counts.tolist() == [[10, 0], [1, 9]]
    assert accuracy(counts) == pytest.approx(0.95)
    assert by_class(counts) == pytest.approx([1.0, 0.9])
    assert over_runs(results, JOINT) == pytest.approx((0.95, math.sqrt(0.005)))
    assert accuracy(confusion(results, "nobody asked")) is None
    assert over_runs(results, "nobody asked") == (None, None)


def test_the_sign_test_is_that_of_a_fair_coin():
    assert sign_test(0, 0) == sign_test(3, 3) == 1.0
    assert sign_test(0, 5) == pytest.approx(2 / 32)
    assert sign_test(8, 2) == pytest.approx(2 * (1 + 10 + 45) / 1024)
    assert sign_test(1000, 1200) == pytest.approx(2.2e-5, rel=0.1)


def test_the_page_shows_ours_beside_the_published(tmp_path):
    page = write_faces_study(TOLD, tmp_path / "out", command="mien study faces", settings=SETTINGS)
    text = page.read_text(encoding="utf-8")
    assert "| CK+ | 99.31 | 80.00 | 95.00 | 70.00 | 0.1094 |" in text
    assert "Identity makes no difference beyond chance (p 0.11): +15.00 points" in text
    assert "Its vector is used: another's costs 25.00 points." in text
    assert "| seed 0, fold01 | 3 | 10 | 90.00 | 100.00 | 80.00 | 12.50 |" in text
    assert "| anger | 1 | 9 |" in text
    assert "| AU 12 | 24 | 50.00 | 75.00 |" in text
    assert "equal error rate 12.50 %" in text
    assert (tmp_path / "out" / "faces.json").exists()


def test_the_page_says_where_identity_does_not_help():
    worse = report(result("fold00", [[4, 1], [1, 4]], baseline=[[5, 0], [0, 5]]))
    worse["CK+"]["results"][0]["only_right"] = {BASELINE: [9, 0], SWAPPED: [0, 0]}
    text = faces_markdown(worse, command="x", settings=SETTINGS)
    assert "Identity harms: -20.00 points beside *emotion only*." in text
    assert "Its vector makes no difference beyond chance (p 1.00)" in text
    assert "Control" not in text
    assert "AU 12" not in text  # 12 pictures tell too little
    control = faces_markdown(worse, command="x", settings={**SETTINGS, "shuffle_labels": True})
    assert "**Control: the training expressions were dealt to the wrong pictures.**" in control

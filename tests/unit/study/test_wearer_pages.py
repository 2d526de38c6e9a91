"""The pages of the identity and the emotion study say what was measured."""

from __future__ import annotations

from pathlib import Path

from mien.study.emotion_page import write_emotion_study
from mien.study.identity_page import PICTURE_FILE, write_identity_study

VIEWS = ("eyes", "mouth", "eyes and mouth")


def identity_of(name: str, rate: float) -> dict[str, object]:
    view = {
        "equal_error_rate": rate,
        "pairs": [12, 340],
        "true_matches": {"0.01": 0.5, "0.1": 0.9},
        "curve": [[0, 0], [rate, 1 - rate], [1, 1]],
    }
    return {"name": name, "wearers": 6, "headsets": 2, "views": dict.fromkeys(VIEWS, view)}


def emotion_of(name: str, right: float) -> dict[str, object]:
    score = {
        "accuracy": right,
        "recall": right / 2,
        "classes": ["neutral", "anger"],
        "confusion": [[3, 1], [0, 2]],
    }
    by_vector = dict.fromkeys(("own vector", "no vector", "another's vector"), score)
    views = ("eyes, 5 classes", *VIEWS)
    return {"name": name, "wearers": 6, "views": dict.fromkeys(views, by_vector)}


def test_the_identity_page_lists_every_model(tmp_path: Path) -> None:
    models = [identity_of("pictures", 0.25), identity_of("run_1", 0.043)]
    write_identity_study(models, tmp_path, command="mien study identity ...")
    page = (tmp_path / "identity.md").read_text(encoding="utf-8")
    assert "| run_1 | 4.3 % | 4.3 % | 4.3 % |" in page
    assert "| pictures | 25.0 % | 25.0 % | 25.0 % |" in page
    assert "12 pairs of one wearer and 340 of two" in page
    assert "| model | 1.0 % | 10.0 % |" in page
    assert (tmp_path / PICTURE_FILE).stat().st_size > 1000


def test_the_emotion_page_gives_mean_and_deviation_over_seeds(tmp_path: Path) -> None:
    joint = [emotion_of("a", 0.8), emotion_of("b", 0.9)]
    write_emotion_study(joint, [emotion_of("c", 0.75)], tmp_path, command="mien study emotion ...")
    page = (tmp_path / "emotion.md").read_text(encoding="utf-8")
    assert "| joint, own vector | 85.0 ± 7.1 |" in page
    assert "| emotion only | 75.0 | 75.0 | 75.0 | 75.0 |" in page
    assert "| neutral | 4 | 75 | 25 |" in page
    assert "74 % of 5 classes" in page


def test_without_a_baseline_there_is_no_row_for_it(tmp_path: Path) -> None:
    write_emotion_study([emotion_of("a", 0.8)], [], tmp_path, command="mien study emotion ...")
    assert "emotion only |" not in (tmp_path / "emotion.md").read_text(encoding="utf-8")

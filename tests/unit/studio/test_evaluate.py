from __future__ import annotations

import shutil

import numpy as np
import pytest

from mien import schema
from mien.capture.values import ValueTable
from mien.errors import SessionError, SourceError
from mien.metrics import score
from mien.studio.evaluate import (
    Curves,
    Evaluation,
    evaluate_sessions,
    find_sessions,
    pooled,
    track_session,
    truth_at,
)

pytestmark = pytest.mark.model


def test_truth_between_its_rows_is_linear_and_beyond_them_unknown():
    values = np.zeros((3, schema.VALUE_COUNT), np.float32)
    values[:, 4] = (0.0, 1.0, 0.5)
    base_ns = 2**60
    table = ValueTable(base_ns + np.array([0, 100, 200]), values)
    at = truth_at(table, base_ns + np.array([-1, 0, 50, 100, 150, 200, 201]))
    expected = [np.nan, 0.0, 0.5, 1.0, 0.75, 0.5, np.nan]
    assert np.allclose(at[:, 4], expected, equal_nan=True)


def test_a_truth_without_rows_is_unknown():
    table = ValueTable(np.empty(0, np.int64), np.empty((0, schema.VALUE_COUNT), np.float32))
    assert np.isnan(truth_at(table, np.array([1, 2]))).all()


def test_every_frame_of_every_session_is_scored(session, tiny_model_path):
    from mien.runtime.model import Model

    evaluation = evaluate_sessions([session, session], Model.load(tiny_model_path))
    assert evaluation.bad_frames == 0
    assert evaluation.scores.units["jaw_drop"].n == 80
    assert evaluation.scores.units["tongue_out"].n == 0
    first, second = evaluation.curves
    assert np.array_equal(first.got, second.got, equal_nan=True)


def test_a_perfect_tracker_fails_on_shuffled_truth(session, tiny_model_path, monkeypatch):
    """The evaluation can fail: the same curves, against truth in another order, score nothing."""
    from mien.studio import evaluate

    def perfect(path, tracker):
        curves = track_session(path, tracker)
        return evaluate.Curves(curves.name, curves.t_ns, curves.truth, curves.truth)

    monkeypatch.setattr(evaluate, "track_session", perfect)
    from mien.runtime.model import Model

    evaluation = evaluate_sessions([session] * 20, Model.load(tiny_model_path))
    assert evaluation.scores.mean_r == pytest.approx(1.0)
    assert abs(evaluation.control.mean_r) < 0.15


def test_sessions_without_truth_are_refused(bare_session, tiny_model_path):
    with pytest.raises(SessionError, match=r"expected a session with truth\.csv"):
        evaluate_sessions([bare_session], tiny_model_path)


def test_no_sessions_are_refused(tiny_model_path):
    with pytest.raises(SessionError, match="expected at least one session"):
        evaluate_sessions([], tiny_model_path)


def test_half_a_session_is_no_measurement(session, tiny_model_path, tmp_path):
    broken = shutil.copytree(session, tmp_path / "broken")
    video = broken / "mouth.mkv"
    video.write_bytes(video.read_bytes()[: video.stat().st_size // 2])
    with pytest.raises(SourceError, match="expected to read it whole"):
        evaluate_sessions([broken], tiny_model_path)


def test_a_folder_of_sessions_stands_for_them(session, bare_session):
    assert find_sessions([session.parent]) == [session]
    assert find_sessions([session, bare_session.parent]) == [session, bare_session]


def test_a_folder_without_sessions_is_refused(tmp_path):
    with pytest.raises(SessionError, match="expected a session or a folder of sessions"):
        find_sessions([tmp_path])


def test_the_result_is_told_by_session_by_head_and_by_rig():
    rng = np.random.default_rng(3)
    truth = rng.uniform(0, 1, (50, schema.VALUE_COUNT)).astype(np.float32)
    about = {"wearer": "w", "head": "a", "rig": "x"}
    curves = (
        Curves("good", np.arange(50), truth, truth, about),
        Curves("off", np.arange(50), truth, truth + 0.25, about | {"head": "b"}),
        Curves("silent", np.arange(50), None, truth, {}),
    )
    scores = score(*pooled(curves))
    told = Evaluation(scores, scores, curves, bad_frames=2).as_json()
    assert [(one["name"], one["head"], one["instants"]) for one in told["sessions"]] == [
        ("good", "a", 50),
        ("off", "b", 50),
    ]
    assert told["mean_mae"] == pytest.approx(0.125)
    assert told["groups"]["head"]["b"]["mean_mae"] == pytest.approx(0.25)
    exact = told["groups"]["head"]["a"]["units"]["jaw_drop"]
    assert exact == pytest.approx({"mae": 0.0, "r": 1.0, "n": 50})
    assert told["groups"]["rig"]["x"]["units"]["jaw_drop"]["n"] == 100
    assert told["bad_frames"] == 2

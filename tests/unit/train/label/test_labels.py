from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from mien.errors import TrainError
from mien.train.labels import join, read_labels, rows_of, write_labels

T_NS = np.arange(5, dtype=np.int64) * 10


def two_sessions():
    return join(
        [
            rows_of("jaw_drop", T_NS, T_NS / 40, source="metric", take=3, session="b"),
            rows_of("gaze_yaw_left", T_NS, 0.2, source="cue", session="a"),
        ]
    )


def test_a_table_survives_the_file(tmp_path):
    write_labels(two_sessions(), tmp_path / "labels.parquet")
    again = read_labels(tmp_path / "labels.parquet")
    assert again.sessions == ("a", "b")
    assert np.array_equal(again.value, two_sessions().value)
    assert np.array_equal(again.take, two_sessions().take)


def test_dense_labels_stand_at_their_frames_and_the_rest_is_masked():
    values, weights = two_sessions().dense("b", np.array([5, 10, 20, 99], np.int64))
    assert weights.sum() == 2
    assert values.max() == 0.5


def test_an_unknown_session_is_refused():
    with pytest.raises(TrainError, match="expected one of"):
        two_sessions().of("c")


def test_a_file_that_is_no_table_is_refused(tmp_path):
    (tmp_path / "x.parquet").write_bytes(b"nothing")
    with pytest.raises(TrainError, match="Parquet"):
        read_labels(tmp_path / "x.parquet")


def test_an_unknown_value_name_is_refused(tmp_path):
    import pyarrow as pa
    from pyarrow import parquet

    write_labels(two_sessions(), tmp_path / "x.parquet")
    table = parquet.read_table(tmp_path / "x.parquet")
    wrong = table.set_column(2, "name", pa.array(["ear_wiggle"] * len(table)))
    parquet.write_table(wrong, tmp_path / "x.parquet")
    with pytest.raises(TrainError, match="ear_wiggle"):
        read_labels(tmp_path / "x.parquet")


def test_labelling_needs_no_torch():
    code = (
        "import sys, mien.train.labeller, mien.train.label_accuracy; print('torch' in sys.modules)"
    )
    asked = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert asked.stdout.strip() == "False"

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

from mien.errors import TrainError
from mien.train.label_config import LabelConfig
from mien.train.label_file import read_about, read_labels, settings_hash, software, write_labels
from mien.train.labels import COLUMNS, TakeMark, join, rows_of

T_NS = np.arange(5, dtype=np.int64) * 10


def table_of(*sessions):
    rows = [
        rows_of(
            "jaw_drop",
            T_NS,
            T_NS / 40,
            source="metric",
            confidence=0.5,
            mark=TakeMark(at, 0, 20, 40, f"reason {session}" if at else ""),
            session=session,
        )
        for at, session in enumerate(sessions)
    ]
    return join([*rows, rows_of("gaze_yaw_left", T_NS, 0.2, source="cue", session=sessions[0])])


@pytest.fixture
def path(tmp_path):
    written = tmp_path / "labels.parquet"
    write_labels(table_of("b", "a", "c"), written, config=LabelConfig())
    return written


def test_a_table_survives_the_file(path):
    given, again = table_of("b", "a", "c"), read_labels(path)
    assert again.sessions == ("a", "b", "c")
    assert again.refusals == given.refusals
    for column in COLUMNS:
        assert np.array_equal(getattr(again, column), getattr(given, column)), column


def test_what_was_read_gives_the_same_bytes(path, tmp_path):
    write_labels(read_labels(path), tmp_path / "again", config=LabelConfig())
    assert (tmp_path / "again").read_bytes() == path.read_bytes()


def test_some_sessions_are_read_alone(path):
    some = read_labels(path, sessions=["c", "a"])
    assert some.sessions == ("a", "c")
    assert np.array_equal(some.of("c").value, read_labels(path).of("c").value)
    assert len(read_labels(path, sessions=[])) == 0
    with pytest.raises(TrainError, match=r"expected labels of \['d'\], got none"):
        read_labels(path, sessions=["a", "d"])


def test_a_session_takes_the_same_bytes_whatever_stands_beside_it(path, tmp_path):
    alone = table_of("b", "a", "c").of("a")
    write_labels(alone, tmp_path / "alone")
    groups = parquet.ParquetFile(path), parquet.ParquetFile(tmp_path / "alone")
    whole, part = (file.metadata.row_group(0) for file in groups)
    for column in range(len(COLUMNS)):
        assert whole.column(column).total_compressed_size == (
            part.column(column).total_compressed_size
        )


def test_the_file_says_what_made_it(path, tmp_path):
    about = read_about(path)
    assert about["software"] == software()
    assert about["software"].startswith("mien ")
    assert about["settings"] == settings_hash(LabelConfig())
    assert about["settings"] != settings_hash(LabelConfig(settle_s=0.31))
    write_labels(table_of("a"), tmp_path / "x", more={"software": "studio 3"})
    assert read_about(tmp_path / "x")["software"] == "studio 3"


def test_words_are_dictionaries_and_repeats_cost_nothing(tmp_path):
    t_ns = np.arange(9000, dtype=np.int64) * 11_111_111
    names = ("jaw_drop", "lip_pucker", "chin_raiser")
    table = join([rows_of(name, t_ns, 0.0, source="cue", session="a") for name in names])
    write_labels(table, tmp_path / "x")
    assert (tmp_path / "x").stat().st_size < 4 * len(table)  # of 60 bytes a row in memory


def test_a_file_that_is_no_table_is_refused(tmp_path):
    (tmp_path / "x.parquet").write_bytes(b"nothing")
    for read in (read_labels, read_about):
        with pytest.raises(TrainError, match="Parquet"):
            read(tmp_path / "x.parquet")


def test_a_table_of_version_1_is_refused_with_what_to_do(tmp_path):
    old = pa.table({"session": ["a"], "t_ns": [1], "name": ["jaw_drop"], "value": [0.5]})
    meta = {b"format": b"mien-labels", b"version": b"1"}
    parquet.write_table(old.replace_schema_metadata(meta), tmp_path / "x")
    with pytest.raises(TrainError, match="version 2, got 1; label the sessions again"):
        read_labels(tmp_path / "x")


def changed(path, column, words):
    table = parquet.read_table(path)
    at = table.column_names.index(column)
    parquet.write_table(table.set_column(at, column, pa.array(words * len(table))), path)


def test_an_unknown_value_name_is_refused(path):
    changed(path, "name", ["ear_wiggle"])
    with pytest.raises(TrainError, match="ear_wiggle"):
        read_labels(path)


@pytest.mark.parametrize(("column", "number"), [("value", np.nan), ("confidence", 1.5)])
def test_numbers_out_of_range_are_refused(path, column, number):
    changed(path, column, [number])
    with pytest.raises(TrainError, match="expected"):
        read_labels(path)


def test_a_missing_column_is_named(path):
    parquet.write_table(parquet.read_table(path).drop_columns(["mask"]), path)
    with pytest.raises(TrainError, match="mask"):
        read_labels(path)


def test_an_empty_table_survives(tmp_path):
    write_labels(join([]), tmp_path / "x")
    assert len(read_labels(tmp_path / "x")) == 0

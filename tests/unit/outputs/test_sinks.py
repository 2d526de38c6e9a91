from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mien import schema
from mien.capture.values import read_values_csv
from mien.errors import MienError
from mien.outputs.csv_sink import CsvSink
from mien.outputs.jsonl_sink import JsonlSink
from mien.outputs.sink import MemorySink
from mien.types import FaceState


def state(t_ns, *, seed=0, hidden=()):
    values = np.random.default_rng(seed).uniform(0, 0.8, schema.VALUE_COUNT).astype(np.float32)
    valid = ~np.isin(schema.VALUE_NAMES, hidden)
    return FaceState(t_ns, values * valid, valid, valid)


def test_a_file_reads_back_as_it_was_written(tmp_path):
    states = [state(1_000 + k, seed=k, hidden=("tongue_out", "jaw_left")) for k in range(20)]
    path = tmp_path / "deep" / "values.csv"
    with CsvSink(path) as sink:
        for one in states:
            sink.add(one)
    table = read_values_csv(path, may_be_empty=True)
    assert sink.rows == 20
    assert table.t_ns.tolist() == [one.t_ns for one in states]
    for row, one in zip(table.values, states, strict=True):
        assert np.array_equal(np.isnan(row), ~one.valid)
        assert np.allclose(row[one.valid], one.values[one.valid], atol=1e-6)


def test_the_header_is_the_time_and_the_values_in_order(tmp_path):
    CsvSink(tmp_path / "v.csv").close()
    header = (tmp_path / "v.csv").read_text(encoding="utf-8")
    assert header == "t_ns," + ",".join(schema.VALUE_NAMES) + "\n"


def test_a_row_is_on_disk_before_the_sink_is_closed(tmp_path):
    sink = CsvSink(tmp_path / "v.csv")
    sink.add(state(5))
    assert len((tmp_path / "v.csv").read_text(encoding="utf-8").splitlines()) == 2
    sink.close()
    sink.close()


def test_a_file_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "taken").write_text("")
    with pytest.raises(MienError, match="expected a file to write"):
        CsvSink(tmp_path / "taken" / "v.csv")


def test_memory_keeps_states_and_gives_a_table():
    sink = MemorySink()
    assert len(sink.table()) == 0
    for k in range(3):
        sink.add(state(k, hidden=("jaw_drop",)))
    table = sink.table()
    assert table.values.shape == (3, schema.VALUE_COUNT)
    assert np.isnan(table.values[:, schema.VALUE_INDEX["jaw_drop"]]).all()
    sink.close()


@given(data=st.data())
def test_json_lines_have_the_valid_values_and_no_nan(any_face, data, tmp_path_factory):
    faces = data.draw(st.lists(any_face, max_size=5))
    path = tmp_path_factory.mktemp("jsonl") / "deep" / "v.jsonl"
    with JsonlSink(path) as sink:
        for one in faces:
            sink.add(one)
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    assert sink.rows == len(lines) == len(faces)
    for line, one in zip(lines, faces, strict=True):
        usable = one.valid & np.isfinite(one.values)
        assert line["t_ns"] == one.t_ns
        assert list(line["values"]) == np.array(schema.VALUE_NAMES)[usable].tolist()
        assert list(line["values"].values()) == pytest.approx(one.values[usable], rel=1e-5)
        assert line["held"] == np.array(schema.VALUE_NAMES)[usable & ~one.tracked].tolist()


def test_nan_leaves_an_empty_cell(tmp_path):
    one = state(1)
    one.values[3] = np.nan
    with CsvSink(tmp_path / "v.csv") as sink:
        sink.add(one)
    assert "nan" not in (tmp_path / "v.csv").read_text(encoding="utf-8").splitlines()[1]


def test_a_memory_sink_closes_like_the_others():
    with MemorySink() as sink:
        sink.add(state(1))
    assert len(sink.states) == 1

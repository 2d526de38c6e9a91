"""Cues, values and times: what is written is read, what is wrong is named by row."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mien import schema
from mien.capture.cues import CUE_NAMES, Cue, read_cues, write_cues
from mien.capture.times import TimesWriter, parse_times, read_times
from mien.capture.values import VALUES_COLUMNS, ValuesCsvWriter, parse_values, read_values_csv
from mien.errors import SessionError

on_disk = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
times = st.lists(st.integers(0, 2**63 - 1), min_size=1, max_size=20, unique=True).map(sorted)
weights = st.floats(0, 1, width=32)


@given(given_ns=times)
@on_disk
def test_times_are_read_back(tmp_path, given_ns):
    path = tmp_path / "t.csv"
    path.unlink(missing_ok=True)
    with TimesWriter(path) as writer:
        for t_ns in given_ns:
            writer.add(t_ns)
            assert path.read_text().endswith(f"{t_ns}\n"), "a row must be out before add returns"
    np.testing.assert_array_equal(read_times(path), np.array(given_ns, np.int64))


@given(given_ns=times, data=st.data())
@on_disk
def test_values_are_read_back_to_the_bit(tmp_path, given_ns, data):
    path = tmp_path / "v.csv"
    shape = (len(given_ns), schema.VALUE_COUNT)
    seed = data.draw(st.integers(0, 2**32 - 1))
    values = (np.random.default_rng(seed).random(shape) * 0.8).astype(np.float32)
    values[0, 0] = data.draw(weights)
    with ValuesCsvWriter(path) as writer:
        for t_ns, row in zip(given_ns, values, strict=True):
            writer.write(t_ns, row)
    table = read_values_csv(path)
    assert table.t_ns.tolist() == given_ns
    assert table.values.tobytes() == values.tobytes()


@given(data=st.data())
@on_disk
def test_cues_are_read_back(tmp_path, data):
    edges = data.draw(st.lists(st.integers(0, 2**62), min_size=2, max_size=9, unique=True))
    edges.sort()
    gaze = st.floats(-schema.GAZE_MAX_RAD, schema.GAZE_MAX_RAD)
    cues = [
        Cue(
            start,
            end,
            "take" if name else data.draw(st.sampled_from(["neutral", "gaze", "spontaneous"])),
            name,
            data.draw(gaze),
            data.draw(gaze),
        )
        for start, end in pairwise(edges)
        for name in [data.draw(st.sampled_from(["", *sorted(CUE_NAMES)]))]
    ]
    write_cues(tmp_path / "cues.csv", cues)
    assert read_cues(tmp_path / "cues.csv") == cues


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("5,4,neutral,,0,0", r"row 3: expected end_ns above start_ns \(5\), got 4"),
        ("-5,4,neutral,,0,0", "row 3: expected start_ns, end_ns as digits"),
        ("1,4,neutral,,0,0", r"row 3: expected start_ns at or after .* ends \(2\), got 1"),
        ("2,4,jump,,0,0", "row 3: expected kind one of neutral, take, .*, got 'jump'"),
        ("2,4,take,,0,0", "row 3: expected a take to name a unit or a value, got ''"),
        ("2,4,take,smirk,0,0", "row 3: expected name of a unit or a value, got 'smirk'"),
        ("2,4,gaze,,nan,0", "row 3: expected yaw_rad, pitch_rad as finite numbers"),
        ("2,4,gaze,,0,0.9", r"row 3: expected yaw_rad, pitch_rad within \+-0.8"),
        ("2,4,gaze,,0", "row 3: expected 6 cells, got 5"),
        ("", "row 3: expected 6 cells, got 1"),
    ],
)
def test_a_wrong_cue_is_named_by_row(tmp_path, row, message):
    path = tmp_path / "cues.csv"
    path.write_text(f"start_ns,end_ns,kind,name,yaw_rad,pitch_rad\n0,2,neutral,,0,0\n{row}\n")
    with pytest.raises(SessionError, match=message):
        read_cues(path)


def test_empty_gaze_counts_as_straight_ahead(tmp_path):
    path = tmp_path / "cues.csv"
    path.write_text("start_ns,end_ns,kind,name,yaw_rad,pitch_rad\r\n0,2,neutral,,,\r\n")
    assert read_cues(path) == [Cue(0, 2, "neutral")]


@pytest.mark.parametrize(
    "cues",
    [
        [Cue(0, 2, "neutral"), Cue(1, 3, "blink")],
        [Cue(0, 0, "neutral")],
        [Cue(0, 1, "take", "smirk")],
        [Cue(0, 1, "gaze", yaw_rad=float("inf"))],
    ],
)
def test_wrong_cues_are_not_written(tmp_path, cues):
    with pytest.raises(SessionError, match=r"cues.csv row \d: expected"):
        write_cues(tmp_path / "cues.csv", cues)
    assert not (tmp_path / "cues.csv").exists()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("t_ns\n5\n5\n", r"row 3: expected t_ns above the row before \(5\), got 5"),
        ("t_ns\n1.5\n", "row 2: expected t_ns as digits"),
        ("t_ns\n9999999999999999999\n", "row 2: expected t_ns as digits"),
        ("t_ns\n\u0661\n", "row 2: expected t_ns as digits"),
        ("time\n1\n", "row 1: expected column 1 named t_ns, got 'time'"),
        ("", "row 1: expected 1 columns t_ns, got 0"),
        ("t_ns\n1\n\n2\n", "row 3: expected t_ns as digits"),
    ],
)
def test_wrong_times_are_named_by_row(tmp_path, text, message):
    (tmp_path / "t.csv").write_text(text, encoding="utf-8")
    with pytest.raises(SessionError, match=message):
        read_times(tmp_path / "t.csv")


def test_a_cut_last_line_is_dropped_only_where_a_kill_may_have_cut_it(tmp_path):
    (tmp_path / "t.csv").write_text("t_ns\n10\n20\n3")
    assert read_times(tmp_path / "t.csv", is_cut_allowed=True).tolist() == [10, 20]
    with pytest.raises(SessionError, match=r"row 4: expected t_ns above"):
        read_times(tmp_path / "t.csv")
    (tmp_path / "t.csv").write_text("t_ns\n10\n20")
    assert read_times(tmp_path / "t.csv").tolist() == [10, 20]


def values_text(**cells: str) -> str:
    row = dict.fromkeys(VALUES_COLUMNS, "0.5") | {"t_ns": "1"} | cells
    return f"{','.join(VALUES_COLUMNS)}\n{','.join(row.values())}\n"


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        ({"jaw_drop": "nan"}, r"row 2: expected jaw_drop within 0..1, got 'nan'"),
        ({"jaw_drop": "1.01"}, r"row 2: expected jaw_drop within 0..1, got '1.01'"),
        ({"gaze_yaw_left": "-0.81"}, r"row 2: expected gaze_yaw_left within -0.8..0.8"),
        ({"lid_closure_left": "shut"}, r"row 2: expected lid_closure_left .* got 'shut'"),
        ({"t_ns": "-1"}, "row 2: expected t_ns as digits"),
        ({"jaw_drop": "0.5,0.5"}, "row 2: expected 50 cells, got 51"),
    ],
)
def test_a_wrong_value_is_named_by_row_and_column(tmp_path, cells, message):
    (tmp_path / "v.csv").write_text(values_text(**cells))
    with pytest.raises(SessionError, match=message):
        read_values_csv(tmp_path / "v.csv")


def test_a_swapped_column_is_named(tmp_path):
    text = values_text().replace("jaw_left,jaw_right", "jaw_right,jaw_left")
    (tmp_path / "v.csv").write_text(text)
    with pytest.raises(SessionError, match="named jaw_left, got 'jaw_right'"):
        read_values_csv(tmp_path / "v.csv")
    (tmp_path / "v.csv").write_text("t_ns,a\n")
    with pytest.raises(SessionError, match=r"expected 50 columns t_ns,brow_l.*, got 2"):
        read_values_csv(tmp_path / "v.csv")


@given(junk=st.binary(max_size=200))
@on_disk
def test_junk_never_raises_in_a_parser(tmp_path, junk):
    path = tmp_path / "junk.csv"
    path.write_bytes(junk)
    assert parse_times(path)[1] or junk.startswith((b"t_ns", b"\xef\xbb\xbft_ns"))
    assert parse_values(path)[1]


def test_a_values_file_that_cannot_be_written_is_an_error(tmp_path):
    with pytest.raises(SessionError, match="expected a file to write"):
        ValuesCsvWriter(tmp_path / "no" / "v.csv")

"""The kernel benchmark's rows: goals, files, two runs side by side."""

from __future__ import annotations

import pytest

from bench.kernel_table import Report, comparison, read, row, text, write


def made(ns=50.0, **changes):
    named = {"peer": "DIS", "peer_ns": 100.0, "most": 1.0, "error": 0.1, "peer_error": 0.2}
    return row("flow", "128x128", ns=ns, **(named | changes))


def test_a_goal_asks_for_time_and_error():
    assert made().goal_met
    assert made().ratio == 0.5
    assert made(ns=101.0).goal_met is False
    assert made(error=0.3).goal_met is False
    assert made(holds=False).goal_met is False


def test_a_row_without_a_goal_meets_none():
    assert made(ns=500.0, most=None).goal_met is None
    assert made(error=0.3, peer_error=None).goal_met


def test_what_was_written_is_read(tmp_path):
    report = Report({"cpu": "x"}, [made(), made(error=None)])
    write(report, tmp_path / "rows.json")
    assert read(tmp_path / "rows.json") == report


@pytest.mark.parametrize("content", ["{}", '{"format": "mien-kernels", "version": 9}'])
def test_another_file_is_refused(tmp_path, content):
    path = tmp_path / "rows.json"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(ValueError, match="expected mien-kernels version 1"):
        read(path)


def test_the_text_marks_a_missed_goal():
    lines = text(Report({"cpu": "x"}, [made(), made(ns=400.0)])).splitlines()
    assert lines[0] == "cpu: x"
    assert lines[-2].endswith("| 0.50 | 0.100 | 0.200 | yes |")
    assert lines[-1].endswith("| NO |")


def test_a_comparison_matches_rows_and_keeps_the_lonely():
    before = Report({}, [made(), made(peer="gone")])
    after = Report({}, [made(ns=25.0), made(peer="new")])
    lines = comparison(before, after).splitlines()
    assert "| flow | 128x128 | DIS | 0.500 | 0.250 | -50% | 0.100 | 0.100 |" in lines
    assert "| flow | 128x128 | gone | 0.500 | - | - | 0.100 | - |" in lines
    assert "| flow | 128x128 | new | - | 0.500 | - | - | 0.100 |" in lines

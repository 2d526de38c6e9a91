"""`mien bench`: what it measures, what it writes, and how it refuses."""

from __future__ import annotations

import csv
import json
import os
import re
from pathlib import Path

import numpy as np
import pytest

from mien.bench.face_rig import MOST_CAMERAS, FaceRig, pictures
from mien.bench.pin import pin_to
from mien.bench.plan import BenchPlan
from mien.bench.report import CSV_HEADS
from mien.bench.result_file import read_result
from mien.bench.timing import Timing, summarise
from mien.bench.whole_step import WholeStep
from mien.cli import main
from mien.errors import ConfigError, MienError


@pytest.fixture
def free_core():
    """Afterwards the tests may use all their cores again."""
    before = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else None
    yield
    if before is not None:
        os.sched_setaffinity(0, before)


@pytest.fixture(scope="module")
def result(tmp_path_factory) -> Path:
    """A short run with two cameras, as JSON and CSV."""
    path = tmp_path_factory.mktemp("bench") / "run.json"
    short = ["--seconds", "0.02", "--cameras", "2", "--rates", "60,120", "--core", "none"]
    assert main(["bench", *short, "--json", str(path), "--csv", str(path.with_suffix(".csv"))]) == 0
    return path


def fields(found: object) -> set[str]:
    """The names of all fields, but for those of thermal zones."""
    if isinstance(found, list):
        return set().union(*map(fields, found))
    if not isinstance(found, dict):
        return set()
    return set(found).union(*(fields(value) for name, value in found.items() if name != "celsius"))


@pytest.mark.model
def test_a_run_has_every_row_and_every_frame_was_used(result: Path):
    found = read_result(result)
    names = [(row["stage"], row["cameras"]) for row in found["stages"]]
    assert len(names) == len(set(names)) == 8 + 2 * 2
    assert ("whole step", 2) in names
    assert {"eye network", "mouth network"} <= {name for name, _ in names}
    assert [(row["cameras"], row["rate_hz"]) for row in found["deadlines"]] == [
        *((1, 60.0), (1, 120.0), (2, 60.0), (2, 120.0))
    ]
    for row in [*found["stages"], *found["deadlines"]]:
        us = row["us"]
        assert 0 < us["p50"] <= us["p90"] <= us["p99"] <= us["max"], row
    for row in found["deadlines"]:
        assert 0 <= row["missed"] <= row["frames"]


@pytest.mark.model
def test_every_field_is_described_and_the_cpp_tool_writes_no_other(result: Path, root: Path):
    ours = fields(json.loads(result.read_text(encoding="utf-8")))
    described = (root / "tools" / "bench" / "RESULTS.md").read_text(encoding="utf-8")
    assert ours - set(re.findall(r"\w+", described)) == set()
    kept = sorted((root / "tools" / "bench" / "results").glob("*-bench.json"))
    for path in kept:
        assert fields(json.loads(path.read_text(encoding="utf-8"))) - ours == set(), path


@pytest.mark.model
def test_the_header_says_where_and_with_what(result: Path):
    header = read_result(result)["header"]
    assert header["tool"] == "mien bench"
    assert header["kernels"] in {"scalar", "avx2", "neon"}
    assert header["numpy"] == np.__version__
    assert len(header["model"]) == 64
    assert header["pinned_core"] is None
    assert header["pin_problem"] is None


@pytest.mark.model
def test_the_table_has_the_rows_of_the_file(result: Path):
    with result.with_suffix(".csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    found = read_result(result)
    assert tuple(rows[0]) == CSV_HEADS
    assert len(rows) == len(found["stages"]) + len(found["deadlines"])
    assert float(rows[0]["p50_us"]) == pytest.approx(found["stages"][0]["us"]["p50"], abs=1e-3)
    assert rows[-1]["missed"] == str(found["deadlines"][-1]["missed"])


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--seconds", "0"], r"seconds: expected 0.01..3600, got 0"),
        (["--cameras", "5"], r"cameras: expected 1..4, got 5"),
        (["--rates", "60,fast"], r"--rates: expected numbers with commas between, got 60,fast"),
        (["--rates", "0"], r"rates: expected 1..1000, got 0"),
        (["--core", "fast"], r"--core: expected a number or none, got fast"),
        (["--kernels", "mmx"], r"kernels: expected one of \[.*'scalar'.*\], got 'mmx'"),
        (["--model", "none.tflite"], r"none.tflite"),
    ],
)
def test_what_cannot_be_measured_is_refused(words, told, capsys):
    assert main(["bench", *words]) == 2
    assert re.search(told, capsys.readouterr().err)


@pytest.mark.parametrize("option", ["--json", "--csv"])
def test_a_folder_that_cannot_be_written_is_told_before_measuring(option, tmp_path, capsys):
    (tmp_path / "file").write_text("")
    assert main(["bench", option, str(tmp_path / "file" / "x")]) == 2
    told = capsys.readouterr()
    assert "expected a file that can be written, got:" in told.err
    assert "microseconds" not in told.out


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="no program chooses its core here")
@pytest.mark.usefixtures("free_core")
class TestPin:
    def test_it_stays_on_the_last_core_that_is_allowed(self):
        assert pin_to(-1).core == max(os.sched_getaffinity(0))
        assert len(os.sched_getaffinity(0)) == 1

    def test_a_core_that_is_not_there_is_told_and_nothing_changes(self):
        before = os.sched_getaffinity(0)
        pinning = pin_to(4095)
        assert pinning.core is None
        assert "expected one of the cores that this process may use (" in pinning.problem
        assert os.sched_getaffinity(0) == before

    def test_without_the_right_to_it_the_reason_is_told(self, monkeypatch):
        def refuse(*_):
            raise PermissionError(1, "Operation not permitted")

        monkeypatch.setattr(os, "sched_setaffinity", refuse)
        pinning = pin_to(-1)
        assert pinning.core is None
        assert re.fullmatch(
            r"expected the right to stay on core \d+, got: Operation not permitted", pinning.problem
        )


@pytest.mark.model
def test_a_tracker_takes_every_picture_also_after_others_were_stepped():
    whole = WholeStep(None, 2)
    for cameras in (1, 2, 1, 1, 2, 2, 1, 2, 2, 2, 1) * 4:
        whole.step(cameras)
    whole.require_used()
    whole.step(1)
    whole._frames[1] -= 1  # the same picture once more
    whole.step(1)
    with pytest.raises(MienError, match="expected every made-up frame to be used, got 1 refused"):
        whole.require_used()


def test_percentiles_are_by_nearest_rank():
    times_ns = [1000 * value for value in range(100, 0, -1)]
    assert summarise(times_ns) == Timing(mean=50.5, p50=50.0, p90=90.0, p99=99.0, max=100.0)
    assert summarise([7000]).p50 == 7.0


def test_a_plan_without_rates_is_refused():
    with pytest.raises(ConfigError, match="rates: expected at least one"):
        BenchPlan(rates_hz=())


def test_pictures_move_in_the_middle_and_not_at_the_rim():
    still, moved = pictures(0)[0], pictures(0)[2]
    assert np.array_equal(still[:50], moved[:50])
    assert not np.array_equal(still[150:250], moved[150:250])
    soft = pictures(0, has_soft_rim=True)
    assert np.array_equal(soft[0][0], soft[2][0])
    assert not np.array_equal(pictures(0)[0], pictures(1)[0])


def test_the_rig_sees_its_made_up_face_move():
    rig, moved_px = FaceRig(MOST_CAMERAS), []
    for _ in range(8):
        rig.step(MOST_CAMERAS)
        moved_px.append(rig.cameras[MOST_CAMERAS - 1].middle_down_px)
    assert max(moved_px) > 0.5
    assert min(moved_px) < -0.5

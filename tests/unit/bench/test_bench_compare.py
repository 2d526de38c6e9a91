"""Two results side by side, and files that are refused."""

from __future__ import annotations

import copy
import json
from pathlib import Path

import pytest

from mien.bench.compare import compare
from mien.bench.result_file import read_result
from mien.cli import main
from mien.errors import MienError

US = {"mean": 10.0, "p50": 10.0, "p90": 11.0, "p99": 12.0, "max": 20.0}
RESULT = {
    "format": "mien-bench",
    "version": 1,
    "header": {
        "tool": "mien_bench",
        "date": "2026-11-21T00:00:00Z",
        "machine": "x86_64",
        "cpu": "A",
        "kernels": "avx2",
        "mien": "0.1.0",
    },
    "noise": {"is_noisy": False, "reasons": []},
    "state": {},
    "stages": [
        {"stage": "flow 128x128", "cameras": 1, "us": US, "cpu_share": 1.0},
        {"stage": "whole step", "cameras": 2, "us": US, "cpu_share": 1.0},
    ],
    "deadlines": [
        {
            "step": "whole step",
            "cameras": 2,
            "rate_hz": 90,
            "frames": 100,
            "missed": 0,
            "us": US,
            "cpu_share": 0.1,
        }
    ],
}


def changed(**parts):
    result = copy.deepcopy(RESULT)
    for part, changes in parts.items():
        result[part] |= changes
    return result


def faster():
    result = copy.deepcopy(RESULT)
    for row in [*result["stages"], *result["deadlines"]]:
        row["us"] = {name: value / 2 for name, value in row["us"].items()}
    result["deadlines"][0]["missed"] = 25
    return result


@pytest.fixture
def files(tmp_path: Path):
    def written(*results) -> list[str]:
        paths = [tmp_path / f"{index}.json" for index in range(len(results))]
        for path, result in zip(paths, results, strict=True):
            path.write_text(json.dumps(result), encoding="utf-8")
        return list(map(str, paths))

    return written


def test_ratios_are_the_seconds_share_of_the_first():
    found = compare(RESULT, faster())
    assert [pair.ratio for pair in found.pairs] == [0.5, 0.5, 0.5]
    assert (found.pairs[2].first_missed, found.pairs[2].second_missed) == (0.0, 0.25)
    assert (found.warnings, found.software, found.only_first) == ((), (), ())


def test_noise_another_machine_and_other_versions_are_told():
    second = changed(
        header={"cpu": "B", "mien": "0.2.0", "pin_problem": "no right"},
        noise={"is_noisy": True, "reasons": ["others took the core"]},
        state={"is_throttled": True},
    )
    found = compare(RESULT, second)
    assert found.warnings == (
        "the second run was NOISY: others took the core",
        "the second run was THROTTLED: its core became slower",
        "the second run stayed on no core: no right",
        "the machines differ: cpu A -> B",
    )
    assert found.software == ("mien 0.1.0 -> 0.2.0",)


def test_rows_of_one_alone_are_named_and_none_in_common_is_refused():
    second = changed()
    second["stages"][0]["stage"] = "flow 256x256"
    found = compare(RESULT, second)
    assert found.only_first == ("flow 128x128, 1",)
    assert found.only_second == ("flow 256x256, 1",)
    second["stages"], second["deadlines"] = [], []
    with pytest.raises(MienError, match="a row in common, got none"):
        compare(RESULT, second)


def test_the_command_prints_warnings_and_rows(files, tmp_path: Path, capsys):
    second = faster() | {"noise": {"is_noisy": True, "reasons": ["others"]}}
    first, last = files(RESULT, second)
    assert main(["bench", "compare", first, last, "--json", str(tmp_path / "out.json")]) == 0
    told = capsys.readouterr().out
    assert told.startswith("WARNING: the second run was NOISY: others\n")
    assert "10.0 -> 5.0   0.50" in told
    assert "0.0 -> 25.0" in told
    assert json.loads((tmp_path / "out.json").read_text())["pairs"][0]["ratio"] == 0.5


def test_the_picture_is_drawn(files, tmp_path: Path):
    pytest.importorskip("matplotlib")
    first, second = files(RESULT, faster())
    picture = tmp_path / "new" / "compare.png"
    assert main(["bench", "compare", first, second, "--plot", str(picture)]) == 0
    assert picture.read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("{", "expected a result file of mien bench, got:"),
        ("[]", "expected format 'mien-bench', got 'list'"),
        (json.dumps(RESULT | {"format": "kernels"}), "expected format 'mien-bench', got 'kernels'"),
        (json.dumps(RESULT | {"version": 2}), "expected version 1 of mien-bench, got 2"),
        (json.dumps(RESULT | {"header": []}), r"header: expected dict, got \[\]"),
        (json.dumps(changed(noise={"is_noisy": 0})), "noise: is_noisy: expected bool, got 0"),
        (json.dumps(RESULT | {"stages": [1]}), r"stages\[0\]: expected an object, got int"),
        (json.dumps(RESULT | {"stages": [{}]}), r"stages\[0\]: stage: expected str, got None"),
        (
            json.dumps(RESULT | {"stages": [RESULT["stages"][0] | {"us": {}}]}),
            "us: mean: expected int or float, got None",
        ),
    ],
)
def test_a_file_of_another_kind_is_refused(tmp_path: Path, body: str, told: str):
    path = tmp_path / "x.json"
    path.write_text(body, encoding="utf-8")
    with pytest.raises(MienError, match=told):
        read_result(path)


def test_the_command_says_what_is_wrong_with_a_file(files, tmp_path: Path, capsys):
    first, second = files(RESULT, RESULT | {"version": 2})
    assert main(["bench", "compare", first, second]) == 2
    assert "expected version 1" in capsys.readouterr().err
    assert main(["bench", "compare", first, str(tmp_path / "none.json")]) == 2
    assert "none.json" in capsys.readouterr().err

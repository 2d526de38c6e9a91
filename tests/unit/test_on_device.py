"""The test that travels to devices gives the recorded bits here too."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from on_device import core_cases


@pytest.fixture(scope="module")
def golden(root: Path) -> dict[str, str]:
    lines = (root / "tests" / "golden" / "core_hashes.txt").read_text().splitlines()
    words = (line.partition(" ") for line in lines if not line.startswith("#"))
    return {case: wanted for wanted, _, case in words}


def test_small_cases_of_each_entry_give_the_golden_hashes(golden):
    small = [case for case in golden if "61x47" in case or "one_euro count=5" in case]
    assert {case.split()[0] for case in small} == {case.split()[0] for case in golden}
    for case in small:
        got = core_cases.outputs(case)
        assert got is not None, case
        assert core_cases.fnv1a(got) == golden[case], case


def test_every_golden_case_but_the_one_of_an_odd_nv12_is_known(golden):
    patterns = [getattr(core_cases, name) for name in vars(core_cases) if name.isupper()]
    known = [pattern for pattern in patterns if hasattr(pattern, "fullmatch")]
    unknown = [case for case in golden if not any(pattern.fullmatch(case) for pattern in known)]
    assert unknown == []
    assert [case for case in golden if " nv12 " in case and core_cases.outputs(case) is None]


def test_a_case_of_tomorrow_is_left_alone():
    assert core_cases.outputs("gaze 64x64 rays=3") is None


def test_the_hash_is_fnv1a():
    assert core_cases.fnv1a([np.frombuffer(b"a", np.uint8)]) == "af63dc4c8601ec8c"

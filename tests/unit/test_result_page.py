"""The page of kept results."""

from __future__ import annotations

import copy
import json
import shutil
from pathlib import Path

import pytest

pytest.importorskip("matplotlib")

from bench import result_page
from mien.errors import MienError


@pytest.fixture
def kept(root: Path, tmp_path: Path) -> Path:
    """A folder with a quiet result and a later, noisy one of the same machine."""
    first = tmp_path / "2026-11-21-amd-epyc-bench.json"
    shutil.copy(root / "tools" / "bench" / "results" / first.name, first)
    later = copy.deepcopy(json.loads(first.read_text(encoding="utf-8")))
    later["header"]["date"] = "2026-12-01T00:00:00Z"
    later["noise"] |= {"is_noisy": True, "reasons": ["others <took> it"]}
    later["deadlines"][0]["missed"] = 7
    (tmp_path / "2026-12-01-amd-epyc-bench.json").write_text(json.dumps(later), encoding="utf-8")
    return tmp_path


def test_all_three_files_are_written_and_the_page_needs_no_other(kept: Path):
    page, picture, whole = result_page.write_pages(kept)
    assert picture.read_bytes().startswith(b"\x89PNG")
    text = whole.read_text(encoding="utf-8")
    assert "data:image/png;base64," in text
    assert 'src="devices' not in text
    assert "others &lt;took&gt; it" in text
    assert "![p50 over dates](devices.png)" in page.read_text(encoding="utf-8")


def test_the_newest_result_of_a_machine_is_shown_and_earlier_ones_are_named(kept: Path):
    text = result_page.markdown(result_page.read_results(kept))
    assert text.count("## AMD EPYC, 2 cores, x86_64: mien_bench") == 1
    assert "NOISY: others <took> it" in text
    assert "| 1 | 60 | 241 | 7 |" in text
    earlier = text[text.index("## Earlier") :]
    assert "(2026-11-21-amd-epyc-bench.json): 2026-11-21T18:02:52Z" in earlier
    assert earlier.rstrip().endswith("quiet")


def test_a_folder_without_results_or_with_others_is_refused(kept: Path, tmp_path: Path):
    with pytest.raises(MienError, match=r"expected files \*-bench.json, got none"):
        result_page.write_pages(tmp_path / "none")
    (kept / "x-bench.json").write_text('{"format": "mien-bench", "version": 2}', encoding="utf-8")
    with pytest.raises(MienError, match=r"x-bench\.json: expected version 1"):
        result_page.write_pages(kept)


def test_the_committed_pages_are_of_the_committed_results(root: Path):
    folder = root / "tools" / "bench" / "results"
    wanted = result_page.markdown(result_page.read_results(folder))
    got = (folder / "devices.md").read_text(encoding="utf-8")
    assert got == wanted, "python tools/bench/result_page.py"

from __future__ import annotations

import json
import shutil

import pytest

from mien.cli import main
from mien.train.label_file import read_labels


@pytest.fixture(scope="module")
def run(stages, tmp_path_factory):
    """(exit status, folder) of labelling two good sessions and a bad one in a folder."""
    folder = tmp_path_factory.mktemp("command")
    for name in ("s0", "s1", "s2"):
        shutil.copytree(stages / name, folder / "in" / name)
    (folder / "in" / "s1" / "mouth.mkv").write_bytes(b"no video")
    status = main(
        ["label", str(folder / "in"), "--out", str(folder / "labels.parquet"),
         "--report", str(folder / "pages"), "--json", str(folder / "x.json"), "--workers", "1"]
    )  # fmt: skip
    return status, folder


def test_a_bad_session_shows_in_the_exit_status_and_in_the_json(run):
    status, folder = run
    assert status == 1
    assert read_labels(folder / "labels.parquet").sessions == ("s0", "s2")
    told = json.loads((folder / "x.json").read_text())
    assert list(told["failed"]) == ["s1"]
    assert told["values"]["jaw_drop"] == {"accepted": 4, "refused": 0}


def test_each_labelled_session_has_a_page_and_the_index_leads_to_it(run):
    _, folder = run
    index = (folder / "pages" / "index.html").read_text()
    assert 'href="s0.html"' in index
    assert "mouth.mkv" in index
    page = (folder / "pages" / "s0.html").read_text()
    assert "jaw drop" in page
    assert not (folder / "pages" / "s1.html").exists()


def test_the_page_shows_refused_takes_with_their_frames(make_stage, tmp_path):
    from types import SimpleNamespace

    from mien.commands.label_page import draw_session

    stage = make_stage([("jaw_drop", 1.0), ("jaw_drop", 0.0)], slip_px=3.6, cameras=("mouth",))
    labelled = stage.label()
    session = SimpleNamespace(wearer="w", meta={})
    draw_session(session, labelled, tmp_path / "s.html", key="k")
    page = (tmp_path / "s.html").read_text()
    (refused,) = (take for take in labelled.report.refused if take.name == "jaw_drop")
    card = page.split(f'id="take-{refused.take}-jaw_drop-mouth"')[1].split("</figure>")[0]
    assert refused.refusal in card
    assert card.count("data:image/jpeg") == 4
    assert "asked at 2.0 s" in card

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from dataclasses import replace

import numpy as np
import pytest

from mien.studio.label_drawings import runs
from mien.studio.label_index import IndexRow, write_index
from mien.studio.label_page import write_label_page
from mien.studio.label_reasons import explain
from mien.studio.label_views import CameraView, CurveView, RegionView, SessionView, TakeView

GRAY = np.full((128, 128), 90, np.uint8)
CELLS = np.zeros((32, 32), np.bool_)
CELLS[8:12, 4:20] = True
T_S = np.arange(30) / 30
USED = TakeView(
    name="jaw_drop", camera="mouth", number=3, cue_s=(0.2, 0.8), start_s=0.25, peak_s=0.5,
    end_s=0.75, peak=4.0, unit="px", share=1.0, snr=50.0, refusal="", t_s=T_S,
    curve=4 * np.sin(np.pi * T_S), frames={},
)  # fmt: skip
REFUSED = replace(
    USED, number=5, refusal="no clean fall: ends 0.9 px <from> where it began", share=0.4,
    frames={"at rest before it": GRAY, "at its largest": GRAY + 1},
)  # fmt: skip
CURVE = CurveView(
    "jaw_drop", T_S, value=np.sin(np.pi * T_S).astype(np.float32),
    confidence=np.linspace(0, 1, 30, dtype=np.float32), mask=T_S > 0.3,
    is_cue=np.zeros(30, np.bool_), is_spontaneous=T_S > 0.8,
)  # fmt: skip
REGION = RegionView("jaw_drop", CELLS, np.ones((32, 32, 2), np.float32), GRAY, 4.0)
VIEW = SessionView(
    "s <1>", {"wearer": "w"}, 1.0, 30, (CameraView("mouth", GRAY, ~CELLS, (REGION,)),),
    (USED, REFUSED), (CURVE,),
)  # fmt: skip


@pytest.fixture
def page(tmp_path):
    return write_label_page(VIEW, tmp_path / "deep" / "s.html", key="0f0f").read_text()


def parsed(page):
    """As XML: every tag is closed and every sign escaped; a page's few void tags closed first."""
    body = re.sub(r"<meta([^>]*)>", r"<meta\1/>", page.removeprefix("<!doctype html>"))
    return ET.fromstring(body)


def test_the_page_is_whole_and_loads_nothing(page):
    root = parsed(page)
    links = [value for node in root.iter() for key, value in node.attrib.items() if "href" in key]
    assert links
    assert all(link.startswith(("data:image/jpeg;base64,", "#")) for link in links)
    assert "http" not in page
    assert "url(" not in page


def test_links_within_the_page_lead_somewhere(page):
    root = parsed(page)
    anchors = {node.get("id") for node in root.iter()} - {None}
    links = {node.get("href")[1:] for node in root.iter() if node.get("href", "").startswith("#")}
    assert links
    assert links <= anchors


def test_a_refused_take_is_told_with_its_reason_its_meaning_and_its_frames(page):
    root = parsed(page)
    (card,) = (node for node in root.iter("figure") if node.get("id"))
    text = " ".join(card.itertext())
    assert REFUSED.refusal in text
    assert "did not come back" in text
    assert "take 5" in text
    assert "largest accepted: 4.00 px" in text
    assert len(list(card.iter("image"))) == 3  # its two frames and the accepted take's peak
    assert len([n for n in card.iter("line") if n.get("class") == "mark"]) == 3


def test_every_take_stands_in_the_table(page):
    root = parsed(page)
    rows = [" ".join(row.itertext()) for row in root.iter("tr")]
    assert len(rows) == 1 + 2
    assert "used" in rows[1]
    assert REFUSED.refusal in rows[2]


def test_curves_show_masked_measured_and_spontaneous_labels(page):
    root = parsed(page)
    (drawing,) = (node for node in root.iter("svg") if node.get("class") == "label")
    kinds = {line.get("class") for line in drawing.iter("polyline")}
    assert kinds == {"masked", "middle", "middle free"}
    strips = [node for node in drawing.iter("rect") if node.get("class") == "trust"]
    opacities = [float(node.get("fill-opacity")) for node in strips]
    assert opacities == sorted(opacities)
    assert len(opacities) > 3


def test_the_page_carries_its_key(page):
    assert 'content="0f0f"' in page


def test_a_session_without_any_take_has_a_page(tmp_path):
    empty = SessionView("s", {}, 0.0, 0, (CameraView("mouth", GRAY, ~CELLS, ()),), (), ())
    page = write_label_page(empty, tmp_path / "s.html", key="k").read_text()
    assert "None: every take was used." in "".join(parsed(page).itertext())


def test_the_longer_reason_is_explained_first():
    assert "beside the wearer's largest" in explain("peak is 0.012 of the session's largest")
    assert "restless" in explain("peak 0.2 px is less than 4 times the noise 0.1")
    assert not explain("something new")


def test_runs_break_at_gaps_and_changes():
    t_s = np.array([0, 0.1, 0.2, 1.0, 1.1])
    state = np.array([0, 0, 1, 1, 1])
    assert list(runs(t_s, state)) == [slice(0, 2), slice(2, 3), slice(3, 5)]
    assert list(runs(t_s[:0], state[:0])) == []


def test_the_index_links_pages_and_names_failures(tmp_path):
    rows = [IndexRow("a b", "a b.html", 90, ("jaw_drop", "jaw_drop", "lip_suck"), 1234)]
    page = write_index(tmp_path, rows, {"bad": "expected <this>"}).read_text()
    root = parsed(page)
    assert [node.get("href") for node in root.iter("a")] == ["a%20b.html"]
    text = " ".join(root.itertext())
    assert "jaw drop (2), lip suck (1)" in text
    assert "expected <this>" in text

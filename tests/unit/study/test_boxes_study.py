"""The study of units and their regions counts as it says."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from mien import schema
from mien.runtime.unit_boxes import BOX_CLASSES, Detections
from mien.study.boxes import box_tables
from mien.study.boxes_page import PAGE_FILE, write_box_study
from mien.study.micro_truth import MicroTruth
from mien.train.boxes import presence
from mien.train.detection_scores import BoxFinds
from mien.train.exact_boxes import class_names

CROPS = 40
EXACT = (0.2, 0.2, 0.6, 0.6)


def finds(session, camera, *, scores_of, box=EXACT):
    """One camera in which every unit is at 0.8 in every fourth crop."""
    rng = np.random.default_rng(len(camera))
    names = class_names(camera)
    values = np.zeros((CROPS, schema.VALUE_COUNT), np.float32)
    for name in names[:-1]:
        values[rng.permutation(CROPS)[: CROPS // 4], schema.VALUE_INDEX[name]] = 0.8
    shown = np.stack([values[:, schema.VALUE_INDEX[name]] for name in names[:-1]], axis=1)
    exact = np.tile(np.float32([*EXACT, 1.0]), (CROPS, len(names), 1))
    exact[:, :-1, 4] = presence(shown)
    scores = scores_of(exact[..., 4], rng).astype(np.float32)
    boxes = np.tile(np.float32(box), (CROPS, len(names), 1))
    t_ns = np.arange(CROPS, dtype=np.int64) * 40_000_000
    return BoxFinds(session, camera, t_ns, Detections(scores, boxes), exact, values)


@pytest.fixture
def judged(tmp_path, monkeypatch):
    """Tables of finds that are made with some scores and one box, without micro-expressions."""
    monkeypatch.setattr("mien.study.boxes._micro_parts", lambda _one: [])

    def judge(scores_of, box=EXACT):
        views = [finds(tmp_path, c, scores_of=scores_of, box=box) for c in schema.CAMERAS]
        return box_tables(views, views)

    return judge


def test_perfect_finds_score_one_and_every_unit_has_a_row(judged):
    tables = judged(lambda shown, _rng: shown)
    assert len(tables["units"]) == sum(map(len, BOX_CLASSES.values()))
    for mean in tables["means"].values():
        assert (mean["f1"], mean["ap"], mean["iou"]) == pytest.approx((1, 1, 1))
    assert tables["means"]["all"]["units"] == len(tables["units"]) - 2
    assert tables["crops"] == 3 * CROPS


def test_a_shifted_rectangle_costs_average_precision_alone(judged):
    tables = judged(lambda shown, _rng: shown, box=(0.5, 0.5, 0.9, 0.9))
    assert tables["means"]["all"]["f1"] == pytest.approx(1)
    assert tables["means"]["all"]["ap"] == 0


def test_scores_that_say_nothing_find_nothing(judged):
    tables = judged(lambda shown, rng: rng.random(shown.shape))
    assert tables["means"]["all"]["ap"] < 0.6
    assert tables["means"]["all"]["f1"] < 0.7


def test_the_page_has_a_line_for_each_unit_and_the_command(judged, tmp_path):
    tables = judged(lambda shown, _rng: shown)
    page = write_box_study(tables, tmp_path / "out", command="mien study boxes X")
    text = page.read_text(encoding="utf-8")
    assert page.name == PAGE_FILE
    assert "`mien study boxes X`" in text
    assert all(f"| {name} (mouth) |" in text for name in BOX_CLASSES["mouth"])


def test_micro_expressions_are_judged_by_their_units_against_rest(tmp_path, monkeypatch):
    """Crops 10 to 14 show one unit at 0.15; all others are at rest, but for a posed one."""
    names = class_names("mouth")
    jaw = names.index("jaw_drop")
    values = np.zeros((CROPS, schema.VALUE_COUNT), np.float32)
    values[10:15, schema.VALUE_INDEX["jaw_drop"]] = 0.15
    values[30:, schema.VALUE_INDEX["jaw_drop"]] = 0.9  # posed: not in the judged stretch
    values[20:22, schema.VALUE_INDEX["lip_pucker"]] = 0.05  # neither shown nor at rest
    exact = np.tile(np.float32([*EXACT, 0.0]), (CROPS, len(names), 1))
    scores = np.full((CROPS, len(names)), 0.01, np.float32)
    scores[10:14, jaw] = 0.4  # one of the five is missed
    boxes = np.tile(np.float32(EXACT), (CROPS, len(names), 1))
    boxes[10] = 0.7, 0.7, 0.9, 0.9  # and one is told in the wrong place
    t_ns = np.arange(CROPS, dtype=np.int64) * 40_000_000
    one = BoxFinds(tmp_path, "mouth", t_ns, Detections(scores, boxes), exact, values)
    micro = MicroTruth(int(t_ns[10]), int(t_ns[12]), int(t_ns[14]), 0.2)
    monkeypatch.setattr("mien.study.boxes.open_session", lambda _path: SimpleNamespace(cues=list))
    monkeypatch.setattr("mien.study.boxes.micro_truths", lambda _path, _cues: [micro])
    monkeypatch.setattr("mien.study.boxes.judged_spans", lambda _cues: [(0, int(t_ns[30]))])
    eyes = [finds(tmp_path, c, scores_of=lambda s, _rng: s) for c in schema.EYE_CAMERAS]
    for eye in eyes:
        eye.values[:] = 0
    found = box_tables([one, *eyes], [one, *eyes])["micro"]
    assert found["shown"] == 5
    assert found["of"] == 30 * (len(names) - 1) - 2 + 2 * 30 * 8
    assert found["by_intensity"]["0.2"]["told"] == pytest.approx(0.8)
    assert found["by_intensity"]["0.2"]["placed"] == pytest.approx(0.6)
    assert found["by_intensity"]["0.1"] == {"shown": 0, "told": None, "placed": None}

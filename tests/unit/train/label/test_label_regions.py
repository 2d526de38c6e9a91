"""Rectangles of units, from the takes that teach their values, and the way through a label file."""

from __future__ import annotations

import numpy as np
import pytest

from mien import schema
from mien.capture.session import open_session
from mien.errors import TrainError
from mien.runtime.unit_boxes import FACE
from mien.train.box_targets import session_boxes
from mien.train.boxes import overlap
from mien.train.exact_boxes import class_names
from mien.train.label_file import write_labels
from mien.train.label_regions import MOVED_SHARE, read_regions, regions_text
from mien.train.label_run import label_sessions
from mien.train.labels import join, rows_of

SIZE = 128


@pytest.fixture(scope="module")
def labelled(rom):
    return rom.label()


@pytest.mark.parametrize(
    ("camera", "name", "x_px", "y_px", "radius_px"),
    [
        ("eye_left", "brow_lowerer_left", 64, 28, 12),
        ("eye_left", "lid_closure_left", 64, 74, 9),
        ("mouth", "lip_corner_puller_left", 96, 70, 11),
        ("mouth", "lip_corner_puller_right", 32, 70, 11),
        ("mouth", "jaw_drop", 64, 108, 14),
    ],
)
def test_a_rectangle_lies_where_the_unit_was_drawn(labelled, camera, name, x_px, y_px, radius_px):
    reach = radius_px * np.sqrt(-2 * np.log(MOVED_SHARE))
    drawn = np.clip(np.array([x_px - reach, y_px - reach, x_px + reach, y_px + reach]) / SIZE, 0, 1)
    boxes = {view.camera: view.boxes for view in labelled.cameras}[camera]
    assert overlap(np.array(boxes[name]), drawn) > 0.5
    assert overlap(np.array(boxes[FACE]), np.array([0.0, 0.0, 1.0, 1.0])) > 0.9


def test_what_no_take_asked_for_has_no_rectangle(labelled):
    assert all("cheek_puff_left" not in view.boxes for view in labelled.cameras)


def test_a_label_file_carries_the_rectangles_of_all_its_sessions(stages, tmp_path):
    out = tmp_path / "labels.parquet"
    label_sessions([stages / "s1", stages / "s0"], out)
    found = read_regions(out)
    assert list(found) == ["s0", "s1"]
    assert all(len(box) == 4 for boxes in found["s0"].values() for box in boxes.values())
    session = open_session(stages / "s0")
    camera = session.cameras[0]
    assert FACE in found["s0"][camera]


def table():
    t_ns = np.array([0, 1], np.int64)
    return join([rows_of("jaw_drop", t_ns, np.array([0.0, 0.9]), source="metric", session="s")])


def test_a_file_of_before_is_read_and_has_no_rectangles(tmp_path):
    write_labels(table(), tmp_path / "old.parquet")
    assert read_regions(tmp_path / "old.parquet") == {}


def test_rectangles_come_back_as_they_were_written_and_damage_is_told(tmp_path):
    regions = {"s": {"mouth": {"jaw_drop": (0.1, 0.25, 0.9, 1.0)}}}
    write_labels(table(), tmp_path / "new.parquet", more=regions_text(regions))
    assert read_regions(tmp_path / "new.parquet") == {
        "s": {"mouth": {"jaw_drop": [0.1, 0.25, 0.9, 1.0]}}
    }
    write_labels(table(), tmp_path / "bad.parquet", more={"regions": "{"})
    with pytest.raises(TrainError, match="regions: expected JSON"):
        read_regions(tmp_path / "bad.parquet")


def test_labels_and_regions_make_the_rows_that_the_layer_learns_from(stages):
    session = open_session(stages / "s0")
    names = class_names("mouth")
    values = np.zeros((2, schema.VALUE_COUNT), np.float32)
    weights = np.zeros_like(values)
    jaw, pucker = schema.VALUE_INDEX["jaw_drop"], schema.VALUE_INDEX["lip_pucker"]
    values[1, jaw], weights[:, jaw], weights[0, pucker] = 0.9, 1.0, 0.5
    regions = {"jaw_drop": (0.1, 0.25, 0.9, 1.0)}
    t_ns = np.array([0, 1], np.int64)
    rows = session_boxes(session, "mouth", t_ns, values=values, weights=weights, regions=regions)
    np.testing.assert_allclose(rows[1, names.index("jaw_drop")], [0.1, 0.25, 0.9, 1.0, 1.0])
    assert rows[0, names.index("jaw_drop"), 4] == 0
    assert rows[0, names.index("lip_pucker"), 4] == 0
    assert np.isnan(rows[1, names.index("lip_pucker")]).all()
    assert rows[:, -1, 4].tolist() == [1, 1]

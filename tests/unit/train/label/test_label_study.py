from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from mien import schema
from mien.capture.session_writer import SessionWriter
from mien.errors import TrainError
from mien.study import label_measure
from mien.study.digest import measurement_digest
from mien.study.label_scores import summary, unit_rows
from mien.study.label_study import LabelStudy, run_label_study
from mien.types import Frame

SOME = ("labels", "normalised per take")
"""Takes of noise are uneven; the slip is too slow, and nothing recoils, for the others to hurt."""


@pytest.fixture(scope="module")
def session(rom, tmp_path_factory):
    """The face of noise, written down."""
    folder = tmp_path_factory.mktemp("study") / "rom"
    rig = {name: replace(view.camera) for name, view in rom.views.items()}
    meta = {"wearer": "w", "fps": 30.0, "head": "noise", "rig": "flat"}
    with SessionWriter(folder, rig, meta=meta) as writer:
        for name, view in rom.views.items():
            for t_ns, crop in zip(view.t_ns.tolist(), view.crops, strict=True):
                writer.add(Frame(name, t_ns, crop))
        writer.write_cues(rom.cues)
        writer.write_truth(rom.t_ns, rom.truth.astype(np.float32))
    return folder


@pytest.fixture(scope="module")
def tables(session, tmp_path_factory):
    out = tmp_path_factory.mktemp("tables")
    study = LabelStudy(sessions=(session,), out=out, cache=out / "cache", variants=SOME)
    return study, run_label_study(study)


def test_the_labeller_is_better_than_itself_without_a_part(tables):
    rows = {row["variant"]: row for row in tables[1]["variants"] if row["kind"] == "cued"}
    assert rows["labels"]["r"] > 0.97
    assert rows["normalised per take"]["same_rows_mae"] > 2 * rows["labels"]["mae"]


def test_the_control_has_nothing_to_do_with_the_truth(tables):
    control = next(row for row in tables[1]["variants"] if row["variant"].startswith("shuffled"))
    assert control["kind"] == "cued"
    assert abs(control["r"]) < 0.15


def test_the_files_say_what_the_tables_say(tables):
    study, found = tables
    assert json.loads((study.out / "labels.json").read_text(encoding="utf-8")) == found
    page = (study.out / "labels.md").read_text(encoding="utf-8")
    assert f"**{found['units']['cued']['mean']['r']:.3f}**" in page
    assert "| jaw_drop |" in page
    assert (study.out / "confidence.png").stat().st_size > 1000


def test_what_was_measured_is_not_measured_again(tables, monkeypatch):
    study, found = tables

    def refuse(*_args, **_named):
        raise AssertionError("measured again")

    monkeypatch.setattr(label_measure, "label_crops", refuse)
    monkeypatch.setattr(label_measure, "read_crops", refuse)
    assert run_label_study(study) == found


def test_another_picture_is_measured_anew(session, tmp_path):
    before = measurement_digest(session, "x")
    assert measurement_digest(session, "x") == before
    assert measurement_digest(session, "y") != before
    (tmp_path / "a").mkdir()
    for file in session.iterdir():
        (tmp_path / "a" / file.name).write_bytes(file.read_bytes())
    video = tmp_path / "a" / "mouth.mkv"
    video.write_bytes(video.read_bytes()[:-1] + b"!")
    assert measurement_digest(tmp_path / "a", "x") != before


def test_the_worst_value_is_named_and_gaze_is_not_in_the_mean(tables, session):
    study, found = tables
    mean = found["units"]["cued"]["mean"]
    assert mean["worst"] in schema.WEIGHT_NAMES
    measured = label_measure.measure(
        label_measure.MeasureJob(session, ("labels",), study.cache), lambda _: None
    )
    assert summary(unit_rows([measured], kind="cued")) == mean


def test_no_session_at_all_is_refused(tmp_path):
    with pytest.raises(TrainError, match="one or more"):
        run_label_study(LabelStudy(sessions=(), out=tmp_path, cache=tmp_path))

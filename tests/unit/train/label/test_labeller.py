from __future__ import annotations

import numpy as np
import pytest

from mien import schema
from mien.train.labels import SOURCES, join, read_labels, write_labels


@pytest.fixture(scope="module")
def labelled(rom):
    return rom.label()


def rows(table, name, source=None):
    chosen = table.name == schema.VALUE_INDEX[name]
    if source:
        chosen &= table.source == SOURCES.index(source)
    return table.where(chosen)


@pytest.mark.parametrize(
    "name",
    [
        "brow_lowerer_left",
        "lid_closure_left",
        "lip_corner_puller_left",
        "lip_corner_puller_right",
        "lip_pucker",
        "jaw_drop",
    ],
)
def test_labels_follow_the_truth_through_slip_gain_and_noise(rom, labelled, name):
    truth, label = rom.measured(labelled, name)
    assert len(truth) >= 20
    assert np.corrcoef(truth, label)[0, 1] > 0.99
    assert np.abs(truth - label).mean() < 0.03


@pytest.fixture(scope="module")
def hard(make_stage):
    """(a noisy stage with much slip, its errors)."""
    takes = [("jaw_drop", 1.0), ("lip_corner_puller", 0.8), ("jaw_drop", 0.3)]
    stage = make_stage(takes, slip_px=3.6, noise=7.0, recoil=0.3, cameras=("mouth",))
    return stage, stage.errors(stage.label())


@pytest.mark.parametrize(
    "ablation",
    [
        {"has_reference": False},
        {"is_session_scaled": False},
        {"is_signed": False},
        {"has_drift_removal": False},
    ],
)
def test_each_ablation_hurts(hard, ablation):
    stage, whole = hard
    cut = stage.errors(stage.label(**ablation))
    # A value that an ablation makes unusable altogether has no error: it counts as lost.
    lost = whole.keys() - cut.keys()
    common = [name for name in whole if name in cut]
    assert lost or np.mean([cut[n] for n in common]) > 1.1 * np.mean([whole[n] for n in common])


def test_slip_alone_is_refused_and_labels_nothing(make_stage):
    stage = make_stage([("jaw_drop", 1.0), ("jaw_drop", 0.0)], slip_px=3.6, cameras=("mouth",))
    labelled = stage.label()
    first, second = (take for take in labelled.report.takes if take.name == "jaw_drop")
    assert not first.refusal
    assert second.refusal
    assert second.peak_px < 0.05 * first.peak_px
    assert (rows(labelled.table, "jaw_drop", "metric").take == first.take).all()


def test_the_small_take_is_small(labelled):
    jaw = [take for take in labelled.report.takes if take.name == "jaw_drop"]
    assert [round(take.share, 1) for take in jaw] == [1.0, 0.4]  # 0.8 and 0.3 of full


def test_companions_are_masked_and_strangers_are_at_rest(rom, labelled):
    smile = next(cue for cue in rom.cues if cue.name == "lip_corner_puller")
    middle = (smile.start_ns + smile.end_ns) // 2
    inside = labelled.table.where(np.abs(labelled.table.t_ns - middle) < 50_000_000)
    assert not len(rows(inside, "cheek_raiser_left"))
    assert not len(rows(inside, "cheek_raiser_right"))
    jaw = rows(inside, "jaw_drop")
    assert len(jaw)
    assert not jaw.value.any()
    assert (jaw.source == SOURCES.index("cue")).all()


def test_the_side_that_was_not_asked_for_is_masked(rom, labelled):
    one_sided = next(cue for cue in rom.cues if cue.name == "lip_corner_puller_left")
    right = rows(labelled.table, "lip_corner_puller_right")
    assert not ((right.t_ns > one_sided.start_ns) & (right.t_ns < one_sided.end_ns)).any()


def test_a_spontaneous_blink_is_labelled_and_never_called_rest(rom, labelled):
    lid = rows(labelled.table, "lid_closure_left")
    at = np.abs(lid.t_ns - rom.play.blinks[0] * 1e9) < 30_000_000
    assert lid.value[at].max() > 0.8
    truth = np.interp(lid.t_ns, rom.t_ns, rom.truth[:, schema.VALUE_INDEX["lid_closure_left"]])
    assert np.abs(truth - lid.value).max() < 0.25


def test_gaze_is_labelled_only_while_a_target_is_fixed(labelled):
    assert not len(rows(labelled.table, "gaze_yaw_left"))


def test_the_same_images_give_the_same_bytes(rom, labelled, tmp_path):
    for name, table in (("a", labelled.table), ("b", rom.label().table)):
        write_labels(table, tmp_path / name)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    again = read_labels(tmp_path / "a")
    assert np.array_equal(again.value, join([labelled.table]).value)


def test_the_reference_keeps_away_from_what_moves(labelled):
    eye = next(view for view in labelled.cameras if view.camera == "eye_left")
    for template in eye.templates.values():
        assert (eye.reference & template.region).mean() < 0.02

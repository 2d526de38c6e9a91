from __future__ import annotations

import numpy as np
import pytest

from mien import schema
from mien.train.label_file import read_labels, write_labels
from mien.train.label_rows import BLINK, DOUBT
from mien.train.labels import SOURCES, join


@pytest.fixture(scope="module")
def labelled(rom):
    return rom.label()


def rows(table, name, source=None):
    table = table.usable()
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


def test_a_refused_take_keeps_its_rows_masked_with_the_reason(make_stage):
    stage = make_stage([("jaw_drop", 1.0), ("jaw_drop", 0.0)], slip_px=3.6, cameras=("mouth",))
    labelled = stage.label()
    _, second = (take for take in labelled.report.takes if take.name == "jaw_drop")
    table = labelled.table
    refused = table.where((table.name == schema.VALUE_INDEX["jaw_drop"]) & ~table.mask)
    assert len(refused)
    assert (refused.take == second.take).all()
    assert {table.refusals[code] for code in refused.refusal} == {second.refusal}
    assert not refused.confidence.any()
    values, confidences = table.dense("s", stage.t_ns)
    chosen = np.isin(stage.t_ns, refused.t_ns)
    assert not confidences[chosen, schema.VALUE_INDEX["jaw_drop"]].any()
    assert not values[chosen, schema.VALUE_INDEX["jaw_drop"]].any()


def test_rows_of_a_take_tell_its_start_peak_and_end(labelled):
    takes = {(take.name, take.take): take for take in labelled.report.takes if not take.refusal}
    jaw = rows(labelled.table, "jaw_drop", "metric")
    assert len(np.unique(jaw.take)) == 2
    for number in np.unique(jaw.take):
        take, own = takes["jaw_drop", int(number)], jaw.where(jaw.take == number)
        assert set(own.start_ns.tolist()) == {take.start_ns}
        assert set(own.peak_ns.tolist()) == {take.peak_ns}
        assert set(own.end_ns.tolist()) == {take.end_ns}
        assert take.start_ns < take.peak_ns < take.end_ns
        assert own.t_ns[own.value.argmax()] == pytest.approx(take.peak_ns, abs=70e6)


def test_a_blink_in_a_take_is_a_masked_row_that_says_so(make_stage):
    stage = make_stage(
        [("lid_closure", 1.0), ("brow_lowerer", 0.9), ("brow_lowerer", 0.9)],
        blinks=[2.4],
        cameras=("eye_left", "mouth"),
    )
    table = stage.label().table
    brow = table.where(table.name == schema.VALUE_INDEX["brow_lowerer_left"])
    at = np.abs(brow.t_ns - 2.4e9) < 30e6
    assert at.any()
    assert not brow.mask[at].any()
    assert {table.refusals[code] for code in brow.refusal[at]} == {BLINK}
    assert brow.mask[np.abs(brow.t_ns - 3.8e9) < 100e6].all()


def test_doubtful_values_are_masked(make_stage):
    stage = make_stage([("jaw_drop", 1.0)], cameras=("mouth",))
    table = stage.label(min_confidence=1.0).table
    jaw = table.where((table.name == schema.VALUE_INDEX["jaw_drop"]) & (table.take >= 0))
    assert len(jaw)
    assert not jaw.mask.any()
    assert {table.refusals[code] for code in jaw.refusal} == {DOUBT}


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

from __future__ import annotations

import shutil
from dataclasses import replace

import numpy as np
import pytest

from mien import schema
from mien.capture.session import open_session
from mien.errors import TrainError
from mien.train.label_file import write_labels
from mien.train.labels import join, rows_of
from mien.train.samples import (
    exact_truth,
    gaze_visibility,
    interpolated,
    load_samples,
    resting_rows,
)
from mien.types import silent


def load(config, labels="truth", sessions=None):
    return load_samples(
        sessions or config.sessions, labels, config=config, progress=silent, what="test"
    )


def test_samples_carry_the_truth_of_their_frame(toy_config):
    samples = load(toy_config)["mouth"]
    session = open_session(toy_config.sessions[1])
    truth = session.truth()
    index = int(np.flatnonzero(samples.part == 1)[10])
    drop = schema.MOUTH_OUTPUTS.index("jaw_drop")
    row = int(np.flatnonzero(truth.t_ns == samples.t_ns[index])[0])
    assert samples.targets[index, drop] == truth.values[row, schema.VALUE_INDEX["jaw_drop"]]
    assert samples.pairs(np.array([index])).shape == (1, 2, 128, 128)


def test_both_eyes_feed_one_network(toy_config):
    samples = load(toy_config)["eye"]
    assert samples.part_cameras == ("eye_left", "eye_right") * 2
    assert len(samples) == 4 * 72


def test_only_labelled_frames_become_samples_and_the_rest_is_masked(toy_config, tmp_path):
    session = open_session(toy_config.sessions[0])
    times = session.times_ns("mouth")
    labels = tmp_path / "labels.parquet"
    rows = [
        rows_of("jaw_drop", times[:30], 0.5, source="metric", session=session.path.name),
        rows_of("lid_closure_left", times[:20], 0.1, source="metric", session=session.path.name),
    ]
    write_labels(join(rows), labels)
    found = load(toy_config, str(labels), toy_config.sessions[:1])
    drop = schema.MOUTH_OUTPUTS.index("jaw_drop")
    assert len(found["mouth"]) == 30
    assert (found["mouth"].weights[:, drop] == 1).all()
    assert np.delete(found["mouth"].weights, drop, axis=1).max() == 0
    assert len(found["eye"]) == 20


def test_shuffling_keeps_the_labels_but_not_their_frames(toy_config):
    samples = load(toy_config)["mouth"]
    shuffled = samples.shuffled(0)
    assert np.array_equal(np.sort(samples.targets, 0), np.sort(shuffled.targets, 0))
    assert not np.array_equal(samples.targets, shuffled.targets)
    assert np.array_equal(samples.row, shuffled.row)


def test_what_stands_still_is_not_called_trained(toy_config):
    samples = load(toy_config)["mouth"]
    moving = dict(zip(schema.MOUTH_OUTPUTS, samples.moving(), strict=True))
    assert moving["jaw_drop"]
    assert not moving["tongue_out"]
    nothing = replace(samples, weights=np.zeros_like(samples.weights))
    assert not any(nothing.moving())


def test_a_shut_lid_hides_gaze_only():
    lid, yaw = schema.EYE_OUTPUTS.index("lid_closure"), schema.EYE_OUTPUTS.index("gaze_yaw")
    targets = np.zeros((3, 10), np.float32)
    targets[:, lid] = (0.0, 1.0, 1.0)
    weights = np.ones_like(targets)
    weights[2, lid] = 0
    share = gaze_visibility(targets, weights)
    assert share[:, yaw].tolist() == pytest.approx([1.0, 0.05, 1.0])
    assert (np.delete(share, [yaw, schema.EYE_OUTPUTS.index("gaze_pitch")], axis=1) == 1).all()


def test_truth_is_interpolated_between_its_rows(toy_config):
    truth = exact_truth(open_session(toy_config.sessions[0]))
    middle = (truth.t_ns[3] + truth.t_ns[4]) // 2
    values = interpolated(truth, np.array([middle]))
    assert np.allclose(values[0], (truth.values[3] + truth.values[4]) / 2, atol=1e-6)


def test_what_a_head_cannot_show_is_masked(toy_config, tmp_path):
    copy = tmp_path / "limited"
    shutil.copytree(toy_config.sessions[0], copy)
    about = (copy / "session.toml").read_text()
    (copy / "session.toml").write_text('missing = ["tongue_out"]\n' + about)
    weights = load(toy_config, sessions=(copy,))["mouth"].weights
    assert weights.min(0).tolist() == [float(n != "tongue_out") for n in schema.MOUTH_OUTPUTS]


def test_a_session_without_truth_asks_for_labels(toy_config, tmp_path):
    copy = tmp_path / "untold"
    shutil.copytree(toy_config.sessions[0], copy)
    (copy / "truth.csv").unlink()
    with pytest.raises(TrainError, match="expected exact truth, got none; give a label file"):
        load(toy_config, sessions=(copy,))


def test_a_pair_is_the_crop_and_the_first_neutral_of_the_same_wearer_and_camera(toy_config):
    samples = load(toy_config)["mouth"]
    known = replace(samples, neutral_rows=(np.array([7, 9]), np.array([], np.intp)))
    index = np.flatnonzero(samples.part == 0)[[3]]
    crop, neutral = known.pairs(index)[0]
    assert np.array_equal(crop, samples.parts[0][samples.row[index[0]]])
    assert np.array_equal(neutral, samples.parts[0][7])
    drawn = known.pairs(index.repeat(20), rng=np.random.default_rng(0))[:, 1]
    assert {7, 9} == {r for r in (7, 9) for d in drawn if np.array_equal(d, samples.parts[0][r])}
    without = known.pairs(np.flatnonzero(samples.part == 1)[:1])[0]
    assert not without[1].any()


def test_rest_is_where_most_units_are_labelled_and_none_is_active():
    targets = np.zeros((4, len(schema.MOUTH_OUTPUTS)), np.float32)
    weights = np.ones_like(targets)
    targets[1, 3] = 0.2
    targets[2, 3], weights[2, 3] = 0.2, 0.0
    weights[3, :20] = 0.0
    assert resting_rows(targets, weights, "mouth").tolist() == [0, 2]


def test_a_camera_never_at_rest_has_a_neutral_of_zeros():
    targets = np.full((5, len(schema.MOUTH_OUTPUTS)), 0.5, np.float32)
    assert not len(resting_rows(targets, np.ones_like(targets), "mouth"))
    assert not len(resting_rows(np.zeros_like(targets), np.zeros_like(targets), "mouth"))


def test_an_eye_is_taught_the_lower_face_by_the_mouths_labels_of_the_same_instant(
    toy_config, tmp_path
):
    session = open_session(toy_config.sessions[0])
    times = {camera: session.times_ns(camera) for camera in ("mouth", "eye_left")}
    labels = tmp_path / "labels.parquet"
    rows = [
        rows_of("jaw_drop", times["mouth"], 0.5, source="metric", session=session.path.name),
        rows_of(
            "lid_closure_left", times["eye_left"], 0.1, source="metric", session=session.path.name
        ),
    ]
    write_labels(join(rows), labels)
    eyes = load(toy_config, str(labels), toy_config.sessions[:1])["eye"]
    jaw = schema.FALLBACK_OUTPUTS.index("jaw_drop")
    left = np.array(eyes.part_cameras)[eyes.part] == "eye_left"
    assert (eyes.scene.fallback_weight[left, jaw] > 0).all()
    assert eyes.scene.fallback[left, jaw] == pytest.approx(0.5, abs=0.01)
    assert not eyes.scene.fallback_weight[left][
        :, np.arange(len(schema.FALLBACK_OUTPUTS)) != jaw
    ].any()

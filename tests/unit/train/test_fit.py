from __future__ import annotations

import json
import shutil
from dataclasses import replace

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="needs torch")

from mien import schema  # noqa: E402
from mien.errors import ConfigError, TrainError  # noqa: E402
from mien.train.checkpoint import load_trained, read_state, write_state  # noqa: E402
from mien.train.fit import train  # noqa: E402
from mien.train.targets import KINDS  # noqa: E402
from mien.train.validate import fusion_weights  # noqa: E402
from mien.types import silent  # noqa: E402

pytestmark = pytest.mark.train

TOLD = [
    *("lid_closure_left", "lid_closure_right", "lip_corner_puller_left"),
    *("lip_corner_puller_right", "jaw_drop", "gaze_yaw_left", "gaze_yaw_right"),
    *("gaze_pitch_left", "gaze_pitch_right"),
]


def mean_r(path):
    found = [entry["r"] for entry in load_trained(path).metrics.values()]
    return float(np.mean([r for r in found if r is not None]))


def test_it_learns_what_the_pictures_show(toy_model):
    model = load_trained(toy_model)
    assert set(model.trained) == set(TOLD)
    assert mean_r(toy_model) > 0.75
    assert model.metrics["lid_closure_right"]["r"] > 0.85
    # The right eye's yaw has its sign flipped twice, on the way in and on the way out.
    assert model.metrics["gaze_yaw_left"]["r"] > 0.6
    assert model.metrics["gaze_yaw_right"]["r"] > 0.6
    assert model.metrics["lip_corner_puller_left"]["r"] > 0.6
    assert model.training["samples"] == {"eye": 288, "mouth": 144}


def test_shuffled_labels_teach_nothing(toy_config, toy_model, tmp_path):
    control = train(replace(toy_config, out=tmp_path, epochs=6, shuffle_labels=True))
    assert abs(mean_r(control)) < 0.35
    assert mean_r(toy_model) > 0.75


def test_a_run_that_stopped_goes_on_as_if_it_had_not(toy_config, tmp_path):
    short = replace(toy_config, epochs=3)
    whole = train(replace(short, out=tmp_path / "whole", threads=2))
    stopped = replace(short, out=tmp_path / "stopped")
    train(replace(stopped, max_minutes=1e-6))
    assert len(json.loads((tmp_path / "stopped" / "history.json").read_text())["eye"]) == 1
    resumed = train(stopped)
    first, second = load_trained(whole), load_trained(resumed)
    for kind, network in first.networks.items():
        pairs = zip(network.parameters(), second.networks[kind].parameters(), strict=True)
        assert all(torch.equal(a, b) for a, b in pairs)
    assert first.metrics == second.metrics


def test_a_run_may_begin_with_the_weights_of_another(toy_config, toy_model, tmp_path):
    short = replace(toy_config, epochs=1, out=tmp_path / "begun", start=str(toy_model))
    begun = train(short)
    fresh = train(replace(short, out=tmp_path / "fresh", start=""))
    assert mean_r(begun) > 0.6 > mean_r(fresh)
    assert load_trained(begun).training["start"]["run"] == toy_model.parent.name
    with pytest.raises(TrainError, match="width: expected"):
        train(replace(short, out=tmp_path / "narrow", width=0.5))


def test_a_finished_run_is_not_trained_again(toy_config, toy_model):
    told = []

    def progress(items, *, what, total=None):
        told.append(what)
        return silent(items, what=what, total=total)

    before = load_trained(toy_model).metrics
    assert train(toy_config, progress) == toy_model
    assert told == ["training sessions", "validation sessions"]
    assert load_trained(toy_model).metrics == before


@pytest.mark.usefixtures("toy_model")
def test_a_folder_with_another_run_is_refused(toy_config):
    with pytest.raises(TrainError, match="same settings, got another; train into another folder"):
        train(replace(toy_config, seed=9))


def test_validating_on_what_was_trained_on_is_refused(toy_config):
    with pytest.raises(ConfigError, match="validation_sessions: expected none of sessions"):
        replace(toy_config, validation_sessions=toy_config.sessions[:1])


def test_what_is_no_checkpoint_is_refused(tmp_path):
    path = tmp_path / "model.pt"
    path.write_bytes(b"not a checkpoint")
    with pytest.raises(TrainError, match=r"model\.pt: expected a checkpoint"):
        load_trained(path)
    with pytest.raises(TrainError, match="expected a checkpoint"):
        load_trained(tmp_path / "absent.pt")


def test_the_better_camera_counts_more():
    errors = {
        "eye": np.full(len(schema.EYE_OUTPUTS), 0.01, np.float32),
        "mouth": np.full(len(schema.MOUTH_OUTPUTS), 0.03, np.float32),
    }
    moving = {kind: [True] * len(found) for kind, found in errors.items()}
    weights = fusion_weights(errors, moving)
    assert set(weights) == {
        f"{unit}_{side}" for unit in ("cheek_raiser", "nose_wrinkler") for side in schema.SIDES
    }
    assert weights["cheek_raiser_left"] == {"eye": 0.75, "mouth": 0.25}
    moving["eye"] = [False] * len(moving["eye"])
    assert fusion_weights(errors, moving)["nose_wrinkler_right"] == {"eye": 0.0, "mouth": 1.0}
    moving["mouth"] = [False] * len(moving["mouth"])
    assert fusion_weights(errors, moving) == {}


def test_a_run_made_without_a_head_can_be_begun_with_but_is_no_model(toy_model, tmp_path):
    state = read_state(toy_model)
    for weights in state["networks"].values():
        for name in [name for name in weights if name.startswith("heads.segmentation")]:
            del weights[name]
    older = tmp_path / "model.pt"
    write_state(older, state)
    with pytest.raises(TrainError, match="eye: expected this version's network"):
        load_trained(older)
    begun, whole = load_trained(older, is_start=True), load_trained(toy_model)
    for kind in KINDS:
        assert torch.equal(
            begun.networks[kind].body[0][0].weight, whole.networks[kind].body[0][0].weight
        )


def test_a_finished_run_can_give_its_last_epoch_in_place_of_its_best(
    toy_config, toy_model, tmp_path
):
    shutil.copytree(toy_model.parent, tmp_path / "run")
    state = read_state(tmp_path / "run" / "run.pt")
    best = {
        name: x + 1 if x.is_floating_point() else x
        for name, x in state["tracks"]["eye"]["best"].items()
    }
    state["tracks"]["eye"] |= {"best": best, "best_epoch": 2}
    write_state(tmp_path / "run" / "run.pt", state)
    given = {
        keep: load_trained(train(replace(toy_config, out=tmp_path / "run", keep=keep)))
        for keep in ("best", "last")
    }
    assert {keep: one.training["epochs"]["eye"] for keep, one in given.items()} == {
        "best": 2,
        "last": toy_config.epochs,
    }
    last = state["tracks"]["eye"]["learner"]["average"]
    for name, weights in given["last"].networks["eye"].state_dict().items():
        assert torch.equal(weights, last[name]), name
    with pytest.raises(ConfigError, match="keep: expected one of best, last, got first"):
        replace(toy_config, keep="first")

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="needs torch")
pytest.importorskip("cv2", reason="needs OpenCV")

from mien import cli  # noqa: E402
from mien.errors import ConfigError, TrainError  # noqa: E402
from mien.study.faces_page import BASELINE, JOINT, SWAPPED  # noqa: E402
from mien.study.faces_score import accuracy, confusion  # noqa: E402
from mien.train.faces import experiment, run  # noqa: E402
from mien.train.faces.config import FacesConfig  # noqa: E402

pytestmark = pytest.mark.train

TINY = {"side_px": 32, "width": 0.5, "hidden": 64, "batch": 16, "learning_rate": 5e-3}
EPOCHS = {"identity_epochs": 5, "expression_epochs": 20, "joint_epochs": 5}
CHANCE = 0.25
"""A quarter of the pictures is neutral, and each of four expressions is less."""


@pytest.fixture(scope="module")
def config(ckplus, tmp_path_factory):
    """A study of CK+ that takes seconds."""
    out = tmp_path_factory.mktemp("study")
    return FacesConfig(out=out, ckplus=ckplus, folds=2, **TINY, **EPOCHS)


@pytest.fixture(scope="module")
def told(config):
    """What that study found, and the epochs it told of."""
    epochs = []
    report = run.run_faces(config, on_epoch=lambda *epoch: epochs.append(epoch))
    return report, epochs


def share(report, name, data="CK+"):
    return accuracy(confusion(report[data]["results"], name))


def test_expressions_of_new_people_are_learned_far_better_than_chance(told):
    report, epochs = told
    for name in (BASELINE, JOINT):
        assert share(report, name) > 2 * CHANCE
    assert epochs[-1] == ("CK+: epochs", 2 * (5 + 20 + 2 * 5), 2 * (5 + 20 + 2 * 5))


def test_shuffled_labels_teach_nothing(config, tmp_path):
    report = run.run_faces(replace(config, out=tmp_path, shuffle_labels=True))
    for name in (BASELINE, JOINT):
        assert share(report, name) < 1.5 * CHANCE


def test_every_picture_is_judged_once_by_networks_that_never_saw_its_person(told):
    report, _ = told
    results = report["CK+"]["results"]
    assert [one["split"] for one in results] == ["fold00", "fold01"]
    assert [one["people"] for one in results] == [4, 4]
    for name in (BASELINE, JOINT, SWAPPED):
        assert confusion(results, name).sum() == 128
    assert sum(one["action_units"]["12"]["pictures"] for one in results) == 3 * 32
    assert report["CK+"]["pictures"] == [32, 24, 0, 0, 0, 24, 24, 24]
    assert confusion(results, JOINT).sum(axis=1).tolist() == report["CK+"]["pictures"]


def test_identity_is_verified_on_people_it_was_not_learned_from(told):
    for one in told[0]["CK+"]["results"]:
        identity = one["identity"]
        assert identity["source"] == "subjects of the training folds"
        assert identity["people"] == identity["verification"]["people"] == 4
        assert identity["verification"]["equal_error_rate"] < 0.4


def test_what_is_finished_is_kept_and_the_rest_is_done(config, told):
    report, _ = told
    kept, lost = (config.out / "ckplus" / f"seed0_fold0{number}.json" for number in (0, 1))
    before = kept.stat().st_mtime_ns
    expected = json.loads(lost.read_text())
    lost.unlink()
    lost.with_name(lost.name + ".part").write_text("half a res")
    epochs = []
    again = run.run_faces(config, on_epoch=lambda *epoch: epochs.append(epoch))
    assert kept.stat().st_mtime_ns == before
    assert json.loads(lost.read_text()) == expected
    assert again == report
    assert epochs[-1][2] == 5 + 20 + 2 * 5


def test_results_of_other_settings_or_data_are_refused(config, told, two_subjects):
    del told
    with pytest.raises(TrainError, match="expected a result of the same settings and data"):
        run.run_faces(replace(config, joint_epochs=6))
    with pytest.raises(TrainError, match="expected at least 4 people for 2 folds, got 2"):
        run.run_faces(replace(config, ckplus=two_subjects))
    spoiled = config.out / "ckplus" / "seed0_fold00.json"
    text = spoiled.read_text()
    spoiled.write_text(text[:50])
    with pytest.raises(TrainError, match=r"seed0_fold00\.json: expected a result"):
        run.run_faces(config)
    spoiled.write_text(text)


def test_ferplus_learns_identity_from_a_folder_of_people(ferplus, people, tmp_path, capsys):
    votes_at, pixels_at = ferplus
    command = [
        *("study", "faces", "--ferplus", str(votes_at.parent), "--fer2013", str(pixels_at)),
        *("--identities", str(people), "--votes", "soft", "--out", str(tmp_path / "fer")),
        *("--side-px", "32", "--width", "0.25", "--batch", "16", "--seed", "3", "--seeds", "2"),
        *("--identity-epochs", "2", "--expression-epochs", "2", "--joint-epochs", "1"),
        *("--network", "small", "--json", str(tmp_path / "fer.json")),
    ]
    assert cli.main(command) == 0
    assert "84.29" in capsys.readouterr().out
    report = json.loads((tmp_path / "fer.json").read_text())["FER+"]
    assert [one["seed"] for one in report["results"]] == [3, 4]
    assert {one["identity"]["source"] for one in report["results"]} == {"people of --identities"}
    assert sorted(report["results"][0]["confusion"]) == sorted([BASELINE, JOINT, SWAPPED])
    page = (tmp_path / "fer" / "faces.md").read_text(encoding="utf-8")
    assert "mien study faces --ferplus DIR --fer2013 CSV --identities DIR" in page
    assert "--votes soft" in page
    assert str(tmp_path) not in page
    files = {path.name for path in (tmp_path / "fer").iterdir()}
    assert files >= {"identity_seed3.pt", "identity_seed4.pt", "ferplus", "faces.json"}


def test_a_swapped_vector_is_of_another_person(ckplus):
    from mien.train.faces.cohn_kanade import read_faces, read_sequences

    faces = read_faces(read_sequences(ckplus), side_px=32)
    rows = experiment._vector_rows(faces, seed=0)
    assert (faces.people[rows[SWAPPED]] != faces.people).all()
    own, other = (rows[name] for name in (experiment.OWN_NEUTRAL, experiment.OTHER_NEUTRAL))
    assert (faces.people[own] == faces.people).all()
    assert (faces.people[other] != faces.people).all()
    assert faces.is_neutral[own].all()
    assert faces.is_neutral[other].all()
    unknown = replace(faces, people=np.full(len(faces), ""))
    rows = experiment._vector_rows(unknown, seed=0)
    assert (rows[SWAPPED] != np.arange(len(faces))).all()
    assert (rows[experiment.OWN_NEUTRAL] == -1).all()


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({}, "expected CK. or FER., got neither"),
        ({"ferplus": "a"}, "expected both the votes and the pictures"),
        ({"ferplus": "a", "fer2013": "b"}, "expected people for FER., which names none"),
        ({"ckplus": "a", "votes": "loud"}, "votes: expected one of majority, soft, got 'loud'"),
        ({"ckplus": "a", "side_px": 16}, r"side_px: expected 32\.\.128"),
        ({"ckplus": "a", "network": "vgg"}, "network: expected one of auto, small, resnet18"),
    ],
)
def test_settings_are_checked(settings, message, tmp_path):
    with pytest.raises(ConfigError, match=message):
        FacesConfig(out=tmp_path, **settings)


def test_many_pictures_take_the_larger_network(tmp_path):
    config = FacesConfig(out=tmp_path, ckplus=tmp_path)
    assert config.network_for(1308) == "small"
    assert config.network_for(25_000) == "resnet18"
    assert replace(config, network="small").network_for(25_000) == "small"

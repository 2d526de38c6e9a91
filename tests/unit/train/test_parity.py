"""The study that compares a file with the float networks it was made of, of random weights."""

from __future__ import annotations

import shutil
from dataclasses import replace

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="needs torch")
pytest.importorskip("litert_torch", reason="needs litert-torch")

from mien.config import CROP_SIZE, PreprocessConfig  # noqa: E402
from mien.errors import TrainError  # noqa: E402
from mien.runtime.model import Model  # noqa: E402
from mien.runtime.model_file import read_model_file  # noqa: E402
from mien.study.parity_page import parity_markdown  # noqa: E402
from mien.train.augment import real_values  # noqa: E402
from mien.train.checkpoint import TrainedModel, load_trained, save_trained  # noqa: E402
from mien.train.config import LoadConfig  # noqa: E402
from mien.train.export import export  # noqa: E402
from mien.train.model_cost import bytes_by_part, multiply_adds  # noqa: E402
from mien.train.network import make_network  # noqa: E402
from mien.train.parity import parity  # noqa: E402
from mien.train.samples import load_samples  # noqa: E402
from mien.train.targets import KINDS  # noqa: E402
from mien.types import silent  # noqa: E402

pytestmark = [
    pytest.mark.train,
    pytest.mark.model,
    pytest.mark.filterwarnings("ignore"),  # the converter's own dependencies warn
]


def lively_network(kind, crops):
    """Random weights whose outputs spread over 0..1."""
    network = make_network(kind, width=0.25, seed=1).train()
    with torch.no_grad():
        for _ in range(4):
            network(real_values(crops, PreprocessConfig()))
        network.head[-1].weight.mul_(20)
    return network.eval()


@pytest.fixture(scope="module")
def checkpoint(toy_config, load_config, tmp_path_factory):
    found = load_samples(
        toy_config.sessions[:1], "truth", config=load_config, progress=silent, what="test"
    )
    crops = {kind: samples.pairs(np.arange(0, 72, 2)) for kind, samples in found.items()}
    trained = TrainedModel(
        networks={kind: lively_network(kind, crops[kind]) for kind in KINDS},
        width=0.25,
        calibration=crops,
        preprocess=PreprocessConfig(),
        trained=("jaw_drop", "lid_closure_left"),
        training={"run": "random", "samples": {"eye": 1, "mouth": 2}},
        metrics={},
        fusion={},
    )
    path = tmp_path_factory.mktemp("run") / "model.pt"
    save_trained(path, trained)
    return path


@pytest.fixture(scope="module")
def toy_file(checkpoint):
    return export(checkpoint, checkpoint.with_name("toy.tflite"), is_forced=True)


@pytest.fixture(scope="module")
def load_config(toy_config):
    return LoadConfig(cache=toy_config.cache, threads=1, samples=toy_config.samples)


@pytest.fixture(scope="module")
def report(checkpoint, toy_config, toy_file, load_config):
    sessions = toy_config.validation_sessions
    return parity(checkpoint, sessions, model=toy_file, config=load_config)


def test_int8_is_near_float_in_every_value_and_head(report):
    assert {one["value"] for one in report["values"]} >= {"jaw_drop", "lid_closure_left"}
    for one in report["values"]:
        assert abs(one["mae"][1] - one["mae"][0]) < 0.02, one["value"]
    asked = {one["output"]: one for one in report["heads"]}
    assert {"eye/units", "eye/aperture", "mouth/units", "eye_emotion/emotion"} <= set(asked)
    assert asked["eye/units"]["mean"] < 0.01
    assert asked["mouth_scene/segmentation"]["same_class"] > 0.9


def test_every_signature_is_timed_and_counted(report, toy_file):
    signatures = set(Model.load(toy_file).info.signatures)
    assert {one["signature"] for one in report["signatures"]} == signatures
    for one in report["signatures"]:
        assert one["calls"] > 0
        assert 0 < one["fastest_us"] <= one["median_us"]
    assert sum(report["bytes"].values()) == toy_file.stat().st_size


def test_multiply_adds_are_those_of_the_layers(checkpoint, toy_file):
    """Counted once more, by hooks on the layers of the float network."""
    body, _ = read_model_file(toy_file)
    network, counted = load_trained(checkpoint).networks["mouth"], []

    def count(layer, _, out):
        counted.append(out.numel() * layer.weight[0].numel())

    for layer in network.modules():
        if isinstance(layer, torch.nn.Conv2d | torch.nn.Linear):
            layer.register_forward_hook(count)
    with torch.no_grad():
        network(torch.zeros(1, 2, CROP_SIZE, CROP_SIZE))
    assert multiply_adds(body)["mouth"] == sum(counted)


def test_parts_tell_which_weights_are_shared(toy_file):
    body, _ = read_model_file(toy_file)
    parts = bytes_by_part(body)
    assert sum(parts.values()) == len(body)
    assert parts["eye+eye_scene"] > parts["eye_scene"], "the encoder must be in the file once"


def test_a_file_of_another_run_is_refused(checkpoint, toy_config, toy_file, load_config, tmp_path):
    trained = load_trained(checkpoint)
    other = replace(trained, training={**trained.training, "run": "other"})
    save_trained(tmp_path / "model.pt", other)
    with pytest.raises(TrainError, match="run: expected the run's, other, got"):
        parity(tmp_path, toy_config.validation_sessions, model=toy_file, config=load_config)
    shutil.rmtree(tmp_path)


def test_the_page_tells_what_is_missed(report):
    page = parity_markdown({"command": "mien study parity", **report})
    assert "| jaw_drop (mouth) |" in page
    missed = {**report, "goals": {"mae": {"asked": 0.005, "reached": 0.2, "met": False}}}
    told = parity_markdown({"command": "", **missed})
    assert "| largest difference of a value's MAE | 0.0050 | 0.2000 | **no** |" in told

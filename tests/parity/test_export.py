"""The int8 file against the float networks it was made from."""

from __future__ import annotations

import json
import zipfile

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="needs torch")
pytest.importorskip("litert_torch", reason="needs litert-torch")

from mien import schema  # noqa: E402
from mien.config import PreprocessConfig  # noqa: E402
from mien.errors import TrainError  # noqa: E402
from mien.runtime.model import Model  # noqa: E402
from mien.runtime.wearer_vector import VECTOR_SIZE, wearer_vector  # noqa: E402
from mien.train.augment import real_values  # noqa: E402
from mien.train.checkpoint import TrainedModel, load_trained, save_trained  # noqa: E402
from mien.train.export import export, require_int8, signature_facts  # noqa: E402
from mien.train.graphs import signature_names  # noqa: E402
from mien.train.heads.emotion import tandem  # noqa: E402
from mien.train.model_file import model_metadata, write_model_file  # noqa: E402
from mien.train.network import make_network  # noqa: E402
from mien.train.targets import KINDS, OUTPUTS  # noqa: E402

pytestmark = [
    pytest.mark.train,
    pytest.mark.model,
    # The converter's own dependencies warn, some of them when they are collected.
    pytest.mark.filterwarnings("ignore"),
]

BOUND = 0.04
"""Largest difference of any output, about ten codes of the int8 sigmoid."""
MEAN_BOUND = 0.008
EMOTION_BOUND = 0.1
"""Largest difference of a logit."""
HEAD_BOUND = 0.04
"""Largest mean difference of a head, as a share of what its outputs span."""


def textured(count, seed):
    """Smooth random pairs of crops, as codes; the last pair has no neutral."""
    rng = np.random.default_rng(seed)
    coarse = torch.from_numpy(rng.normal(0, 45, (count, 2, 16, 16)).astype(np.float32))
    smooth = torch.nn.functional.interpolate(coarse, (128, 128), mode="bicubic").numpy()
    smooth[-1, 1] = 0
    return np.clip(np.rint(smooth + rng.normal(0, 4, smooth.shape)), -128, 127).astype(np.int8)


def lively_network(kind):
    """Random weights whose outputs spread over 0..1: a harsher test than a trained network."""
    network = make_network(kind, seed=1).train()
    with torch.no_grad():
        for seed in range(8):
            network(real_values(textured(8, seed), PreprocessConfig()))
        network.head[-1].weight.mul_(60)
    return network.eval()


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory):
    path = tmp_path_factory.mktemp("export") / "model.pt"
    networks = {kind: lively_network(kind) for kind in KINDS}
    trained = TrainedModel(
        networks=networks,
        width=1.0,
        calibration={kind: textured(64, 100) for kind in KINDS},
        preprocess=PreprocessConfig(),
        trained=("jaw_drop", "lid_closure_left"),
        training={"run": "random", "seed": 1},
        metrics={"jaw_drop": {"r": 0.5, "mae": 0.1, "n": 3}},
        fusion={"cheek_raiser_left": {"eye": 0.75, "mouth": 0.25}},
    )
    save_trained(path, trained)
    return path


@pytest.fixture(scope="module")
def model_path(checkpoint):
    return export(checkpoint, checkpoint.with_name("model.tflite"), is_forced=True)


@pytest.mark.parametrize("kind", KINDS)
def test_int8_follows_the_float_network(kind, checkpoint, model_path):
    network, model = load_trained(checkpoint).networks[kind], Model.load(model_path)
    crops = textured(32, 7)
    with torch.no_grad():
        expected = network(real_values(crops, PreprocessConfig())).numpy()
    got = np.stack([getattr(model, kind)(*crop) for crop in crops])
    difference = np.abs(got - expected)
    assert expected.std(0).mean() > 0.02, "the crops must move the outputs"
    assert difference.max() < BOUND
    assert difference.mean() < MEAN_BOUND


@pytest.mark.parametrize("kind", KINDS)
def test_int8_follows_the_float_heads(kind, checkpoint, model_path):
    network, model = load_trained(checkpoint).networks[kind], Model.load(model_path)
    crops = textured(12, 8)
    with torch.no_grad():
        maps = network.maps(real_values(crops, PreprocessConfig()))
        expected = {"attention": maps.attention.flatten(1), "feature": maps.feature}
        expected |= {name: head(maps) for name, head in network.heads.items() if name != "emotion"}
    for number, crop in enumerate(crops):
        getattr(model, kind)(*crop)
        scene = model.scene(kind, *crop)
        for name, wanted in expected.items():
            got = scene[name] if name in scene else model.beside_units(kind, name)
            want = wanted[number].numpy()
            want = want.transpose(1, 2, 0) if want.ndim == 3 else want
            assert got.shape == want.shape
            spread = max(float(np.ptp(wanted.numpy())), 0.1)
            assert np.abs(got - want).mean() < HEAD_BOUND * spread, name


@pytest.mark.parametrize("kind", KINDS)
def test_int8_follows_the_float_emotion(kind, checkpoint, model_path):
    network, model = load_trained(checkpoint).networks[kind], Model.load(model_path)
    for place, crop in enumerate(textured(8, 9)):
        getattr(model, kind)(*crop)
        feature = model.beside_units(kind, "feature")
        vector = wearer_vector(model.scene(kind, *crop)["identity"][None])
        vector = vector if place % 2 else np.zeros_like(vector)
        with torch.no_grad():
            given = torch.from_numpy(feature)[None], torch.from_numpy(vector)[None]
            expected = network.heads["emotion"].layers(tandem(*given))[0].numpy()
        assert np.abs(model.emotion(kind, feature, vector) - expected).max() < EMOTION_BOUND


def test_everything_is_int8_and_nothing_has_a_name(model_path):
    body = model_path.read_bytes()[: Model.load(model_path).info.body_bytes]
    facts = signature_facts(body)
    assert set(facts) == {f"{kind}{part}" for kind in KINDS for part in ("", "_scene", "_emotion")}
    for name, fact in facts.items():
        assert {one.type_name for one in fact.tensors} <= {"INT8", "INT32"}
        assert {one.type_name for one in (*fact.inputs, *fact.outputs)} == {"INT8"}
        if name.endswith("_emotion"):
            assert [one.shape for one in fact.inputs] == [(1, 64), (1, VECTOR_SIZE)]
            continue
        assert {one.type_name for one in fact.tensors} <= {"INT8", "INT32"}
        (given,) = fact.inputs
        assert (given.shape, given.scales, given.zero_points) == ((1, 128, 128, 2), (1 / 32,), (0,))
        assert {one.type_name for one in (given, *fact.outputs)} == {"INT8"}
        if name in KINDS:
            units = fact.outputs[0]
            assert units.shape == (1, len(OUTPUTS[name]))
            assert (units.scales, units.zero_points) == ((1 / 256,), (-128,))
    assert b"torch" not in body


def test_the_metadata_tells_what_a_reader_needs(model_path):
    with zipfile.ZipFile(model_path) as archive:
        told = json.loads(archive.read("mien.json"))
    assert told["schema_hash"] == schema.schema_hash()
    of_units = {"scale": 1 / 256, "zero_point": -128}
    assert {kind: told["outputs"][kind] for kind in KINDS} == dict.fromkeys(KINDS, of_units)
    assert told["signatures"]["mouth"] == ["units", "attention", "feature"]
    info = Model.load(model_path).info
    assert info.trained == ("lid_closure_left", "jaw_drop")
    assert info.preprocess == PreprocessConfig()
    assert info.fusion == {"cheek_raiser_left": {"eye": 0.75, "mouth": 0.25}}
    assert info.training["run"] == "random"
    assert info.metrics["jaw_drop"]["r"] == 0.5


def test_exporting_twice_gives_the_same_bytes(checkpoint, model_path):
    again = export(checkpoint, model_path.with_name("again.tflite"), is_forced=True)
    assert again.read_bytes() == model_path.read_bytes()


def test_a_float_tensor_is_refused(checkpoint, model_path):
    import flatbuffers
    from ai_edge_litert import schema_py_generated as tflite

    body = model_path.read_bytes()[: Model.load(model_path).info.body_bytes]
    model = tflite.ModelT.InitFromPackedBuf(body, 0)
    model.subgraphs[1].tensors[5].type = tflite.TensorType.FLOAT32
    builder = flatbuffers.Builder(len(body))
    builder.Finish(model.Pack(builder), b"TFL3")
    names = signature_names(load_trained(checkpoint).networks)
    require_int8(body, names)
    with pytest.raises(TrainError, match="eye_scene: expected int8 tensors and int32 biases, got"):
        require_int8(bytes(builder.Output()), names)


def test_only_a_flatbuffer_is_packed(tmp_path):
    metadata = model_metadata(
        b"",
        preprocess=PreprocessConfig(),
        trained=(),
        outputs={},
        training={},
        metrics={},
        fusion={},
        signatures={},
    )
    with pytest.raises(ValueError, match="expected a TFLite flatbuffer"):
        write_model_file(tmp_path / "x.tflite", b"not a flatbuffer", metadata)
    assert list(tmp_path.iterdir()) == []

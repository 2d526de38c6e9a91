from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest

from mien import schema
from mien.errors import ModelError
from mien.runtime.model import Model, default_path
from mien.runtime.model_file import read_model_file

CROPS = np.random.default_rng(1).integers(-100, 100, (4, 128, 128), np.int8)


def rewrite(source: Path, out: Path, change) -> Path:
    """A copy whose body and metadata went through `change(body, metadata) -> (body, metadata)`."""
    with zipfile.ZipFile(source) as archive:
        metadata = json.loads(archive.read("mien.json"))
    body, metadata = change(source.read_bytes()[: metadata["body_bytes"]], metadata)
    out.write_bytes(body)
    with zipfile.ZipFile(out, "a") as archive:
        archive.writestr(
            "mien.json", metadata if isinstance(metadata, str) else json.dumps(metadata)
        )
    return out


def with_metadata(**changes):
    return lambda body, metadata: (body, {**metadata, **changes})


def sealed(body: bytes, metadata: dict):
    """Metadata that vouches for this body."""
    digest = hashlib.sha256(body).hexdigest()
    return body, {**metadata, "body_bytes": len(body), "body_sha256": digest}


def without(name):
    return lambda body, metadata: (body, {k: v for k, v in metadata.items() if k != name})


def flip_byte(body, metadata):
    return body[:5000] + bytes([body[5000] ^ 255]) + body[5001:], metadata


DAMAGES = {
    "flipped byte": (flip_byte, "body_sha256"),
    "other format": (with_metadata(format="other"), "format: expected mien-model, got other"),
    "newer version": (with_metadata(version=2), "version: expected 1, got 2"),
    "values that are no list": (with_metadata(trained=5), "trained: expected value names"),
    "fusion that is no object": (with_metadata(fusion=[1]), "fusion: expected an object"),
    "fusion without cameras": (
        with_metadata(fusion={"cheek_raiser_left": 3}),
        "fusion: expected numbers by camera",
    ),
    "metrics that are text": (with_metadata(metrics="x"), "metrics: expected an object"),
    "other schema": (with_metadata(schema_hash="0" * 16), "schema_hash: expected"),
    "other order": (with_metadata(eye_outputs=["x"]), "eye_outputs: expected"),
    "other crop": (
        with_metadata(crop={"size": 64, "window_px": 33, "std_floor": 6}),
        "crop.size: expected 128, got 64",
    ),
    "unknown value": (with_metadata(trained=["smirk"]), "trained: expected value names"),
    "bad window": (
        with_metadata(crop={"size": 128, "window_px": 2, "std_floor": 6}),
        "window_px: expected 9..127",
    ),
    "wrong scale": (
        with_metadata(input={"scale": 0.5, "zero_point": 0}),
        "input scale: expected 0.5",
    ),
    "wrong zero point": (
        with_metadata(input={"scale": 1 / 32, "zero_point": 3}),
        "input zero point: expected 3",
    ),
    "no crop": (without("crop"), "crop.size: expected 128, got none"),
    "no input": (without("input"), "input: expected"),
    "no size": (without("body_bytes"), "body_bytes: expected"),
    "huge size": (with_metadata(body_bytes=10**9), "body_bytes: expected"),
    "negative size": (with_metadata(body_bytes=-5), "body_bytes: expected"),
    "not an object": (lambda body, _: (body, "[1, 2]"), "expected an object"),
    "not JSON": (lambda body, _: (body, "{"), "expected a ZIP with mien.json"),
    "signed nonsense": (
        lambda body, m: sealed(body[:8] + b"\xff" * (len(body) - 8), m),
        "expected",
    ),
}


@pytest.mark.model
@pytest.mark.parametrize("name", DAMAGES)
def test_a_damaged_file_is_refused_with_the_reason(name, tiny_model_path, tmp_path):
    change, reason = DAMAGES[name]
    path = rewrite(tiny_model_path, tmp_path / "model.tflite", change)
    with pytest.raises(ModelError, match=r"model\.tflite: ") as caught:
        Model.load(path)
    assert reason in str(caught.value)


@pytest.mark.parametrize("share", [0.0, 0.0005, 0.1, 0.5, 0.9, 0.99, 0.999])
def test_a_truncated_file_is_refused(share, tiny_model_path, tmp_path):
    blob = tiny_model_path.read_bytes()
    path = tmp_path / "cut.tflite"
    path.write_bytes(blob[: int(share * len(blob))])
    with pytest.raises(ModelError, match=r"cut\.tflite: expected a"):
        read_model_file(path)


@pytest.mark.parametrize("content", [b"", b"hello", b"PK\x03\x04" * 100, os.urandom(4096)])
def test_what_is_no_tflite_file_is_refused(content, tmp_path):
    path = tmp_path / "other.bin"
    path.write_bytes(content)
    with pytest.raises(ModelError, match="expected a TFLite file"):
        read_model_file(path)


def test_plain_tflite_without_metadata_is_refused(tiny_model_path, tmp_path):
    path = tmp_path / "plain.tflite"
    path.write_bytes(read_model_file(tiny_model_path)[0])
    with pytest.raises(ModelError, match=r"expected a ZIP with mien\.json behind the flatbuffer"):
        read_model_file(path)


@pytest.mark.parametrize("path", ["missing.tflite", "."])
def test_a_path_that_is_no_file_is_refused(path, tmp_path):
    with pytest.raises(ModelError, match="expected a model file, got none"):
        read_model_file(tmp_path / path)


def test_every_single_byte_of_the_body_is_vouched_for(tiny_model_path, tmp_path):
    blob = bytearray(tiny_model_path.read_bytes())
    path = tmp_path / "one.tflite"
    for at in range(8, len(read_model_file(tiny_model_path)[0]), 397):
        blob[at] ^= 1
        path.write_bytes(blob)
        blob[at] ^= 1
        with pytest.raises(ModelError, match="body_sha256"):
            read_model_file(path)


@pytest.mark.model
def test_the_model_equals_the_interpreter(tiny_model_path):
    from ai_edge_litert.interpreter import Interpreter

    model = Model.load(tiny_model_path)
    body, _ = read_model_file(tiny_model_path)
    for name, width in (("eye", len(schema.EYE_OUTPUTS)), ("mouth", len(schema.MOUTH_OUTPUTS))):
        runner = Interpreter(model_content=body).get_signature_runner(name)
        (given,), result = runner.get_input_details(), "output_0"
        scale, zero_point = runner.get_output_details()[result]["quantization"]
        for crop in CROPS:
            neutral = np.roll(crop, 5, axis=0)
            pair = np.stack([crop, neutral], axis=-1)[None]
            codes = runner(**{given: pair})[result][0]
            got = getattr(model, name)(crop, neutral)
            assert got.shape == (width,)
            assert got.dtype == np.float32
            assert np.array_equal(got, (codes.astype(np.float32) - zero_point) * np.float32(scale))
            assert got.min() >= 0
            assert got.max() <= 1


@pytest.mark.model
def test_out_is_used_and_eyes_and_mouth_do_not_share_it(tiny_model_path):
    model = Model.load(tiny_model_path)
    out = np.zeros(len(schema.EYE_OUTPUTS), np.float32)
    first = model.eye(CROPS[0], out=out)
    assert first is out
    kept = first.copy()
    model.mouth(CROPS[1])
    model.eye(CROPS[2])
    assert np.array_equal(first, kept)


@pytest.mark.model
def test_info_tells_what_the_file_says(tiny_model_path):
    info = Model.load(tiny_model_path).info
    assert "tongue_out" not in info.trained
    assert len(info.trained) == schema.VALUE_COUNT - 1
    assert info.training["run"] == "tiny"
    assert info.fusion["cheek_raiser_left"] == {"eye": 0.75, "mouth": 0.25}


def test_without_litert_the_remedy_is_named(tiny_model_path):
    program = (
        "import sys; sys.modules['ai_edge_litert'] = sys.modules['tflite_runtime'] = None\n"
        "import mien\n"
        f"try: mien.Model.load({str(tiny_model_path)!r})\n"
        "except mien.ModelError as exc: print(exc)\n"
    )
    asked = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert "pip install ai-edge-litert" in asked.stdout


@pytest.mark.model
def test_the_shipped_model_loads():
    if not default_path().exists():
        pytest.skip("the package has no default model yet")
    model = Model.load()
    assert model.eye(CROPS[0]).shape == (len(schema.EYE_OUTPUTS),)

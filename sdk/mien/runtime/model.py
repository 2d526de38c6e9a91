"""The int8 network on the device's CPU: the only module that knows LiteRT."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from mien import schema
from mien.config import CROP_SIZE
from mien.errors import ModelError
from mien.runtime.model_file import ModelInfo, read_model_file
from mien.schema import CameraKind
from mien.types import Quant8

_INT8: Final = np.dtype(np.int8)
LiteRtInterpreter: TypeAlias = Any
"""LiteRT ships no types, and a machine may have either of two packages."""

DEFAULT_NAME: Final = "default.tflite"
INPUT_SHAPE: Final = (1, CROP_SIZE, CROP_SIZE, 2)
"""Present crop and neutral crop."""


def default_path() -> Path:
    """Where the model that ships with the package lies."""
    return Path(__file__).resolve().parents[1] / "models" / DEFAULT_NAME


class Model:
    """The eye and the mouth network of one model file.

    Not to be shared between threads: the interpreter's buffers are one set.
    """

    def __init__(self, body: bytes, info: ModelInfo, *, threads: int = 1) -> None:
        self.info = info
        self._interpreter = _open_interpreter(body, info, threads=threads)
        self._eye = _Network(self._interpreter, "eye", info=info, width=len(schema.EYE_OUTPUTS))
        mouth_width = len(schema.MOUTH_OUTPUTS)
        self._mouth = _Network(self._interpreter, "mouth", info=info, width=mouth_width)
        self._scenes: dict[CameraKind, _Network] = {}
        self._emotions: dict[CameraKind, _Emotion] = {}

    @classmethod
    def load(cls, path: str | Path | None = None, *, threads: int = 1) -> Model:
        """Load and check a model file; None is the one that ships with the package.

        Raises:
            ModelError: If the file is missing, damaged, not TFLite, or made for another
                schema, or if LiteRT is not installed.
        """
        body, info = read_model_file(default_path() if path is None else Path(path))
        return cls(body, info, threads=threads)

    def eye(
        self,
        quant: Quant8,
        neutral: Quant8 | None = None,
        *,
        out: NDArray[np.float32] | None = None,
    ) -> NDArray[np.float32]:
        """Raw outputs for one eye crop, in the order of `schema.EYE_OUTPUTS`.

        Args:
            quant: Left-looking crop, shape (CROP_SIZE, CROP_SIZE), int8.
            neutral: The same wearer's crop at rest (A14), same shape; None if none is known,
                which costs accuracy.
            out: Where to write, shape (10,), float32.

        Returns:
            Sigmoid outputs in [0, 1]; gaze is (y - 0.5) * 2 * GAZE_MAX_RAD.
        """
        return self._eye.run(quant, neutral, out)

    def mouth(
        self,
        quant: Quant8,
        neutral: Quant8 | None = None,
        *,
        out: NDArray[np.float32] | None = None,
    ) -> NDArray[np.float32]:
        """Raw outputs for a mouth crop, in the order of `schema.MOUTH_OUTPUTS`; see `eye`."""
        return self._mouth.run(quant, neutral, out)

    def beside_units(self, kind: CameraKind, output: str) -> NDArray[np.float32] | None:
        """Another output of the last call of `eye` or `mouth`.

        Args:
            kind: Which of the two.
            output: `attention` (64,): how much each of 8 x 8 regions counts, 0..1 (E5);
                `feature`; of an eye also `aperture` (1,), the opening of the lids as a share of
                16 mm, and `fallback`: `schema.FALLBACK_OUTPUTS` of its side, 0..1 (A13).

        Returns:
            float32; None before the first call, or if the file has no such output.
        """
        return (self._mouth if kind == "mouth" else self._eye).last(output)

    def emotion(
        self, kind: CameraKind, feature: NDArray[np.float32], vector: NDArray[np.float32]
    ) -> NDArray[np.float32] | None:
        """What a camera says of the emotion (D3).

        Args:
            kind: Which network `feature` is of.
            feature: `beside_units(kind, "feature")`.
            vector: The wearer's, see `runtime.wearer_vector`; zeros: nobody in particular.

        Returns:
            Logits in the order of `runtime.emotion.EMOTIONS`, shape (8,), float32, for
            `fused_emotion`; None for a file without this head.
        """
        name = f"{kind}_emotion"
        if name not in self.info.signatures:
            return None
        if kind not in self._emotions:
            self._emotions[kind] = _Emotion(self._interpreter, name, info=self.info)
        return self._emotions[kind].run(feature, vector)

    def scene(
        self, kind: CameraKind, quant: Quant8, neutral: Quant8 | None = None
    ) -> dict[str, NDArray[np.float32]]:
        """What a crop shows beside the units: as much work as `eye`, so not for every frame.

        Args:
            kind: What the crop is of.
            quant: As in `eye`.
            neutral: As in `eye`.

        Returns:
            `segmentation`, shape (32, 32, classes), a score per class and pixel (B4), and
            whatever else the file names; empty for a file without such a signature.
        """
        name = f"{kind}_scene"
        if name not in self.info.signatures:
            return {}
        if kind not in self._scenes:
            self._scenes[kind] = _Network(self._interpreter, name, info=self.info, width=None)
        self._scenes[kind].run(quant, neutral, None)
        return self._scenes[kind].everything()


class _Network:
    """One signature of the file. Runs through its runner only.

    A live runner holds references into the interpreter, which makes `invoke()` raise; and
    `invoke()` runs the first signature alone.
    """

    def __init__(
        self, interpreter: LiteRtInterpreter, name: str, *, info: ModelInfo, width: int | None
    ) -> None:
        try:
            self._runner = interpreter.get_signature_runner(name)
        except ValueError as exc:
            raise ModelError(f"{info.path}: expected signature {name!r}, got none") from exc
        given, results = self._runner.get_input_details(), self._runner.get_output_details()
        names, keys = info.signatures[name], sorted(results, key=_number_of)
        _require(
            info,
            f"{name} number of inputs, outputs",
            (len(given), len(keys)),
            expected=(1, len(names)),
        )
        self._input_name = next(iter(given))
        entry, result = given[self._input_name], results[keys[0]]
        for what, got, expected in (
            ("input shape", tuple(entry["shape"]), INPUT_SHAPE),
            ("output shape", tuple(result["shape"]), (1, width)),
            ("input dtype", np.dtype(entry["dtype"]), np.dtype(np.int8)),
            ("output dtype", {np.dtype(one["dtype"]) for one in results.values()}, {_INT8}),
            ("input zero point", int(entry["quantization"][1]), info.preprocess.zero_point),
        ):
            if what != "output shape" or width is not None:
                _require(info, f"{name} {what}", got, expected=expected)
        scale = float(entry["quantization"][0])
        if not np.isclose(scale, info.preprocess.scale, rtol=1e-3):
            _require(info, f"{name} input scale", scale, expected=info.preprocess.scale)
        self._outputs = {
            output: _Output(key, results[key]) for output, key in zip(names, keys, strict=True)
        }
        self._first = self._outputs[names[0]]
        self._unknown = np.int8(info.preprocess.zero_point)
        self._given = np.zeros(INPUT_SHAPE, np.int8)
        self._codes: dict[str, NDArray[np.int8]] = {}

    def run(
        self, quant: Quant8, neutral: Quant8 | None, out: NDArray[np.float32] | None
    ) -> NDArray[np.float32]:
        """The first output for a crop."""
        self._given[0, :, :, 0] = quant
        self._given[0, :, :, 1] = self._unknown if neutral is None else neutral
        self._codes = self._runner(**{self._input_name: self._given})
        return self._first.value(self._codes, out)

    def last(self, output: str) -> NDArray[np.float32] | None:
        """Any output of the last run; None before it, or where the file has no such output."""
        if output not in self._outputs or not self._codes:
            return None
        return self._outputs[output].value(self._codes, None)

    def everything(self) -> dict[str, NDArray[np.float32]]:
        """All outputs of the last run."""
        return {name: one.value(self._codes, None) for name, one in self._outputs.items()}


class _Emotion:
    """The signature that reads a feature and a wearer's vector."""

    def __init__(self, interpreter: LiteRtInterpreter, name: str, *, info: ModelInfo) -> None:
        self._runner = interpreter.get_signature_runner(name)
        given, results = self._runner.get_input_details(), self._runner.get_output_details()
        keys = (f"{name}_feature", f"{name}_vector")
        _require(info, f"{name} inputs", sorted(given), expected=sorted(keys))
        _require(info, f"{name} number of outputs", len(results), expected=1)
        self._inputs = {key: given[key] for key in keys}
        (key,) = results
        self._output = _Output(key, results[key])

    def run(self, feature: NDArray[np.float32], vector: NDArray[np.float32]) -> NDArray[np.float32]:
        codes = {
            key: _as_codes(value, details)
            for (key, details), value in zip(self._inputs.items(), (feature, vector), strict=True)
        }
        return self._output.value(self._runner(**codes), None)


def _as_codes(value: NDArray[np.float32], details: Mapping[str, Any]) -> NDArray[np.int8]:
    scale, zero_point = details["quantization"]
    codes = np.rint(value / scale) + zero_point
    limited: NDArray[np.int8] = np.clip(codes, -128, 127).astype(np.int8)
    return limited[None]


class _Output:
    """One output of a signature: its codes as real values."""

    def __init__(self, key: str, details: Mapping[str, Any]) -> None:
        self._key = key
        self._scale = np.float32(details["quantization"][0])
        self._zero_point = np.float32(details["quantization"][1])

    def value(
        self, codes: Mapping[str, NDArray[np.int8]], out: NDArray[np.float32] | None
    ) -> NDArray[np.float32]:
        row = codes[self._key][0]
        raw = np.empty(row.shape, np.float32) if out is None else out
        np.subtract(row, self._zero_point, out=raw, casting="unsafe")
        raw *= self._scale
        return raw


def _number_of(output: str) -> int:
    """Place of an output: they are called `output_0`, `output_1`, ..."""
    tail = output.rpartition("_")[2]
    return int(tail) if tail.isdecimal() else 0


def _require(info: ModelInfo, what: str, got: object, *, expected: object) -> None:
    if got != expected:
        raise ModelError(f"{info.path}: {what}: expected {expected}, got {got}")


def _open_interpreter(body: bytes, info: ModelInfo, *, threads: int) -> LiteRtInterpreter:
    interpreter_class = _interpreter_class()
    try:
        interpreter = interpreter_class(model_content=body, num_threads=threads)
        interpreter.allocate_tensors()
    except (ValueError, RuntimeError) as exc:
        raise ModelError(f"{info.path}: expected a graph that LiteRT can run, got {exc}") from exc
    return interpreter


def _interpreter_class() -> LiteRtInterpreter:
    try:
        from ai_edge_litert.interpreter import Interpreter
    except ImportError:
        pass
    else:
        return Interpreter
    try:
        # armv7 has no LiteRT wheel.
        from tflite_runtime.interpreter import Interpreter as OldInterpreter  # noqa: PLC0415
    except ImportError as exc:
        raise ModelError(
            "LiteRT: expected ai-edge-litert or tflite-runtime, got neither; "
            "run `pip install ai-edge-litert`"
        ) from exc
    return OldInterpreter

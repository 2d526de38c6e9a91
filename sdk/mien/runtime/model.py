"""The int8 network on the device's CPU: the only module that knows LiteRT."""

from __future__ import annotations

import importlib.resources
from pathlib import Path
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from mien import schema
from mien.config import CROP_SIZE
from mien.errors import ModelError
from mien.runtime.model_file import ModelInfo, read_model_file
from mien.types import Quant8

LiteRtInterpreter: TypeAlias = Any
"""LiteRT ships no types, and a machine may have either of two packages."""

DEFAULT_NAME: Final = "default.tflite"
INPUT_SHAPE: Final = (1, CROP_SIZE, CROP_SIZE, 2)
"""Present crop and neutral crop."""


def default_path() -> Path:
    """Where the model that ships with the package lies."""
    return Path(str(importlib.resources.files("mien") / "models" / DEFAULT_NAME))


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


class _Network:
    """One signature of the file. Runs through its runner only.

    A live runner holds references into the interpreter, which makes `invoke()` raise; and
    `invoke()` runs the first signature alone.
    """

    def __init__(
        self, interpreter: LiteRtInterpreter, name: str, *, info: ModelInfo, width: int
    ) -> None:
        try:
            self._runner = interpreter.get_signature_runner(name)
        except ValueError as exc:
            raise ModelError(f"{info.path}: expected signature {name!r}, got none") from exc
        given, results = self._runner.get_input_details(), self._runner.get_output_details()
        (self._input_name, self._output_name) = (next(iter(given)), next(iter(results)))
        entry, result = given[self._input_name], results[self._output_name]
        for what, got, expected in (
            ("number of inputs, outputs", (len(given), len(results)), (1, 1)),
            ("input shape", tuple(entry["shape"]), INPUT_SHAPE),
            ("output shape", tuple(result["shape"]), (1, width)),
            ("input dtype", np.dtype(entry["dtype"]), np.dtype(np.int8)),
            ("output dtype", np.dtype(result["dtype"]), np.dtype(np.int8)),
            ("input zero point", int(entry["quantization"][1]), info.preprocess.zero_point),
        ):
            if got != expected:
                raise ModelError(f"{info.path}: {name} {what}: expected {expected}, got {got}")
        scale = float(entry["quantization"][0])
        if not np.isclose(scale, info.preprocess.scale, rtol=1e-3):
            raise ModelError(
                f"{info.path}: {name} input scale: expected {info.preprocess.scale}, got {scale}"
            )
        self._scale = np.float32(result["quantization"][0])
        self._zero_point = np.float32(result["quantization"][1])
        self._width = width
        self._unknown = np.int8(info.preprocess.zero_point)
        self._given = np.zeros(INPUT_SHAPE, np.int8)

    def run(
        self, quant: Quant8, neutral: Quant8 | None, out: NDArray[np.float32] | None
    ) -> NDArray[np.float32]:
        raw = np.empty(self._width, np.float32) if out is None else out
        self._given[0, :, :, 0] = quant
        self._given[0, :, :, 1] = self._unknown if neutral is None else neutral
        codes = self._runner(**{self._input_name: self._given})[self._output_name]
        np.subtract(codes[0], self._zero_point, out=raw, casting="unsafe")
        raw *= self._scale
        return raw


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

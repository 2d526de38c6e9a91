"""Turns a checkpoint into the int8 file that the headset runs; the only converter import.

Post-training quantisation with per-channel weights and min-max ranges over real crops. The
quantiser's default (a moving average) clips and doubles the error; so does nothing else here.
Ranges are kept by tensor *name*, hence the inputs of the two signatures are named apart.
"""

from __future__ import annotations

import copy
import io
import os
import tempfile
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, redirect_stderr
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from mien.config import CROP_SIZE, PreprocessConfig
from mien.errors import TrainError
from mien.schema import CameraKind
from mien.train.augment import real_values
from mien.train.checkpoint import load_trained
from mien.train.graphs import GRAPHS, SHARES, inputs_of, kind_of_signature, signature_names
from mien.train.model_file import model_metadata, write_model_file
from mien.train.network import CHANNELS, Encoder
from mien.train.targets import KINDS
from mien.train.verification import refusal

Crops = NDArray[np.int8]

_INT8_LOW, _INT8_HIGH = -128, 127
_SIGMOID_RANGE: Final = (0.0, 255 / 256)


def export(checkpoint: Path, out: Path, *, is_forced: bool = False) -> Path:
    """Write the int8 model of a training run, if it passes verification (E3).

    Args:
        checkpoint: `model.pt` of a run, or the run's folder.
        out: Where to write, usually `*.tflite`.
        is_forced: Write it whatever its verification says; the file then says why it should
            have been refused.

    Returns:
        `out`.

    Raises:
        TrainError: If the checkpoint is not one, it fails verification, or a tensor did not
            become int8.
    """
    trained = load_trained(checkpoint)
    reason = refusal(trained.verification)
    if reason and not is_forced:
        raise TrainError(f"{checkpoint}: verification: {reason}")
    body = int8_body(trained.networks, trained.calibration, preprocess=trained.preprocess)
    metadata = model_metadata(
        body,
        preprocess=trained.preprocess,
        trained=trained.trained,
        outputs=output_quantisation(body),
        signatures=signature_names(trained.networks),
        heads=trained.heads,
        training={
            **trained.training,
            "verification": trained.verification and _short(trained.verification),
            "refused": reason,
        },
        metrics=trained.metrics,
        fusion=trained.fusion,
    )
    write_model_file(out, body, metadata)
    return out


def _short(verification: Mapping[str, Any]) -> dict[str, float | None]:
    return {
        "clean_r": verification["clean"]["mean_r"],
        "covered_r": verification["covered"]["mean_r"],
        "kept": verification["kept"],
    }


def int8_body(
    networks: Mapping[CameraKind, Encoder],
    calibration: Mapping[CameraKind, Crops],
    *,
    preprocess: PreprocessConfig,
) -> bytes:
    """Both networks as one int8 flatbuffer with the signatures of `train.graphs`.

    Args:
        networks: By kind; put into evaluation mode.
        calibration: Real crops by kind, shape (N, 2, H, W), int8 codes; they set the ranges.
        preprocess: Its scale and zero point become the inputs'.

    Raises:
        TrainError: If a tensor of the result is neither int8 nor an int32 bias.
    """
    with _quiet(), tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "float.tflite"
        _write_float(networks, path)
        names = signature_names(networks)
        crops = {k: real_values(calibration[k], preprocess) for k in KINDS}
        body = _quantised(path, networks, crops, preprocess=preprocess)
    body = without_names(body)
    require_int8(body, names)
    return body


def _write_float(networks: Mapping[CameraKind, Encoder], path: Path) -> None:
    import litert_torch

    x_BCHW = torch.zeros(1, CHANNELS, CROP_SIZE, CROP_SIZE)
    converter: Any = litert_torch
    for name in signature_names(networks):
        network = _contiguous(networks[kind_of_signature(name)]).eval()
        (given,) = inputs_of(name, network, x_BCHW)
        samples = {argument: torch.from_numpy(x.copy()) for argument, x in given.items()}
        graph = GRAPHS[name](network).eval()
        converter = converter.signature(name, graph, sample_kwargs=samples)
    converter.convert().export(str(path))


def _contiguous(network: Encoder) -> Encoder:
    """A copy in the plain memory format.

    litert-torch 0.10.0 tells constants apart by the address of a temporary copy when weights
    are in `channels_last`: layers then silently share each other's weights, another one every
    time.
    """
    network = copy.deepcopy(network)
    network.to(memory_format=torch.contiguous_format)  # type: ignore[call-overload]
    return network


def _quantised(
    path: Path,
    networks: Mapping[CameraKind, Encoder],
    x_BCHW: Mapping[CameraKind, Tensor],
    *,
    preprocess: PreprocessConfig,
) -> bytes:
    from ai_edge_quantizer import calibrator, quantizer, recipe
    from ai_edge_quantizer.utils import qsv_utils

    tool = quantizer.Quantizer(str(path), recipe.static_wi8_ai8())
    # Quantizer.calibrate() offers no min-max; 0.10.0 is pinned because of these private names.
    ranges = calibrator.Calibrator(
        tool._float_model_buffer,  # noqa: SLF001
        num_threads=1,
        qsv_update_func=qsv_utils.min_max_update,
    )
    names = signature_names(networks)
    data = {
        name: inputs_of(name, networks[kind].eval(), x_BCHW[kind])
        for name in names
        for kind in (kind_of_signature(name),)
    }
    ranges.calibrate(data, tool._recipe_manager)  # noqa: SLF001
    found = _with_fixed_ends(ranges.get_model_qsvs(), preprocess, names=names)
    return bytes(tool.quantize(found, enable_progress_report=False).quantized_model)


def _with_fixed_ends(
    ranges: dict[str, Any], preprocess: PreprocessConfig, *, names: Mapping[str, tuple[str, ...]]
) -> dict[str, Any]:
    """Pin what the inputs and outputs are allowed to be, whatever calibration saw."""
    low, high = (
        (code - preprocess.zero_point) * preprocess.scale for code in (_INT8_LOW, _INT8_HIGH)
    )
    for signature, outputs in names.items():
        crop = f"{signature}_{signature}_in"
        pinned = {crop: (low, high)} if crop in ranges else {}
        pinned |= {
            f"{signature}_output_{number}_output": _SIGMOID_RANGE
            for number, output in enumerate(outputs)
            if output in SHARES
        }
        for name, ends in pinned.items():
            ranges[name] = {
                end: np.full_like(ranges[name][end], value)
                for end, value in zip(("min", "max"), ends, strict=True)
            }
    return ranges


def without_names(body: bytes) -> bytes:
    """Blank the tensors' names and put every buffer inside the flatbuffer.

    The names are Python class paths, up to a third of the file. The quantiser leaves large
    buffers behind the flatbuffer, where only a recent LiteRT looks for them.
    """
    import flatbuffers
    from ai_edge_litert import schema_py_generated as tflite

    class AlignedBuilder(flatbuffers.Builder):  # type: ignore[misc]
        """Aligns buffers to 16 bytes, as the schema's `force_align` asks and Python ignores."""

        def CreateNumpyVector(self, x: NDArray[Any]) -> int:  # noqa: N802
            if x.dtype == np.uint8:
                self.Prep(16, x.size)
            return int(super().CreateNumpyVector(x))

    model = tflite.ModelT.InitFromPackedBuf(body, 0)
    for tensor in (tensor for subgraph in model.subgraphs for tensor in subgraph.tensors):
        tensor.name = b""
    for buffer in model.buffers:
        if buffer.offset > 1:
            buffer.data = np.frombuffer(body, np.uint8, buffer.size, buffer.offset)
            buffer.offset = buffer.size = 0
    builder = AlignedBuilder(len(body))
    builder.Finish(model.Pack(builder), b"TFL3")
    return bytes(builder.Output())


@dataclass(frozen=True, slots=True)
class TensorFact:
    """One tensor of a flatbuffer."""

    type_name: str
    """`INT8`, `INT32`, `FLOAT32`, ..."""
    shape: tuple[int, ...]
    scales: tuple[float, ...]
    zero_points: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class SignatureFact:
    """One signature of a flatbuffer."""

    tensors: tuple[TensorFact, ...]
    """All of them, in the file's order."""
    inputs: tuple[TensorFact, ...]
    outputs: tuple[TensorFact, ...]
    """In the order of the graph's tuple."""


def signature_facts(body: bytes) -> dict[str, SignatureFact]:
    """Every tensor by signature."""
    from ai_edge_litert import schema_py_generated as tflite

    model = tflite.ModelT.InitFromPackedBuf(body, 0)
    types = {number: name for name, number in vars(tflite.TensorType).items() if name[0] != "_"}
    found: dict[str, SignatureFact] = {}
    for signature in model.signatureDefs:
        tensors = [_fact(t, types) for t in model.subgraphs[signature.subgraphIndex].tensors]
        ends = sorted(signature.outputs, key=lambda end: _number_of(end.name.decode()))
        found[signature.signatureKey.decode()] = SignatureFact(
            tuple(tensors),
            tuple(tensors[end.tensorIndex] for end in signature.inputs),
            tuple(tensors[end.tensorIndex] for end in ends),
        )
    return found


def _number_of(output: str) -> int:
    """The place in the graph's tuple: outputs are called `output_0`, `output_1`, ..."""
    return int(output.rpartition("_")[2])


def _fact(tensor: Any, types: Mapping[int, str]) -> TensorFact:  # noqa: ANN401
    scheme = tensor.quantization
    has_scale = scheme is not None and scheme.scale is not None
    return TensorFact(
        type_name=types[tensor.type],
        shape=tuple(int(n) for n in (tensor.shape if tensor.shape is not None else ())),
        scales=tuple(float(s) for s in scheme.scale) if has_scale else (),
        zero_points=tuple(int(z) for z in scheme.zeroPoint) if has_scale else (),
    )


def require_int8(body: bytes, names: Mapping[str, tuple[str, ...]]) -> None:
    """Refuse a flatbuffer with a float tensor, or whose inputs and outputs are not int8.

    Args:
        body: The flatbuffer.
        names: Signature -> its outputs, from `graphs.signature_names`.

    Raises:
        TrainError: With the signature and the types found.
    """
    facts = signature_facts(body)
    if set(facts) != set(names):
        raise TrainError(f"signatures: expected {sorted(names)}, got {sorted(facts)}")
    for signature, fact in facts.items():
        types = {tensor.type_name for tensor in fact.tensors}
        ends = {tensor.type_name for tensor in (*fact.inputs, *fact.outputs)}
        if not types <= {"INT8", "INT32"} or ends != {"INT8"}:
            raise TrainError(
                f"{signature}: expected int8 tensors and int32 biases, got {sorted(types)}, "
                f"at the ends {sorted(ends)}"
            )


def output_quantisation(body: bytes) -> dict[str, dict[str, float | int]]:
    """Signature -> scale and zero point of its first output."""
    return {
        name: {"scale": fact.outputs[0].scales[0], "zero_point": fact.outputs[0].zero_points[0]}
        for name, fact in signature_facts(body).items()
    }


@contextmanager
def _quiet() -> Iterator[None]:
    """The converter prints progress and warns about its own dependencies."""
    os.environ.setdefault("LITERT_TORCH_SHOW_PROGRESS", "n")
    with warnings.catch_warnings(), redirect_stderr(io.StringIO()):
        warnings.simplefilter("ignore")
        yield

"""How far the int8 file is from the float networks it was made of: the measuring half of the study.

Both see the same crops of sessions, each beside the same neutral. Times are of whole calls of the
runtime, on one thread.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray

from mien.errors import TrainError
from mien.runtime.model import Model, default_path
from mien.runtime.model_file import ModelInfo, read_model_file
from mien.train.augment import real_values
from mien.train.checkpoint import TrainedModel, load_trained
from mien.train.config import TRUTH, LoadConfig
from mien.train.graphs import EMOTION, GRAPHS, inputs_of, kind_of_signature, signature_names
from mien.train.model_cost import bytes_by_part, multiply_adds
from mien.train.samples import Samples, load_samples
from mien.train.targets import KINDS, Rows
from mien.train.validate import predict, score_outputs
from mien.types import Progress, silent

MAE_BOUND: Final = 0.005
"""Largest difference of a value's mean absolute error, in its own unit, that is asked for."""
BYTES_BOUND: Final = 600_000
"""Largest file that is asked for."""
_HEAD_CROPS: Final = 256
"""Crops on which all outputs are compared; the units are compared on all there are."""
_CLASSES: Final = ("segmentation", EMOTION)
"""Outputs of which the largest along the last axis is taken."""
_BATCH: Final = 64

Times = dict[str, list[float]]
"""Signature -> microseconds of each call."""


def parity(
    run: Path,
    sessions: Sequence[Path],
    *,
    model: Path | None = None,
    labels: str = TRUTH,
    config: LoadConfig | None = None,
    progress: Progress = silent,
) -> dict[str, Any]:
    """Compare a run's float networks with its int8 file on sessions.

    Args:
        run: `model.pt`, or the run's folder.
        sessions: Of wearers that it was not trained on.
        model: The file that was exported from the run; None: the shipped one.
        labels: What the units are scored against: exact truth, or a label file.
        config: Which frames count, and where crops are kept.
        progress: Told of each session read, and of each crop given to the file.

    Returns:
        `values`: per kind of camera and value the `mae` and `r` of float and int8; `heads`: per
        signature and output how far int8 is from float; `signatures`: multiply-adds and
        microseconds; `bytes` by part; `goals`: what is asked for, reached, and whether that is it.

    Raises:
        TrainError: If the checkpoint is none, or the file was not exported from it.
        ModelError: If the file cannot be used.
        SessionError: If a session cannot be read.
    """
    path = model or default_path()
    trained, loaded = load_trained(run), Model.load(path)
    _require_pair(trained, loaded.info)
    samples = load_samples(
        sessions, labels, config=config or LoadConfig(), progress=progress, what="sessions"
    )
    times: Times = defaultdict(list)
    values, heads = [], []
    for kind in KINDS:
        given = _units(loaded, samples[kind], times, progress=progress)
        values += _values(trained, samples[kind], given)
        heads += _heads(trained, loaded, samples[kind], times=times)
    body, _ = read_model_file(path)
    file_bytes = path.stat().st_size
    return {
        "run": trained.training.get("run", ""),
        "samples": {kind: len(samples[kind]) for kind in KINDS},
        "values": values,
        "heads": heads,
        "head_crops": min(_HEAD_CROPS, *map(len, samples.values())),
        "signatures": _costs(body, times),
        "bytes": bytes_by_part(body) | {"metadata": file_bytes - len(body)},
        "goals": _goals(values, file_bytes),
    }


def _require_pair(trained: TrainedModel, info: ModelInfo) -> None:
    """The run's name is in the file; a copy under another name is still refused."""
    for what, expected, got in (
        ("run", trained.training.get("run"), info.training.get("run")),
        ("samples", trained.training.get("samples"), info.training.get("samples")),
        ("signatures", signature_names(trained.networks), dict(info.signatures)),
        ("preprocess", trained.preprocess, info.preprocess),
    ):
        if expected != got:
            raise TrainError(
                f"{info.path}: {what}: expected the run's, {expected}, got {got}; "
                "give the file that was exported from the run"
            )


def _units(model: Model, samples: Samples, times: Times, *, progress: Progress) -> Rows:
    """What the file gives for all samples, shape (N, U)."""
    run = model.mouth if samples.kind == "mouth" else model.eye
    found = []
    batches = np.array_split(np.arange(len(samples)), max(1, len(samples) // _BATCH))
    for rows in progress(batches, what=f"int8, {samples.kind}", total=len(batches)):
        for present, neutral in samples.pairs(rows):
            start_ns = time.perf_counter_ns()
            found.append(run(present, neutral))
            times[samples.kind].append((time.perf_counter_ns() - start_ns) / 1e3)
    return np.stack(found)


def _values(trained: TrainedModel, samples: Samples, given: Rows) -> list[dict[str, Any]]:
    exact = predict(trained.networks[samples.kind], samples, trained.preprocess)
    by_float, by_int8 = score_outputs(exact, samples), score_outputs(given, samples)
    return [
        {
            "camera": samples.kind,
            "value": name,
            "n": by_float.units[name].n,
            "mae": [scores.units[name].mae for scores in (by_float, by_int8)],
            "r": [scores.units[name].r for scores in (by_float, by_int8)],
        }
        for name in by_float.units
        if by_float.units[name].n
    ]


def _heads(
    trained: TrainedModel, model: Model, samples: Samples, *, times: Times
) -> list[dict[str, Any]]:
    """How far every output of the file is from its float one, on some crops."""
    rows = np.unique(np.linspace(0, len(samples) - 1, _HEAD_CROPS).astype(np.intp))
    crops = samples.pairs(rows)
    found = []
    for signature, names in model.info.signatures.items():
        if kind_of_signature(signature) != samples.kind:
            continue
        exact = _by_float(trained, signature, crops)
        given = _by_file(trained, model, signature, crops=crops, times=times)
        for name, by_float in zip(names, exact, strict=True):
            same = _same_class(by_float, given[name]) if name in _CLASSES else None
            distance = _distance(by_float, given[name])
            found.append({"output": f"{signature}/{name}", **distance, "same_class": same})
    return found


def _by_float(trained: TrainedModel, signature: str, crops: NDArray[np.int8]) -> list[Rows]:
    """What the float graph gives, an array per output with a row per crop."""
    network = trained.networks[kind_of_signature(signature)].eval()
    graph, x_BCHW = GRAPHS[signature](network), real_values(crops, trained.preprocess)
    rows = []
    with torch.inference_mode():
        for given in inputs_of(signature, network, x_BCHW):
            found = graph(**{name: torch.from_numpy(x.copy()) for name, x in given.items()})
            rows.append([found] if isinstance(found, torch.Tensor) else found)
    return [torch.cat(outputs).numpy() for outputs in zip(*rows, strict=True)]


def _by_file(
    trained: TrainedModel, model: Model, signature: str, *, crops: NDArray[np.int8], times: Times
) -> dict[str, Rows]:
    network = trained.networks[kind_of_signature(signature)]
    inputs = inputs_of(signature, network, real_values(crops, trained.preprocess))
    found: dict[str, list[Rows]] = defaultdict(list)
    for crop, given in zip(crops, inputs, strict=True):
        start_ns = time.perf_counter_ns()
        told = _called(model, signature, crop, given=given)
        if signature not in KINDS:  # the others are timed where their units are compared
            times[signature].append((time.perf_counter_ns() - start_ns) / 1e3)
        for name, value in told.items():
            found[name].append(value)
    return {name: np.stack(values) for name, values in found.items()}


def _called(
    model: Model, signature: str, crop: NDArray[np.int8], *, given: Mapping[str, Rows]
) -> dict[str, Rows]:
    """What the file gives, by the call that a headset makes."""
    kind = kind_of_signature(signature)
    if signature == kind:
        (model.mouth if kind == "mouth" else model.eye)(*crop)
        told = {name: model.beside_units(kind, name) for name in model.info.signatures[kind]}
    elif signature.endswith(EMOTION):
        feature, vector = given.values()
        told = {EMOTION: model.emotion(kind, feature[0], vector[0])}
    else:
        told = {**model.scene(kind, *crop)}
    return {name: value for name, value in told.items() if value is not None}


def _distance(exact: Rows, given: Rows) -> dict[str, Any]:
    apart = np.abs(exact - given)
    low, high = np.quantile(exact, (0.01, 0.99))
    return {
        "shape": list(exact.shape[1:]),
        "range": [float(low), float(high)],
        "mean": float(apart.mean()),
        "largest": float(apart.max()),
        "r": float(np.corrcoef(exact.ravel(), given.ravel())[0, 1]) if exact.std() > 0 else None,
    }


def _same_class(exact: Rows, given: Rows) -> float:
    return float((exact.argmax(axis=-1) == given.argmax(axis=-1)).mean())


def _costs(body: bytes, times: Mapping[str, Sequence[float]]) -> list[dict[str, Any]]:
    return [
        {
            "signature": name,
            "multiply_adds": count,
            "median_us": float(np.median(times[name])),
            "fastest_us": float(np.min(times[name])),
            "calls": len(times[name]),
        }
        for name, count in multiply_adds(body).items()
    ]


def _goals(values: Sequence[Mapping[str, Any]], file_bytes: int) -> dict[str, Any]:
    further = [abs(one["mae"][1] - one["mae"][0]) for one in values]
    return {
        "mae": {"asked": MAE_BOUND, "reached": max(further), "met": max(further) <= MAE_BOUND},
        "bytes": {"asked": BYTES_BOUND, "reached": file_bytes, "met": file_bytes <= BYTES_BOUND},
    }

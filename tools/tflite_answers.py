"""What the shipped model gives for some crops, by whichever runtime this Python has.

    python tools/tflite_answers.py CROPS.npz OUT.npz [--kernels builtin] [--model FILE]

`tflite_parity.py` calls it in two venvs. The interpreter is the one that `mien.runtime.model`
finds; with `--kernels builtin` LiteRT uses its own kernels in place of XNNPACK's, as tflite-runtime
2.14 does for int8 on x86-64.
"""

from __future__ import annotations

import argparse
import functools
import sys
from importlib import metadata
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mien.runtime.model import Model
from mien.runtime.wearer_vector import VECTOR_SIZE
from mien.schema import CameraKind

Answers = dict[str, NDArray[np.float32]]
PACKAGES = {"ai_edge_litert": "ai-edge-litert", "tflite_runtime": "tflite-runtime"}
"""Module -> distribution."""


def answers(model: Model, eyes: NDArray[np.int8], mouths: NDArray[np.int8]) -> Answers:
    """`signature/output` -> what it gives for each crop, one row each.

    Args:
        model: The model.
        eyes: Present and neutral crops, shape (N, 2, 128, 128).
        mouths: The same of the mouth camera.
    """
    rows: dict[str, list[NDArray[np.float32]]] = {}
    given: dict[CameraKind, NDArray[np.int8]] = {"eye": eyes, "mouth": mouths}
    for kind, crops in given.items():
        for crop in crops:
            for name, value in _everything(model, kind, crop).items():
                rows.setdefault(name, []).append(value)
    return {name: np.stack(values) for name, values in rows.items()}


def _everything(model: Model, kind: CameraKind, crop: NDArray[np.int8]) -> Answers:
    """All outputs of all signatures that the file has for this kind of camera."""
    (model.eye if kind == "eye" else model.mouth)(*crop)
    names = model.info.signatures[kind]
    frame = {name: model.beside_units(kind, name) for name in names}
    found = {f"{kind}/{name}": value for name, value in frame.items()}
    found |= {f"{kind}_scene/{name}": value for name, value in model.scene(kind, *crop).items()}
    if (feature := frame.get("feature")) is not None:
        nobody = np.zeros(VECTOR_SIZE, np.float32)
        found[f"{kind}_emotion/emotion"] = model.emotion(kind, feature, nobody)
    return {name: value for name, value in found.items() if value is not None}


def _runtime() -> str:
    """The package that was loaded, with its version."""
    (module,) = (name for name in PACKAGES if f"{name}.interpreter" in sys.modules)
    return f"{PACKAGES[module]} {metadata.version(PACKAGES[module])}"


def _use_builtin_kernels() -> None:
    from ai_edge_litert import interpreter

    interpreter.Interpreter = functools.partial(
        interpreter.Interpreter,
        experimental_op_resolver_type=interpreter.OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES,
    )


def main() -> None:
    """Answer the crops of a file into another."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("crops", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--kernels", choices=("installed", "builtin"), default="installed")
    parser.add_argument("--model", type=Path, help="default: the shipped one")
    given = parser.parse_args()
    if given.kernels == "builtin":
        _use_builtin_kernels()
    crops = np.load(given.crops)
    found = answers(Model.load(given.model), crops["eye"], crops["mouth"])
    np.savez(given.out, runtime=np.array(_runtime()), **found)  # type: ignore[arg-type]


if __name__ == "__main__":
    main()

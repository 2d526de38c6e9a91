"""Known inputs and what the shipped network answers to them: is LiteRT here as it is elsewhere?

The answers lie beside the model, with the hash of the flatbuffer they belong to;
`tools/known_answers.py` writes them anew when another model ships.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any, Final

import numpy as np

from mien.config import CROP_SIZE
from mien.errors import ModelError
from mien.runtime.model import Model, default_path
from mien.runtime.model_file import read_model_file
from mien.types import Quant8

TOLERANCE: Final = 0.05
"""Kernels for other CPUs round differently, a code or two of 256 by layer."""
_MOVES_PX: Final = ((0, 4), (12, 0), (-12, 6))
"""Where a patch lies in the crop and in the neutral crop, by input."""


def answers_path(model: Path | None = None) -> Path:
    """Where the answers of a model file lie; None: of the shipped one."""
    return (model or default_path()).with_suffix(".answers.json")


def answers(model: Model) -> dict[str, list[list[float]]]:
    """What the eye and the mouth network say to the known inputs."""
    networks = {"eye": model.eye, "mouth": model.mouth}
    return {
        name: [run(_patch(at), _patch(rest)).round(4).tolist() for at, rest in _MOVES_PX]
        for name, run in networks.items()
    }


def describe(path: Path | None = None) -> dict[str, Any]:
    """What the file of answers holds for a model file; None: the shipped one."""
    return {"body_sha256": _digest(path), **answers(Model.load(path))}


def largest_deviation(path: Path | None = None) -> float:
    """How far a model file's answers on this machine are from the known ones; 0..1.

    Args:
        path: Model file; None is the shipped one.

    Raises:
        ModelError: If the model cannot be used, or the file of answers is missing or belongs
            to another model.
    """
    file = answers_path(path)
    try:
        known = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ModelError(f"{file}: expected known answers, got none ({error})") from error
    if known.get("body_sha256") != _digest(path):
        raise ModelError(
            f"{file}: expected the answers of this model, got those of another; "
            "run python tools/known_answers.py, or reinstall mien"
        )
    got = answers(Model.load(path))
    return max(float(np.abs(np.subtract(got[name], known[name])).max()) for name in got)


def _digest(path: Path | None) -> str:
    body, _ = read_model_file(path or default_path())
    return hashlib.sha256(body).hexdigest()


def _patch(shift_px: int) -> Quant8:
    y, x = np.mgrid[:CROP_SIZE, :CROP_SIZE]
    distance = np.abs(x - CROP_SIZE // 2 - shift_px) + 2 * np.abs(y - CROP_SIZE // 2)
    levels = 40 - distance + (x * 3 + y * 5) % 17 - 8
    codes: Quant8 = np.clip(levels, -64, 64).astype(np.int8)
    return codes

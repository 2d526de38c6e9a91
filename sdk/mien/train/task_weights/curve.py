"""The weight curve of a run: what each task counted, step by step (B8).

On disk it is JSON lines, `{"kind": "eye", "step": 40, "weights": {...}, "losses": {...}}`, a line
whenever the weights change; a loss is null where the batch had no label of the task. Numbers are
written so that reading gives the same float32, so a replay trains the same network.

Shape suffixes: K tasks.
"""

from __future__ import annotations

import bisect
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import torch
from torch import Tensor

from mien.errors import TrainError

CURVE_FILE: Final = "task_weights.jsonl"


class WeightCurve:
    """Task weights by step, for one kind of camera."""

    def __init__(self, tasks: Sequence[str]) -> None:
        self.tasks = tuple(tasks)
        self.steps: list[int] = []
        """Steps in which the weights changed, from 0 on."""
        self.weights: list[Tensor] = []
        """The weights (K,) from each of them on, float32."""
        self.losses: list[Tensor] = []
        """The losses (K,) of that step, float32; NaN for a task without a label."""

    def add(self, step: int, weight_K: Tensor, loss_K: Tensor) -> None:
        """Note the weights of a step, if they differ from the ones before."""
        if not self.weights or not torch.equal(self.weights[-1], weight_K):
            self.steps.append(step)
            self.weights.append(weight_K.detach().clone())
            self.losses.append(loss_K.detach().clone())

    def at(self, step: int) -> Tensor:
        """The weights (K,) of a step; after the last one noted, those stay."""
        return self.weights[max(0, bisect.bisect_right(self.steps, step) - 1)]

    def lines(self, kind: str) -> Iterable[str]:
        """The curve as lines of the file."""
        for step, weight_K, loss_K in zip(self.steps, self.weights, self.losses, strict=True):
            weights = dict(zip(self.tasks, weight_K.tolist(), strict=True))
            losses = dict(zip(self.tasks, map(_known, loss_K.tolist()), strict=True))
            yield json.dumps({"kind": kind, "step": step, "weights": weights, "losses": losses})

    def state(self) -> dict[str, Any]:
        """What `restore` needs; copied."""
        return {"steps": list(self.steps), "weights": _rows(self.weights, self.tasks),
                "losses": _rows(self.losses, self.tasks)}  # fmt: skip

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on from where `state` was taken."""
        self.steps = list(state["steps"])
        self.weights = list(state["weights"].clone())
        self.losses = list(state["losses"].clone())


def write_curves(path: Path, curves: Mapping[str, WeightCurve]) -> Path:
    """Write the curves by kind of camera, whole or not at all."""
    text = "".join(f"{line}\n" for kind, curve in curves.items() for line in curve.lines(kind))
    part = path.with_name(path.name + ".part")
    part.write_text(text, encoding="utf-8")
    part.replace(path)
    return path


def curve_file(path: Path) -> Path:
    """The file, given it or the folder of the run it lies in."""
    return path / CURVE_FILE if path.is_dir() else path


def read_curve(path: Path, kind: str, tasks: Sequence[str]) -> WeightCurve:
    """Read the curve of a kind of camera.

    Args:
        path: `task_weights.jsonl`, or the folder of the run it lies in.
        kind: Which camera.
        tasks: The tasks that the reader trains, in its order.

    Raises:
        TrainError: If there is none, or it is of other tasks.
    """
    path, curve = curve_file(path), WeightCurve(tasks)
    try:
        for line in path.read_text(encoding="utf-8").splitlines():
            entry = json.loads(line)
            if entry["kind"] == kind:
                _append(curve, entry, path)
    except (OSError, ValueError, KeyError, TypeError) as exc:
        raise TrainError(f"{path}: expected the weight curve of a run, got {exc!r}") from exc
    if not curve.steps:
        raise TrainError(f"{path}: expected weights of {kind}, got none")
    return curve


def _append(curve: WeightCurve, entry: Mapping[str, Any], path: Path) -> None:
    weights = entry["weights"]
    if set(weights) != set(curve.tasks):
        raise TrainError(
            f"{path}: expected weights of {', '.join(curve.tasks)}, got {', '.join(weights)}; "
            "replay with the sessions of that run"
        )
    losses = [entry["losses"][task] for task in curve.tasks]
    curve.steps.append(int(entry["step"]))
    curve.weights.append(torch.tensor([weights[task] for task in curve.tasks]))
    curve.losses.append(torch.tensor([math.nan if one is None else one for one in losses]))


def _known(loss: float) -> float | None:
    return loss if math.isfinite(loss) else None


def _rows(tensors: Sequence[Tensor], tasks: Sequence[str]) -> Tensor:
    return torch.stack(list(tensors)) if tensors else torch.zeros(0, len(tasks))

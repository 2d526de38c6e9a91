"""Task weights that do not depend on the losses: uniform, given, or written down by another run.

Shape suffixes: K tasks.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from torch import Tensor

from mien.train.task_weights.curve import WeightCurve
from mien.train.task_weights.policy import Child


class Fixed:
    """The same weights in every step."""

    extra_steps = 0.0

    def __init__(self, weight_K: Tensor) -> None:
        self._weight_K = weight_K

    def plan(self, child: Child, *, progress: float) -> None:
        """Nothing to plan."""

    def weights(self, loss_K: Tensor, *, seen_K: Tensor, shared: Tensor) -> Tensor:
        """The weights (K,)."""
        del loss_K, seen_K, shared
        return self._weight_K

    def state(self) -> dict[str, Any]:
        """Nothing changes."""
        return {}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Nothing changes."""


class Replay:
    """The weights that another run wrote down, step by step (B8)."""

    extra_steps = 0.0

    def __init__(self, curve: WeightCurve) -> None:
        self._curve = curve
        self._step = 0

    def plan(self, child: Child, *, progress: float) -> None:
        """Nothing to plan."""

    def weights(self, loss_K: Tensor, *, seen_K: Tensor, shared: Tensor) -> Tensor:
        """The weights (K,) that the other run had in this step."""
        del loss_K, seen_K, shared
        weight_K = self._curve.at(self._step)
        self._step += 1
        return weight_K

    def state(self) -> dict[str, Any]:
        """How far it is."""
        return {"step": self._step}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on from where `state` was taken."""
        self._step = int(state["step"])

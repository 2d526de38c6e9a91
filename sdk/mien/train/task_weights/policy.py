"""What a rule for the task weights is, and what it may do with the network that it serves.

Shape suffixes: K tasks.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

import torch
from torch import Tensor


class Child(Protocol):
    """The network in training, as the meta-network may try weights on it."""

    def snapshot(self) -> Mapping[str, Any]:
        """A copy of everything that a training step changes."""
        ...

    def go_back(self, snapshot: Mapping[str, Any]) -> None:
        """Be again what a snapshot was taken of; the same snapshot serves many times."""
        ...

    def advance(self, weight_K: Tensor) -> Tensor:
        """Take the next training step with given weights.

        Returns:
            Losses (K,), float32, on the CPU; NaN for a task without a label in the batch.
        """
        ...

    def judge(self) -> Tensor:
        """Losses (K,), float32, on the CPU, on validation samples; NaN for a task without any."""
        ...


class TaskPolicy(Protocol):
    """A rule for the task weights."""

    extra_steps: float
    """What it cost beyond the network's own training steps, in such steps."""

    def plan(self, child: Child, *, progress: float) -> None:
        """Called before each training step.

        Args:
            child: The network; it is left as it was.
            progress: Share of the training that is done, 0..1.
        """
        ...

    def weights(self, loss_K: Tensor, *, seen_K: Tensor, shared: Tensor) -> Tensor:
        """The weights (K,) of this step, float32, on the CPU.

        Args:
            loss_K: This process's losses, with their graph.
            seen_K: Losses of the whole batch, without it, on the CPU; NaN for a task without a
                label in the batch.
            shared: Parameter of a layer that every task goes through.
        """
        ...

    def state(self) -> dict[str, Any]:
        """What `restore` needs to go on; tensors and plain values."""
        ...

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on from where `state` was taken."""
        ...


def bounded(weight_K: Tensor, floor: float) -> Tensor:
    """Weights (K,) scaled to sum to K, none below the floor: `floor + (1 - floor) K w / sum w`.

    Args:
        weight_K: None below 0, not all 0.
        floor: 0..0.5.
    """
    share_K = weight_K / weight_K.sum()
    return floor + (1 - floor) * len(weight_K) * share_K


def floored_softmax(logit_K: Tensor, floor: float) -> Tensor:
    """Weights (K,) from logits (K,); they sum to K and none is below the floor (B6)."""
    return bounded(torch.softmax(logit_K, dim=0), floor)

"""Weighs the task losses of one network by the rule that the run asks for, and keeps the curve.

Shape suffixes: K tasks.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from mien.errors import TrainError
from mien.train.task_weights.config import TaskConfig
from mien.train.task_weights.curve import WeightCurve, read_curve
from mien.train.task_weights.fixed import Fixed, Replay
from mien.train.task_weights.grad_norm import GradNorm
from mien.train.task_weights.meta import Meta
from mien.train.task_weights.policy import Child, TaskPolicy, bounded
from mien.train.task_weights.uncertainty import Uncertainty


class Weigher:
    """The task weights of one kind of camera."""

    def __init__(
        self,
        tasks: Sequence[str],
        config: TaskConfig,
        *,
        kind: str,
        key: tuple[int, ...],
        steps: int,
        batch: int,
        summed: Callable[[Tensor], Tensor] = lambda tensor: tensor,
    ) -> None:
        """Begin a training.

        Args:
            tasks: Names of the tasks that have labels, in the order of the weights.
            config: Which rule, and its settings.
            kind: Kind of camera, to find its curve in a file.
            key: All chance of the rule is drawn from it.
            steps: Training steps of the whole run.
            batch: Samples of a step.
            summed: Adds up a tensor over the processes of a run.

        Raises:
            TrainError: If a curve to replay cannot be read, or is of other tasks.
        """
        self.curve = WeightCurve(tasks)
        self._steps, self._summed = steps, summed
        self._step = 0
        self.policy = _policy(tasks, config, kind=kind, key=key, batch=batch, summed=summed)

    def plan(self, child: Child) -> None:
        """Called before each training step: here the meta-network tries weights on the network."""
        self.policy.plan(child, progress=min(1.0, self._step / self._steps))

    def weigh(self, losses: Mapping[str, Tensor], *, shared: Tensor) -> Tensor:
        """The multi-task loss of a training step: `sum(w L)` with the weights of now (B1).

        Args:
            losses: This process's loss by task; one that is missing, or 0 over all processes,
                has no label in this batch.
            shared: Parameter of a layer that every task goes through.
        """
        loss_K = self.stacked(losses, like=shared)
        seen_K = self.seen(loss_K)
        weight_K = self.policy.weights(loss_K, seen_K=seen_K, shared=shared)
        self.curve.add(self._step, weight_K, seen_K)
        self._step += 1
        return self.combined(losses, weight_K, like=shared)

    def combined(self, losses: Mapping[str, Tensor], weight_K: Tensor, *, like: Tensor) -> Tensor:
        """`sum(w L)`, a scalar.

        What is no task is added as it is: consistency, and what no sample of the run has a label
        of. That is 0, but under DistributedDataParallel every parameter has to have a gradient.
        """
        loss_K = self.stacked(losses, like=like)
        total = (weight_K.to(loss_K) * loss_K).sum()
        for task, loss in losses.items():
            if task not in self.curve.tasks:
                total = total + loss.float()
        return total

    def stacked(self, losses: Mapping[str, Tensor], *, like: Tensor) -> Tensor:
        """Losses (K,) in the order of the tasks, with their graph; 0 where one is missing."""
        missing = like.new_zeros(())
        return torch.stack([losses.get(task, missing).float() for task in self.curve.tasks])

    def seen(self, loss_K: Tensor) -> Tensor:
        """Losses (K,) of the whole batch, on the CPU; NaN for a task without a label in it."""
        seen_K = self._summed(loss_K.detach().clone()).cpu()
        return torch.where(seen_K != 0, seen_K, torch.nan)

    def state(self) -> dict[str, Any]:
        """What `restore` needs to go on."""
        return {
            "step": self._step,
            "policy": self.policy.state(),
            "curve": self.curve.state(),
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on from where `state` was taken."""
        self._step = int(state["step"])
        self.policy.restore(state["policy"])
        self.curve.restore(state["curve"])


def _policy(
    tasks: Sequence[str],
    config: TaskConfig,
    *,
    kind: str,
    key: tuple[int, ...],
    batch: int,
    summed: Callable[[Tensor], Tensor],
) -> TaskPolicy:
    count, floor = len(tasks), config.floor
    if config.policy == "replay":
        return Replay(read_curve(Path(config.replay), kind, tasks))
    if config.policy == "uncertainty":
        return Uncertainty(count, rate=config.uncertainty_rate, floor=floor)
    if config.policy == "gradnorm":
        return GradNorm(count, config.gradnorm, floor=floor, summed=summed)
    if config.policy == "meta":
        return Meta(count, config.meta, floor=floor, key=key, batch=batch)
    given = asdict(config.static)
    weights = [given[task] if config.policy == "static" else 1.0 for task in tasks]
    if not any(weights):
        raise TrainError(
            f"tasks.static: expected a weight above 0 for one of {', '.join(tasks)}, got none"
        )
    return Fixed(bounded(torch.tensor(weights), floor))

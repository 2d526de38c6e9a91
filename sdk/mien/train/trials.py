"""Tries task weights on a network in training, judges them, and puts the network back (B6).

It is a `mien.train.task_weights.policy.Child`, all that the meta-network knows of networks.

Shape suffixes: K tasks.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from mien.train.judging import judged_batches, mean_losses, without_wearers
from mien.train.learner import Learner
from mien.train.samples import Samples
from mien.train.tasks import Batch

_WHO = "identity"


class Trials:
    """Trials on one learner; its lock is held by the caller."""

    def __init__(self, learner: Learner, validation: Samples) -> None:
        self._learner, self._validation = learner, validation
        self._ahead: dict[int, Batch] = {}
        """Batches of the steps ahead: all trials from a snapshot see the same."""
        self._strangers: list[Batch] = []
        self._own: list[Batch] = []
        """Of the run's own wearers."""

    def snapshot(self) -> Mapping[str, Any]:
        """A copy of everything that a training step changes."""
        self._ahead.clear()
        return copy.deepcopy(self._learner.moving_state())

    def go_back(self, snapshot: Mapping[str, Any]) -> None:
        """Be again what a snapshot was taken of."""
        self._learner.move_back(snapshot)

    def advance(self, weight_K: Tensor) -> Tensor:
        """Take the next training step with given weights; returns the losses (K,)."""
        done = self._learner.done
        if done not in self._ahead:
            self._ahead[done] = self._learner.batch_of(done)
        return self._learner.try_step(self._ahead[done], weight_K)

    def judge(self) -> Tensor:
        """Losses (K,) on validation samples; NaN for a task without a label there.

        Who a wearer is can be told of the run's own wearers alone, and is judged on them.
        """
        learner = self._learner
        if not self._strangers:
            self._draw()
        network = learner.network.eval()
        with torch.no_grad():
            measured = [learner.measured(batch) for batch in self._strangers]
            measured += [{_WHO: learner.measured(batch)[_WHO]} for batch in self._own]
        network.train()
        loss_K = mean_losses(measured, learner.weigher.curve.tasks)
        return torch.tensor([learner.place.agreed(loss) for loss in loss_K.tolist()])

    def _draw(self) -> None:
        config = self._learner.config
        count = config.tasks.meta.judged
        drawn = judged_batches(self._validation, config, count=count)
        self._strangers = [without_wearers(batch) for batch in drawn]
        if _WHO in self._learner.weigher.curve.tasks:
            self._own = judged_batches(self._learner.samples, config, count=count)

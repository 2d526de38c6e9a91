"""Tries task weights on a network in training, judges them, and puts the network back (B6).

It is a `mien.train.task_weights.policy.Child`, all that the meta-network knows of networks.

Shape suffixes: K tasks.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from torch import Tensor

from mien.train.judging import Judge
from mien.train.learner import Learner
from mien.train.samples import Samples
from mien.train.tasks import Batch


class Trials:
    """Trials on one learner; its lock is held by the caller."""

    def __init__(self, learner: Learner, validation: Samples) -> None:
        self._learner = learner
        self._judge = Judge(validation, count=learner.config.tasks.meta.judged)
        self._ahead: dict[int, Batch] = {}
        """Batches of the steps ahead: all trials from a snapshot see the same."""

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
        """Losses (K,) on validation samples; NaN for a task without a label there."""
        return self._judge.losses(self._learner)

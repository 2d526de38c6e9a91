"""What a network loses in each task on samples that it does not learn from.

Shape suffixes: K tasks.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

import numpy as np
import torch
from torch import Tensor

from mien.train.config import NO_AUGMENT, TrainConfig
from mien.train.drawing import Drawing
from mien.train.learner import Learner
from mien.train.samples import Samples
from mien.train.tasks import Batch, TaskLoss

_CHUNK: Final = 64
_WHO: Final = "identity"


class Judge:
    """Judges networks of one kind of camera, always on the same samples."""

    def __init__(self, held_out: Samples, *, count: int) -> None:
        """Choose the samples; they are read when first judged on.

        Args:
            held_out: Samples of other wearers than those that are learnt from.
            count: How many of them, spread evenly, or all there are.
        """
        self._held_out, self._count = held_out, count
        self._strangers: list[Batch] = []
        self._own: list[Batch] = []

    def losses(self, learner: Learner) -> Tensor:
        """Losses (K,) of a learner's network, float32, on the CPU; NaN for a task without labels.

        Who a wearer is can be told of the run's own wearers alone, and is judged on them.
        """
        if not self._strangers:
            self._draw(learner)
        network = learner.network.eval()
        with torch.no_grad():
            measured = [learner.measured(batch) for batch in self._strangers]
            measured += [{_WHO: learner.measured(batch)[_WHO]} for batch in self._own]
        network.train()
        loss_K = mean_losses(measured, learner.weigher.curve.tasks)
        return torch.tensor([learner.place.agreed(loss) for loss in loss_K.tolist()])

    def _draw(self, learner: Learner) -> None:
        drawn = judged_batches(self._held_out, learner.config, count=self._count)
        nobody = [torch.full_like(batch.person_B, -1) for batch in drawn]
        self._strangers = [replace(b, person_B=n) for b, n in zip(drawn, nobody, strict=True)]
        if _WHO in learner.weigher.curve.tasks:
            self._own = judged_batches(learner.samples, learner.config, count=self._count)


def judged_batches(samples: Samples, config: TrainConfig, *, count: int) -> list[Batch]:
    """Samples spread evenly over all, the same ones every time.

    They are covered as in training, which the attention is judged by, and otherwise unchanged.

    Args:
        samples: Out of which.
        config: Settings of the run.
        count: How many, or all there are.
    """
    drawing = Drawing(samples, replace(config, augment=NO_AUGMENT), key=(0,))
    rows = np.unique(np.linspace(0, len(samples) - 1, count).astype(np.intp))
    chunks = np.array_split(rows, -(-len(rows) // _CHUNK))
    return [drawing.batch(chunk, epoch=0, key=(0, n)) for n, chunk in enumerate(chunks)]


def mean_losses(measured: Sequence[Mapping[str, TaskLoss]], tasks: Sequence[str]) -> Tensor:
    """Losses (K,) over all batches, float32, on the CPU; NaN for a task without any label."""
    sums_K, known_K = torch.zeros(len(tasks)), torch.zeros(len(tasks))
    for losses in measured:
        for k, task in enumerate(tasks):
            if task in losses and losses[task].known:
                sums_K[k] += float(losses[task].mean) * losses[task].known
                known_K[k] += losses[task].known
    return torch.where(known_K > 0, sums_K / known_K, torch.nan)

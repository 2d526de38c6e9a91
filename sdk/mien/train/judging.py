"""What a network loses in each task on samples that it does not learn from.

Shape suffixes: K tasks.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor

from mien.train.config import NO_AUGMENT, TrainConfig
from mien.train.drawing import Drawing
from mien.train.samples import Samples
from mien.train.tasks import Batch, TaskLoss

_CHUNK = 64


def judged_batches(samples: Samples, config: TrainConfig, *, count: int) -> list[Batch]:
    """Samples spread evenly over all, the same ones every time.

    They are covered as in training, which the attention is judged by, and otherwise unchanged.

    Args:
        samples: Out of which.
        config: Settings of the run.
        count: How many, or all there are.
    """
    drawing = Drawing(samples, replace(config, augment=NO_AUGMENT), key=(config.seed, 0))
    rows = np.unique(np.linspace(0, len(samples) - 1, count).astype(np.intp))
    chunks = np.array_split(rows, -(-len(rows) // _CHUNK))
    return [drawing.batch(chunk, epoch=0, key=(0, n)) for n, chunk in enumerate(chunks)]


def without_wearers(batch: Batch) -> Batch:
    """A batch of wearers that the network cannot know."""
    return replace(batch, person_B=torch.full_like(batch.person_B, -1))


def mean_losses(measured: Sequence[Mapping[str, TaskLoss]], tasks: Sequence[str]) -> Tensor:
    """Losses (K,) over all batches, float32, on the CPU; NaN for a task without any label."""
    sums_K, known_K = torch.zeros(len(tasks)), torch.zeros(len(tasks))
    for losses in measured:
        for k, task in enumerate(tasks):
            if task in losses and losses[task].known:
                sums_K[k] += float(losses[task].mean) * losses[task].known
                known_K[k] += losses[task].known
    return torch.where(known_K > 0, sums_K / known_K, torch.nan)

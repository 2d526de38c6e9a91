"""The meta-network: an LSTM that reads the trajectory of the task losses (B2, B5, B7).

What it reads of each task: how far its loss has come since the start, how it changed since the
last word, and what the meta-network said then; and how far the training is. What it says: the
mean of a Gaussian over logits, which a floored softmax turns into task weights.

Shape suffixes: D observation, H hidden, K tasks.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TypeAlias

import torch
from torch import Tensor, nn

_LARGEST = 5.0
_SMALLEST_LOSS = 1e-8

Memory: TypeAlias = tuple[Tensor, Tensor]
"""Hidden and cell state of the LSTM, each (H,)."""


class MetaNetwork(nn.Module):
    """Observation and memory to the mean logits."""

    def __init__(self, tasks: int, *, hidden: int, seed: int) -> None:
        """Begin with mean logits of 0, which are uniform weights."""
        super().__init__()
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            self.cell = nn.LSTMCell(3 * tasks + 1, hidden)
            self.mean = nn.Linear(hidden, tasks)
        with torch.no_grad():
            self.mean.weight.zero_()
            self.mean.bias.zero_()

    def forward(self, seen_D: Tensor, memory: Memory) -> tuple[Tensor, Memory]:
        """The mean logits (K,) and the memory that goes with the next observation."""
        hidden_H, cell_H = self.cell(seen_D, memory)
        mean_K: Tensor = self.mean(hidden_H)
        return mean_K, (hidden_H, cell_H)

    def blank(self) -> Memory:
        """The memory before the first observation."""
        return torch.zeros(self.cell.hidden_size), torch.zeros(self.cell.hidden_size)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trajectory:
    """What is remembered of the task losses; NaN for a task that was not seen yet."""

    first_K: Tensor
    """Logarithm of the first loss."""
    last_K: Tensor
    """Logarithm of the latest loss."""
    change_K: Tensor
    """How the logarithm changed with the latest one; 0 before the second."""
    logit_K: Tensor
    """What the meta-network said last."""

    @classmethod
    def begun(cls, tasks: int) -> Trajectory:
        """Nothing seen, nothing said."""
        unseen_K, nothing_K = torch.full((tasks,), torch.nan), torch.zeros(tasks)
        return cls(first_K=unseen_K, last_K=unseen_K, change_K=nothing_K, logit_K=nothing_K)

    def seen(self, loss_K: Tensor) -> Trajectory:
        """The trajectory with one more loss (K,); NaN leaves a task as it was."""
        log_K = loss_K.clamp_min(_SMALLEST_LOSS).log()
        log_K = torch.where(log_K.isfinite(), log_K, self.last_K)
        return replace(
            self,
            first_K=torch.where(self.first_K.isfinite(), self.first_K, log_K),
            last_K=log_K,
            change_K=(log_K - self.last_K).nan_to_num(0.0),
        )

    def said(self, logit_K: Tensor) -> Trajectory:
        """The trajectory with what the meta-network says now."""
        return replace(self, logit_K=logit_K)

    def observation(self, progress: float) -> Tensor:
        """What the meta-network reads, (3 K + 1,); unknown is 0.

        Args:
            progress: Share of the training that is done, 0..1.
        """
        come_K = (self.last_K - self.first_K).nan_to_num(0.0)
        told = torch.cat([come_K, self.change_K, self.logit_K])
        return torch.cat([told.clamp(-_LARGEST, _LARGEST), torch.tensor([progress])])

"""Task weights from the tasks' own noise: `w = exp(-s)`, with `s` the learnt log-variance.

Source: Kendall, Gal and Cipolla, "Multi-task learning using uncertainty to weigh losses for scene
geometry and semantics", CVPR 2018: the log-variances minimise `sum(exp(-s) L + s) / 2`.
Differs: the weights are scaled to sum to K, so that the network's learning rate means the same
under every rule; `s` has an optimiser of its own, because its gradient needs the losses alone.

Shape suffixes: K tasks.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from mien.train.task_weights.policy import Child, bounded


class Uncertainty:
    """Weights that fall as the loss of a task is large for good."""

    extra_steps = 0.0

    def __init__(self, tasks: int, *, rate: float, floor: float) -> None:
        self._log_variance_K = torch.nn.Parameter(torch.zeros(tasks))
        self._optimiser = torch.optim.Adam([self._log_variance_K], lr=rate)
        self._floor = floor

    def plan(self, child: Child, *, progress: float) -> None:
        """Nothing to plan."""

    def weights(self, loss_K: Tensor, *, seen_K: Tensor, shared: Tensor) -> Tensor:
        """The weights (K,) by what was learnt so far; this step's losses are learnt from."""
        del loss_K, shared
        weight_K = bounded(torch.exp(-self._log_variance_K.detach()), self._floor)
        # A NaN in a branch that `where` does not take would still be in the gradient.
        known_K = torch.exp(-self._log_variance_K) * seen_K.nan_to_num(0.0) + self._log_variance_K
        loss = (known_K * seen_K.isfinite()).sum() / 2
        self._optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        self._optimiser.step()
        return weight_K

    def state(self) -> dict[str, Any]:
        """What `restore` needs."""
        return {
            "log_variance": self._log_variance_K.detach(),
            "optimiser": self._optimiser.state_dict(),
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on from where `state` was taken."""
        with torch.no_grad():
            self._log_variance_K.copy_(state["log_variance"])
        self._optimiser.load_state_dict(state["optimiser"])

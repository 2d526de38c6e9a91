"""Task weights that keep the tasks' gradients alike, larger where a task learns more slowly.

Source: Chen, Badrinarayanan, Lee and Rabinovich, "GradNorm: gradient normalization for adaptive
loss balancing in deep multitask networks", ICML 2018: `G_k = |d(w_k L_k)/dW|` on a shared layer W
moves towards `mean(G) r_k^alpha`, `r_k = (L_k / L_k(0)) / mean(L / L(0))`.
Differs: the gradients are looked at every few steps (`every`), as each look costs a backward pass
per task, and the floor keeps a weight from becoming 0 or less.

Shape suffixes: K tasks.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor

from mien.train.task_weights.config import GradNormConfig
from mien.train.task_weights.cost import BACKWARD_SHARE
from mien.train.task_weights.policy import Child

_TINY = 1e-12


class GradNorm:
    """Weights that a gradient descent of their own balances."""

    def __init__(
        self,
        tasks: int,
        config: GradNormConfig,
        *,
        floor: float,
        summed: Callable[[Tensor], Tensor] = lambda gradient: gradient,
    ) -> None:
        """Begin with uniform weights.

        Args:
            tasks: How many.
            config: Settings.
            floor: Least weight.
            summed: Adds up a gradient over the processes of a run.
        """
        self.extra_steps = 0.0
        self._config, self._floor, self._summed = config, floor, summed
        self._weight_K = torch.nn.Parameter(torch.ones(tasks))
        self._optimiser = torch.optim.Adam([self._weight_K], lr=config.rate)
        self._first_K = torch.full((tasks,), torch.nan)
        self._step = 0

    def plan(self, child: Child, *, progress: float) -> None:
        """Nothing to plan."""

    def weights(self, loss_K: Tensor, *, seen_K: Tensor, shared: Tensor) -> Tensor:
        """The weights (K,) of this step; they are changed for the next one."""
        weight_K = self._weight_K.detach().clone()
        self._first_K = torch.where(self._first_K.isfinite(), self._first_K, seen_K)
        if self._step % self._config.every == 0:
            self._balance(loss_K, seen_K, shared)
        self._step += 1
        return weight_K

    def _balance(self, loss_K: Tensor, seen_K: Tensor, shared: Tensor) -> None:
        norm_K = torch.tensor([self._norm(loss, shared) for loss in loss_K])
        self.extra_steps += BACKWARD_SHARE * int(seen_K.isfinite().sum())
        is_seen_K = norm_K > 0
        if is_seen_K.sum() < 2:
            return
        target_K = gradient_targets(
            self._weight_K.detach() * norm_K, seen_K / self._first_K, alpha=self._config.alpha
        )
        apart_K = (self._weight_K * norm_K - target_K).abs()
        self._optimiser.zero_grad()
        apart_K[is_seen_K].sum().backward()  # type: ignore[no-untyped-call]
        self._optimiser.step()
        with torch.no_grad():
            self._weight_K.clamp_(min=_TINY)
            self._weight_K.copy_(raised(self._weight_K, self._floor))

    def _norm(self, loss: Tensor, shared: Tensor) -> float:
        """Norm of a loss's gradient on the shared layer, over all processes; 0 if it has none."""
        gradient = torch.zeros_like(shared)
        if loss.requires_grad:
            gradient = torch.autograd.grad(
                loss, shared, retain_graph=True, allow_unused=True, materialize_grads=True
            )[0]
        return float(self._summed(gradient).norm())

    def state(self) -> dict[str, Any]:
        """What `restore` needs."""
        return {
            "weight": self._weight_K.detach(),
            "optimiser": self._optimiser.state_dict(),
            "first": self._first_K,
            "step": self._step,
            "extra_steps": self.extra_steps,
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on from where `state` was taken."""
        with torch.no_grad():
            self._weight_K.copy_(state["weight"])
        self._optimiser.load_state_dict(state["optimiser"])
        self._first_K = state["first"].clone()
        self._step, self.extra_steps = int(state["step"]), float(state["extra_steps"])


def gradient_targets(norm_K: Tensor, ratio_K: Tensor, *, alpha: float) -> Tensor:
    """The gradient norm that each task should have.

    Args:
        norm_K: Norms of the weighted gradients; 0 for a task that has none.
        ratio_K: Loss by first loss; NaN where unknown.
        alpha: How hard slow tasks are pushed.

    Returns:
        Shape (K,); 0 for a task without a gradient.
    """
    is_seen_K = (norm_K > 0) & ratio_K.isfinite()
    mean = norm_K[is_seen_K].mean()
    slow_K = torch.where(is_seen_K, ratio_K, 0.0) / ratio_K[is_seen_K].mean().clamp_min(_TINY)
    return torch.where(is_seen_K, mean * slow_K**alpha, 0.0)


def raised(weight_K: Tensor, floor: float) -> Tensor:
    """Weights > 0 scaled to sum to K, those below the floor raised to it."""
    tasks = len(weight_K)
    above_K = (weight_K * tasks / weight_K.sum() - floor).clamp_min(0)
    return floor + above_K * (tasks * (1 - floor) / above_K.sum())

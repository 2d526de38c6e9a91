"""Task weights from a meta-network that learns beside the network it serves (B2, B3, B5, B6).

loss -> weights -> training steps -> second loss -> second weights, and so on: every `interval`
steps the meta-network reads the task losses of the steps since its last word and says the next
weights. Every `learn_every` words it has a lesson: from a snapshot of the network, trials with
weights sampled about its own are run and judged on validation samples; then the network is put
back and goes on with the mean of what the meta-network now says.

Shape suffixes: K tasks, M words of a trial, P pairs of trials, R trials.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor

from mien.train.task_weights.config import MetaConfig
from mien.train.task_weights.cost import lesson_steps
from mien.train.task_weights.meta_network import Memory, MetaNetwork, Trajectory
from mien.train.task_weights.policy import Child, floored_softmax
from mien.train.task_weights.reinforce import (
    Size,
    advantages,
    expected_cost_loss,
    log_density,
    log_ratio,
    paired_noise,
)


class Meta:
    """Weights that a meta-network says."""

    def __init__(
        self, tasks: int, config: MetaConfig, *, floor: float, key: tuple[int, ...], batch: int
    ) -> None:
        """Begin with uniform weights.

        Args:
            tasks: How many.
            config: Settings.
            floor: Least weight.
            key: All chance is drawn from it and the number of the word.
            batch: Samples of a training step, to tell what judging costs.
        """
        self.extra_steps = 0.0
        self._config, self._floor, self._key, self._batch = config, floor, key, batch
        self.network = MetaNetwork(tasks, hidden=config.hidden, seed=sum(key))
        self._optimiser = torch.optim.Adam(self.network.parameters(), lr=config.rate)
        self._size = Size()
        self._memory = self.network.blank()
        self._trajectory = Trajectory.begun(tasks)
        self._recent: list[Tensor] = []
        """Losses (K,) of the steps since the last word."""
        self._weight_K = torch.ones(tasks)
        self._words = 0

    def plan(self, child: Child, *, progress: float) -> None:
        """Say the next weights if it is time, after a lesson if it is time for one."""
        if len(self._recent) < self._config.interval:
            return
        trajectory = self._trajectory.seen(_mean(self._recent))
        seen_D = trajectory.observation(progress)
        if self._words % self._config.learn_every == 0:
            self._learn(child, trajectory, seen_D)
        with torch.no_grad():
            mean_K, self._memory = self.network(seen_D, self._memory)
        self._weight_K = floored_softmax(mean_K, self._floor)
        self._trajectory, self._recent = trajectory.said(mean_K), []
        self._words += 1

    def weights(self, loss_K: Tensor, *, seen_K: Tensor, shared: Tensor) -> Tensor:
        """What the meta-network said last, (K,)."""
        del loss_K, shared
        self._recent.append(seen_K)
        return self._weight_K

    def _learn(self, child: Child, trajectory: Trajectory, seen_D: Tensor) -> None:
        config = self._config
        snapshot, start_K = child.snapshot(), child.judge()
        trials = []
        for noise_MK in self._noise():
            child.go_back(snapshot)
            trials.append(self._trial(child, trajectory, seen_D, noise_MK=noise_MK, at_K=start_K))
        child.go_back(snapshot)
        density_RM, cost_RM, pull_RM = (
            torch.stack([torch.stack(trial[part]) for trial in trials]) for part in range(3)
        )
        advantage_RM = self._size.scaled(advantages(cost_RM))
        loss = expected_cost_loss(density_RM, advantage_RM) + config.pull * pull_RM.mean()
        self._optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), config.clip)
        self._optimiser.step()
        self.extra_steps += lesson_steps(config, batch=self._batch)

    def _noise(self) -> Tensor:
        """Noise (R, M, K), the same whenever this word is reached."""
        shape = (self._config.roll_outs // 2, self._config.rounds, len(self._weight_K))
        drawn = np.random.default_rng((*self._key, self._words)).standard_normal(shape)
        return paired_noise(torch.from_numpy(drawn).float())

    def _trial(
        self,
        child: Child,
        trajectory: Trajectory,
        seen_D: Tensor,
        *,
        noise_MK: Tensor,
        at_K: Tensor,
    ) -> tuple[list[Tensor], list[Tensor], list[Tensor]]:
        """Log-density, cost and squared logits of each word of a trial."""
        memory: Memory = self._memory
        densities, costs, pulls = [], [], []
        deviation, progress = self._config.deviation, seen_D[-1].item()
        for noise_K in noise_MK:
            mean_K, memory = self.network(seen_D, memory)
            logit_K = mean_K.detach() + deviation * noise_K
            weight_K = floored_softmax(logit_K, self._floor)
            losses = [child.advance(weight_K) for _ in range(self._config.interval)]
            after_K = child.judge()
            densities.append(log_density(noise_K, mean_K, deviation))
            costs.append(log_ratio(after_K, at_K))
            pulls.append(mean_K.square().sum())
            trajectory, at_K = trajectory.seen(_mean(losses)).said(logit_K), after_K
            seen_D = trajectory.observation(progress)
        return densities, costs, pulls

    def state(self) -> dict[str, Any]:
        """What `restore` needs."""
        kept = self._trajectory
        return {
            "network": self.network.state_dict(),
            "optimiser": self._optimiser.state_dict(),
            "memory": torch.stack(self._memory),
            "trajectory": torch.stack([kept.first_K, kept.last_K, kept.change_K, kept.logit_K]),
            "recent": list(self._recent),
            "weight": self._weight_K,
            "words": self._words,
            "size": self._size.square,
            "extra_steps": self.extra_steps,
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on from where `state` was taken."""
        self.network.load_state_dict(state["network"])
        self._optimiser.load_state_dict(state["optimiser"])
        hidden_H, cell_H = state["memory"].clone()
        self._memory = (hidden_H, cell_H)
        first_K, last_K, change_K, logit_K = state["trajectory"].clone()
        self._trajectory = Trajectory(
            first_K=first_K, last_K=last_K, change_K=change_K, logit_K=logit_K
        )
        self._recent, self._weight_K = list(state["recent"]), state["weight"].clone()
        self._size.square = float(state["size"])
        self._words, self.extra_steps = int(state["words"]), float(state["extra_steps"])


def _mean(losses: list[Tensor]) -> Tensor:
    """Mean loss (K,) over steps; a task counts in the steps that have labels of it."""
    return torch.nanmean(torch.stack(losses), dim=0)

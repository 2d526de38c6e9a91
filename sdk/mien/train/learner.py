"""One network on its way through the epochs: steps, running average, what is kept.

All chance is drawn from (seed, kind, epoch), never from a running generator: a run that was
stopped and goes on gives the same network as one that was not.

Shape suffixes: B batch, C channels, H height, W width, U outputs.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from mien.train.augment import Augmenter, flip_mouths
from mien.train.config import TrainConfig
from mien.train.losses import gaze_outputs, masked_mse, output_balance
from mien.train.network import make_network
from mien.train.samples import Samples
from mien.train.targets import KINDS, OUTPUTS
from mien.types import Progress

_WARM_UP_SHARE = 0.05


class Learner:
    """Trains the network of one kind of camera on its samples."""

    def __init__(self, samples: Samples, config: TrainConfig) -> None:
        self.samples = samples
        self.config = config
        self.network = make_network(samples.kind, width=config.width, seed=config.seed)
        self.average = copy.deepcopy(self.network).eval()
        self.optimiser = torch.optim.AdamW(
            _decayed(self.network, config.weight_decay), lr=config.learning_rate
        )
        self.epoch = 0
        """Epochs done."""
        self._augmenter = Augmenter(config.augment, config.samples.preprocess)
        balance = output_balance(samples.targets, samples.weights)
        self.balance_U = torch.from_numpy(balance)
        self.is_gaze_U = torch.tensor(gaze_outputs(OUTPUTS[samples.kind]))

    @property
    def steps(self) -> int:
        """Steps per epoch; a rest too small to normalise over is left out."""
        return max(1, round(len(self.samples) / self.config.batch))

    def run_epoch(self, progress: Progress) -> float:
        """Go once through the samples; returns the mean loss."""
        key = (self.config.seed, KINDS.index(self.samples.kind), self.epoch)
        rng = np.random.default_rng(key)
        order = rng.permutation(len(self.samples))
        batches = np.array_split(order, self.steps)
        what = f"{self.samples.kind}, epoch {self.epoch + 1} of {self.config.epochs}"
        self.network.train()
        total = 0.0
        for number, index in enumerate(progress(batches, what=what, total=len(batches))):
            total += self._step(index, number, rng=rng)
        self.epoch += 1
        return total / len(batches)

    def _step(self, index: NDArray[np.intp], number: int, *, rng: np.random.Generator) -> float:
        x_BCHW, target_BU, weight_BU = self._batch(index, rng)
        done = self.epoch * self.steps + number
        for group in self.optimiser.param_groups:
            group["lr"] = self.config.learning_rate * self._schedule(done)
        with torch.autocast("cpu", torch.bfloat16, enabled=self.config.is_bfloat16):
            output_BU = self.network(x_BCHW.contiguous(memory_format=torch.channels_last))
        loss = masked_mse(
            output_BU.float(),
            target_BU,
            weight_BU,
            balance_U=self.balance_U,
            is_gaze_U=self.is_gaze_U,
            activation_weight=self.config.activation_weight,
        )
        self.optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        self.optimiser.step()
        update_average(self.average, self.network, decay=self._decay(done))
        return float(loss.detach())

    def _batch(
        self, index: NDArray[np.intp], rng: np.random.Generator
    ) -> tuple[Tensor, Tensor, Tensor]:
        x_BCHW = self._augmenter.run(self.samples.pairs(index, rng=rng), rng)
        target_BU = torch.from_numpy(self.samples.targets[index])
        weight_BU = torch.from_numpy(self.samples.weights[index])
        if self.samples.kind == "mouth":
            return flip_mouths(x_BCHW, target_BU, weight_BU, rng=rng)
        return x_BCHW, target_BU, weight_BU

    def _schedule(self, done: int) -> float:
        """Share of the peak learning rate: a short ramp, then half a cosine down to 0."""
        share = done / (self.config.epochs * self.steps)
        ramp = min(1.0, (share + 1e-3) / _WARM_UP_SHARE)
        return ramp * 0.5 * (1 + math.cos(math.pi * share))

    def _decay(self, done: int) -> float:
        """Weight of the past; short at first, so that random weights are soon forgotten."""
        return min(self.config.ema_decay, (done + 1) / (done + 10))

    def start_from(self, weights: Mapping[str, Tensor]) -> None:
        """Begin with the weights of another run of this network."""
        self.network.load_state_dict(weights)
        self.average.load_state_dict(weights)

    def state(self) -> dict[str, Any]:
        """What `restore` needs to go on."""
        return {
            "epoch": self.epoch,
            "network": self.network.state_dict(),
            "average": self.average.state_dict(),
            "optimiser": self.optimiser.state_dict(),
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on from where `state` was taken."""
        self.epoch = int(state["epoch"])
        self.network.load_state_dict(state["network"])
        self.average.load_state_dict(state["average"])
        self.optimiser.load_state_dict(state["optimiser"])


def _decayed(network: nn.Module, decay: float) -> list[dict[str, Any]]:
    """Weights shrink; biases and normalisation do not."""
    parameters = list(network.parameters())
    return [
        {"params": [p for p in parameters if p.ndim > 1], "weight_decay": decay},
        {"params": [p for p in parameters if p.ndim <= 1], "weight_decay": 0.0},
    ]


def update_average(average: nn.Module, network: nn.Module, *, decay: float) -> None:
    """Move an exponential average of weights and statistics towards the network."""
    with torch.no_grad():
        pairs = zip(average.state_dict().values(), network.state_dict().values(), strict=True)
        for old, new in pairs:
            if old.is_floating_point():
                old.lerp_(new, 1 - decay)
            else:
                old.copy_(new)

"""The last block of a base network, fitted to one wearer from at most a minute of them (A14).

What lies before the last block stays as many wearers have taught it, so its maps are computed once
and a fit takes seconds. Labels are those of `mien label`; what they do not tell stays as the base
says it, and all weights are pulled towards the base's. Each half of every cue judges a fit to the
other halves, as in `mien.runtime.enrolment`: that chooses the number of epochs, and a network that
does not get better that way stays as it is.

Shape suffixes: N frames, B batch, C channels, H height, W width, U outputs.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias, get_args

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from mien.config import require
from mien.errors import ConfigError
from mien.metrics import pearson_r
from mien.train.losses import gaze_outputs, masked_mse, output_balance
from mien.train.network import Encoder
from mien.train.targets import OUTPUTS, Rows

Depth: TypeAlias = Literal["output", "hidden", "block"]
"""What is fitted: the last linear layer, both of them, or the last convolution too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AdaptConfig:
    """How a network is fitted to a wearer; chosen on validation wearers."""

    depth: Depth = "block"
    fps: float = 6.25
    """Frames of the footage learnt from per second, 0.1..1000: neighbours show the same."""
    learning_rate: float = 3e-4
    """Step of Adam, 1e-6..1."""
    epochs: int = 5
    """Most passes over the footage, 1..1000: more fit the cued takes ever better, held-out halves
    too, and free expressions worse."""
    batch: int = 64
    """Frames per step, 2..4096."""
    pull: float = 1e-3
    """How strongly weights are drawn to the base's, 0..100."""
    keep: float = 0.1
    """How much what has no label counts that must stay as the base says it, 0..100."""
    better_by: float = 0.98
    """The held-out error must become this much smaller, as a share, 0..1."""
    least_r: float = 0.3
    """Least mean r of the held-out outputs with the labels, 0..1: else these are no labels of
    what the footage shows."""
    seed: int = 0
    """Of the order of frames, 0..2^31-1."""

    def __post_init__(self) -> None:
        if self.depth not in get_args(Depth):
            raise ConfigError(f"depth: expected one of {get_args(Depth)}, got {self.depth}")
        require("fps", self.fps, 0.1, 1000)
        require("learning_rate", self.learning_rate, 1e-6, 1)
        require("epochs", self.epochs, 1, 1000)
        require("batch", self.batch, 2, 4096)
        require("pull", self.pull, 0, 100)
        require("keep", self.keep, 0, 100)
        require("better_by", self.better_by, 0, 1)
        require("least_r", self.least_r, 0, 1)
        require("seed", self.seed, 0, 2**31 - 1)


@dataclass(frozen=True, slots=True)
class Lessons:
    """What a network is to learn of a wearer: frames of all cameras of its kind."""

    coarse: Tensor
    """Maps before the last block, shape (N, C, 8, 8), float16."""
    targets: Rows
    """Shape (N, U), float32, 0..1."""
    weights: Rows
    """Shape (N, U), float32; 0 where there is no label."""
    cue: NDArray[np.intp]
    """Shape (N,), which cue a frame belongs to, one number per cue and camera."""


@dataclass(frozen=True, slots=True)
class Adapted:
    """How a fit went."""

    network: Encoder
    """Fitted; the base itself if it was refused."""
    epochs: int
    """Passes that the held-out halves liked best; 0 if it was refused."""
    error_before: float | None
    """Balanced squared error of the base on the labels; None without any."""
    error_after: float | None
    """The same, each half of a cue judged by a fit to the other halves."""
    reason: str
    """Why it was refused; empty if not."""


LEAST_FRAMES: Final = 20
"""Labelled frames below which a network is left as it is."""

_BATCH: Final = 512


class Tail(nn.Module):
    """What of an encoder comes after its coarse maps, up to the units."""

    def __init__(self, network: Encoder) -> None:
        super().__init__()
        self.block = network.body[-1]
        self.head = network.head

    def forward(self, coarse_BCHW: Tensor) -> Tensor:
        """Gated maps (B, C, 8, 8) to units (B, U) in 0..1."""
        return torch.sigmoid(self.head(self.block(coarse_BCHW)))

    def outputs(self, coarse: Tensor) -> Rows:
        """Units of all frames, shape (N, U), float32, from maps (N, C, 8, 8)."""
        with torch.inference_mode():
            given: Rows = torch.cat([self(x.float()) for x in torch.split(coarse, _BATCH)]).numpy()
        return given

    def fitted(self, depth: Depth) -> list[nn.Parameter]:
        """The parameters that a fit may change."""
        changed: dict[Depth, nn.Module] = {
            "output": self.head[-1],
            "hidden": self.head,
            "block": self,
        }
        return list(changed[depth].parameters())


def adapt(network: Encoder, lessons: Lessons, config: AdaptConfig) -> Adapted:
    """Fit a copy of a network to a wearer, or tell why not."""
    if np.any(lessons.weights > 0, axis=1).sum() < LEAST_FRAMES:
        return Adapted(network, 0, None, None, "labels: expected some, got too few")
    outputs = OUTPUTS[network.kind]
    given = _held_out(Tail(network), lessons, config, outputs=outputs)
    errors = [_error(rows, lessons) for rows in given]
    best = int(np.argmin(errors))
    reason = _objection(given[best], lessons, config, share=errors[best] / errors[0])
    if reason:
        return Adapted(network, 0, errors[0], errors[best], reason)
    personal = copy.deepcopy(network)
    every = np.ones(len(lessons.targets), np.bool_)
    fit = _Fit(Tail(personal), lessons, config, rows=every, outputs=outputs)
    for _ in range(best):
        fit.run_epoch()
    return Adapted(personal.eval(), best, errors[0], errors[best], "")


def _held_out(
    base: Tail, lessons: Lessons, config: AdaptConfig, *, outputs: tuple[str, ...]
) -> Rows:
    """Outputs after each number of epochs, from 0 on, shape (epochs + 1, N, U).

    Each half of a cue is seen by a fit to the other halves.
    """
    is_late = later_halves(lessons.cue)
    given = np.empty((config.epochs + 1, *lessons.targets.shape), np.float32)
    for is_out in (is_late, ~is_late):
        fit = _Fit(copy.deepcopy(base), lessons, config, rows=~is_out, outputs=outputs)
        given[0, is_out] = fit.outputs(is_out)
        for epoch in range(config.epochs):
            fit.run_epoch()
            given[epoch + 1, is_out] = fit.outputs(is_out)
    return given


def _error(given: Rows, lessons: Lessons) -> float:
    balance = output_balance(lessons.targets, lessons.weights)
    error = lessons.weights * balance * (given - lessons.targets) ** 2
    return float(error.sum() / lessons.weights.sum())


def _objection(given: Rows, lessons: Lessons, config: AdaptConfig, *, share: float) -> str:
    if share > config.better_by:
        return f"expected at most {config.better_by:g} of the error, got {share:.3f}"
    followed = _followed(given, lessons)
    if followed < config.least_r:
        return f"expected labels that are followed, r >= {config.least_r:g}, got {followed:.3f}"
    return ""


def _followed(given: Rows, lessons: Lessons) -> float:
    """Mean r with the labels over the outputs whose labels move; 0 if none does."""
    found = []
    for said, wanted, weight in zip(given.T, lessons.targets.T, lessons.weights.T, strict=True):
        r = pearson_r(wanted[weight > 0], said[weight > 0])
        if r is not None:
            found.append(r)
    return float(np.mean(found)) if found else 0.0


def later_halves(cue: NDArray[np.intp]) -> NDArray[np.bool_]:
    """Which frames are in the later half of their cue."""
    is_late = np.zeros(len(cue), np.bool_)
    for place in np.unique(cue):
        rows = np.flatnonzero(cue == place)
        is_late[rows[len(rows) // 2 :]] = True
    return is_late


class _Fit:
    """Changes a tail step by step; normalisation statistics stay the base's."""

    def __init__(
        self,
        tail: Tail,
        lessons: Lessons,
        config: AdaptConfig,
        *,
        rows: NDArray[np.bool_],
        outputs: tuple[str, ...],
    ) -> None:
        self._tail, self._config = tail.eval(), config
        self._coarse = lessons.coarse
        self._target_NU = torch.from_numpy(lessons.targets)
        self._weight_NU = torch.from_numpy(lessons.weights)
        self._balance_U = torch.from_numpy(output_balance(lessons.targets, lessons.weights))
        self._is_gaze_U = torch.tensor(gaze_outputs(outputs))
        self._rows = np.flatnonzero(rows)
        self._parameters = tail.fitted(config.depth)
        self._start = [parameter.detach().clone() for parameter in self._parameters]
        self._optimiser = torch.optim.Adam(self._parameters, lr=config.learning_rate)
        self._rng = np.random.default_rng(config.seed)
        self._base_NU = torch.from_numpy(self.outputs(np.ones(len(lessons.targets), np.bool_)))

    def run_epoch(self) -> None:
        """One pass over the frames."""
        order = self._rng.permutation(self._rows)
        for batch in np.array_split(order, max(1, len(order) // self._config.batch)):
            loss = self._loss(torch.from_numpy(batch))
            self._optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            self._optimiser.step()

    def outputs(self, rows: NDArray[np.bool_]) -> Rows:
        """What the tail says now of some frames, shape (n, U)."""
        return self._tail.outputs(self._coarse[torch.from_numpy(rows)])

    def _loss(self, batch_B: Tensor) -> Tensor:
        config, weight_BU = self._config, self._weight_NU[batch_B]
        given_BU: Tensor = self._tail(self._coarse[batch_B].float())
        loss = masked_mse(
            given_BU,
            self._target_NU[batch_B],
            weight_BU,
            balance_U=self._balance_U,
            is_gaze_U=self._is_gaze_U,
        )
        strayed = ((given_BU - self._base_NU[batch_B]).square() * (weight_BU == 0)).mean()
        pairs = zip(self._parameters, self._start, strict=True)
        pulled = torch.stack([(now - start).square().sum() for now, start in pairs]).sum()
        whole: Tensor = loss + config.keep * strayed + config.pull * pulled
        return whole

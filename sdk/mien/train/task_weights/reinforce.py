"""The meta-network's loss: the expected change of the multi-task loss, by REINFORCE (B2, B6).

A trial is a few words of the meta-network, each followed by training steps; its cost is how the
logarithm of the validation losses changed, averaged over the tasks. The meta-network minimises
the *expected* cost over the Gaussian that the logits come from; the gradient of an expectation is
estimated by trials from one snapshot (Williams 1992), in pairs with opposite noise and the same
batches, so that nothing but the weights tells two trials apart.

Shape suffixes: K tasks, M words of a trial, R trials.
"""

from __future__ import annotations

from typing import Final

import torch
from torch import Tensor

LEARNT: Final = 1e-4
"""A loss below this is learnt: the logarithm of what is left would drown the other tasks."""
_SIZE_DECAY = 0.9
_TINY = 1e-12


def log_ratio(after_K: Tensor, before_K: Tensor) -> Tensor:
    """Mean over the tasks of `log(after / before)`, a scalar; tasks with NaN are left out."""
    ratio_K = after_K.clamp_min(LEARNT).log() - before_K.clamp_min(LEARNT).log()
    return torch.nanmean(ratio_K).nan_to_num(0.0)


def log_density(noise_K: Tensor, mean_K: Tensor, deviation: float) -> Tensor:
    """Log-density, up to a constant, of the sample `mean + deviation * noise`, a scalar.

    Its gradient is that of the density at a fixed sample, not that of a sample that moves along.
    """
    sample_K = mean_K.detach() + deviation * noise_K
    return -0.5 * ((sample_K - mean_K) / deviation).square().sum()


def paired_noise(noise_PMK: Tensor) -> Tensor:
    """Noise of R = 2 P trials (R, M, K): trial 2i and trial 2i + 1 have opposite noise."""
    return torch.stack([noise_PMK, -noise_PMK], dim=1).flatten(0, 1)


def advantages(cost_RM: Tensor) -> Tensor:
    """How much worse the rest of a trial went, from each word on, than in the *other* pairs.

    A trial's own pair stays out of its baseline: its noise is not independent of the trial's, and
    the estimate would be biased.

    Args:
        cost_RM: Cost of each word; trials in pairs, at least two.

    Returns:
        Shape (R, M).
    """
    rest_RM = cost_RM.flip(1).cumsum(1).flip(1)
    pair_PM = rest_RM.reshape(-1, 2, rest_RM.shape[1]).mean(1)
    others_PM = (pair_PM.sum(0) - pair_PM) / (len(pair_PM) - 1)
    return rest_RM - others_PM.repeat_interleave(2, dim=0)


class Size:
    """The usual size of an advantage, by which it is divided.

    A network that learns slowly changes its losses little; the pull and the clip mean the same
    nevertheless. The size is that of earlier lessons: one that knew this lesson's noise would
    bias the estimate.
    """

    def __init__(self) -> None:
        self.square = 0.0
        """Running mean of squares; 0 before the first lesson."""

    def scaled(self, advantage_RM: Tensor) -> Tensor:
        """Advantages by their usual size, which then takes these into account."""
        square = float(advantage_RM.square().mean())
        before = self.square or square
        self.square = _SIZE_DECAY * before + (1 - _SIZE_DECAY) * square
        scaled_RM: Tensor = advantage_RM / max(before, _TINY) ** 0.5
        return scaled_RM


def expected_cost_loss(log_density_RM: Tensor, advantage_RM: Tensor) -> Tensor:
    """A scalar whose gradient is an unbiased estimate of the expected cost's gradient.

    Args:
        log_density_RM: From `log_density`, with the meta-network's graph.
        advantage_RM: From `advantages`, or that by a size.
    """
    return (advantage_RM.detach() * log_density_RM).sum(1).mean()

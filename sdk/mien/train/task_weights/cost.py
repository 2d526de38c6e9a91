"""What a rule for the task weights costs beyond the network's own training steps (B9).

In training steps: a backward pass computes two products where a forward pass computes one, so a
forward pass is a third of a step and a backward pass two thirds.
"""

from __future__ import annotations

from typing import Final

from mien.train.task_weights.config import MetaConfig, TaskConfig

FORWARD_SHARE: Final = 1 / 3
BACKWARD_SHARE: Final = 2 / 3


def lesson_steps(config: MetaConfig, *, batch: int) -> float:
    """Cost of a lesson of the meta-network: its trials, and judging them."""
    words = config.roll_outs * config.rounds
    return words * config.interval + FORWARD_SHARE * (1 + words) * config.judged / batch


def extra_share(config: TaskConfig, *, tasks: int, batch: int) -> float:
    """Cost of a rule beyond a training step, per training step.

    Args:
        config: Which rule, and its settings.
        tasks: How many have labels.
        batch: Samples of a step.
    """
    if config.policy == "gradnorm":
        return BACKWARD_SHARE * tasks / config.gradnorm.every
    if config.policy == "meta":
        meta = config.meta
        return lesson_steps(meta, batch=batch) / (meta.learn_every * meta.interval)
    return 0.0

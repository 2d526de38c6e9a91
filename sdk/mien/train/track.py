"""One kind of camera within a run: its epochs, the best of them, what is kept of both."""

from __future__ import annotations

import copy
import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from torch import Tensor

from mien.train.learner import Learner
from mien.train.samples import Samples
from mien.train.trials import Trials
from mien.train.validate import predict, score_outputs, validation_loss
from mien.types import Progress

logger = logging.getLogger("mien")


@dataclass(slots=True)
class Track:
    """A learner, and how it did on the validation samples."""

    learner: Learner
    validation: Samples
    best: dict[str, Tensor] = field(default_factory=dict)
    """Weights of the best epoch, on the CPU."""
    best_loss: float = float("inf")
    best_epoch: int = 0
    history: list[dict[str, Any]] = field(default_factory=list)
    """An entry per epoch."""
    trials: Trials = field(init=False)
    """What the meta-network tries weights on."""

    def __post_init__(self) -> None:
        self.trials = Trials(self.learner, self.validation)

    @property
    def is_finished(self) -> bool:
        """All epochs are done, or too many went by without a better one."""
        config, epoch = self.learner.config, self.learner.epoch
        is_stuck = bool(config.patience) and epoch - self.best_epoch >= config.patience
        return epoch >= config.epochs or is_stuck

    @property
    def kept(self) -> tuple[int, Mapping[str, Tensor]]:
        """Which epoch's weights leave the run, and they themselves."""
        if self.learner.config.keep == "last":
            return self.learner.epoch, self.learner.average.state_dict()
        return self.best_epoch, self.best

    def run_epoch(self, progress: Progress, after_step: Callable[[], None]) -> None:
        """Train for what is left of the epoch, validate, and remember the best weights.

        Args:
            progress: Told of each batch.
            after_step: Called between steps.
        """
        learner, start_ns = self.learner, time.monotonic_ns()
        loss = learner.run_epoch(progress, after_step, lambda: learner.weigher.plan(self.trials))
        outputs = predict(learner.average, self.validation, learner.config.samples.preprocess)
        reached = validation_loss(outputs, self.validation, learner.balance_U.numpy())
        reached = learner.place.agreed(reached)
        scores = score_outputs(outputs, self.validation)
        with learner.lock:
            learner.finish_epoch()
            self.history.append(
                {
                    "epoch": learner.epoch,
                    "steps": learner.done,
                    "loss": loss,
                    "validation_loss": reached,
                    "mean_r": scores.mean_r,
                    "mean_mae": scores.mean_mae,
                    "r": {name: one.r for name, one in scores.units.items() if one.r is not None},
                    "seconds": (time.monotonic_ns() - start_ns) / 1e9,
                }
            )
            if reached < self.best_loss:
                self.best_loss, self.best_epoch = reached, learner.epoch
                weights = learner.average.state_dict()
                self.best = {k: v.detach().cpu().clone() for k, v in weights.items()}
        logger.info("%s %s", self.validation.kind, self.history[-1])

    def state(self) -> dict[str, Any]:
        """A copy of what `restore` needs, taken between two steps."""
        with self.learner.lock:
            return copy.deepcopy(
                {
                    "learner": self.learner.state(),
                    "best": self.best,
                    "best_loss": self.best_loss,
                    "best_epoch": self.best_epoch,
                    "history": self.history,
                }
            )

    def restore(self, saved: Mapping[str, Any]) -> None:
        """Go on from where `state` was taken."""
        self.learner.restore(saved["learner"])
        self.best, self.best_loss = dict(saved["best"]), float(saved["best_loss"])
        self.best_epoch, self.history = int(saved["best_epoch"]), list(saved["history"])

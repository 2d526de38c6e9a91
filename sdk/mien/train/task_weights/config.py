"""Settings of the task weights: which rule gives them, and how it is tuned."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Final

from mien.config import require
from mien.errors import ConfigError

POLICIES: Final = ("uniform", "static", "uncertainty", "gradnorm", "meta", "replay")
"""Known rules, see `TaskConfig.policy`."""
_LARGEST_WEIGHT = 1000.0


@dataclass(frozen=True, slots=True, kw_only=True)
class StaticWeights:
    """A weight per task, 0..1000; they are scaled so that the tasks with labels sum to K."""

    units: float = 1.0
    gaze_lid: float = 1.0
    fallback: float = 1.0
    attention: float = 1.0
    segmentation: float = 1.0
    boxes: float = 1.0
    emotion: float = 1.0
    identity: float = 1.0

    def __post_init__(self) -> None:
        for field in fields(self):
            require(field.name, getattr(self, field.name), 0, _LARGEST_WEIGHT)


@dataclass(frozen=True, slots=True, kw_only=True)
class GradNormConfig:
    """GradNorm (Chen et al., ICML 2018)."""

    alpha: float = 1.0
    """How hard slow tasks are pushed, 0..10."""
    rate: float = 0.025
    """Step of Adam on the weights, 1e-6..1."""
    every: int = 10
    """Training steps between two looks at the gradients, 1..10000; each look costs a backward
    pass per task, which the paper pays in every step."""

    def __post_init__(self) -> None:
        require("alpha", self.alpha, 0, 10)
        require("rate", self.rate, 1e-6, 1)
        require("every", self.every, 1, 10_000)


@dataclass(frozen=True, slots=True, kw_only=True)
class MetaConfig:
    """The meta-network and how it learns (B6, B7)."""

    hidden: int = 24
    """Width of the LSTM, 1..1024."""
    interval: int = 5
    """Training steps from one word of the meta-network to the next, 1..10000."""
    roll_outs: int = 4
    """Trials from one snapshot, even, 4..64: pairs with opposite noise and the same batches."""
    rounds: int = 2
    """Words of the meta-network in a trial, 2..64 (B3: at least two)."""
    learn_every: int = 10
    """Words between two lessons of the meta-network, 1..10000. A lesson costs
    `roll_outs * rounds * interval` training steps, so the defaults give it about half of them."""
    deviation: float = 0.5
    """Of the Gaussian that the logits are sampled from, 0.001..10."""
    rate: float = 0.03
    """Step of Adam on the meta-network, 1e-6..1."""
    pull: float = 0.01
    """Weight of the squared logits in its loss, 0..100: the pull towards uniform weights."""
    clip: float = 1.0
    """Largest norm of its gradient, 1e-6..1e6."""
    judged: int = 128
    """Validation samples that a trial is judged on, 1..1e6; the same ones in the whole run."""

    def __post_init__(self) -> None:
        limits: dict[str, tuple[float, float]] = {
            "hidden": (1, 1024), "interval": (1, 10_000), "roll_outs": (4, 64),
            "rounds": (2, 64), "learn_every": (1, 10_000), "deviation": (0.001, 10),
            "rate": (1e-6, 1), "pull": (0, 100), "clip": (1e-6, 1e6), "judged": (1, 1e6),
        }  # fmt: skip
        for name, (low, high) in limits.items():
            require(name, getattr(self, name), low, high)
        require("roll_outs % 2", self.roll_outs % 2, 0, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskConfig:
    """Which rule gives the task weights, and its settings; those of the others lie idle."""

    policy: str = "uniform"
    """`uniform`; `static`; `uncertainty` (Kendall et al., CVPR 2018); `gradnorm`; `meta`, the
    meta-network; or `replay`, the weights that another run wrote down."""
    floor: float = 0.01
    """Least weight of a task, 0..0.5, where uniform weights are 1 (B6)."""
    static: StaticWeights = StaticWeights()
    replay: str = ""
    """Run, or its `task_weights.jsonl`, whose weights `replay` gives again (B8)."""
    uncertainty_rate: float = 0.02
    """Step of Adam on the log-variances of `uncertainty`, 1e-6..1."""
    gradnorm: GradNormConfig = GradNormConfig()
    meta: MetaConfig = MetaConfig()

    def __post_init__(self) -> None:
        if self.policy not in POLICIES:
            known = ", ".join(POLICIES)
            raise ConfigError(f"policy: expected one of {known}, got {self.policy}")
        if (self.policy == "replay") != bool(self.replay):
            raise ConfigError(
                f"replay: expected a run for the policy replay and for no other, "
                f"got {self.replay!r} for {self.policy}"
            )
        require("floor", self.floor, 0, 0.5)
        require("uncertainty_rate", self.uncertainty_rate, 1e-6, 1)

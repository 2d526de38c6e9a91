"""A toy child: a narrow network that two regressions of different scale share."""

from __future__ import annotations

import copy

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="needs torch")

from mien.train.task_weights.config import TaskConfig  # noqa: E402
from mien.train.task_weights.weigher import Weigher  # noqa: E402

TASKS = ("units", "emotion")
LOUD, FAINT = 3.0, 0.5
BATCH = 32


def _drawn(seed: int, count: int, *, clean: str):
    """Inputs and targets: one task is loud and mostly noise, the other is faint and clean.

    Each reads two directions of its own, and the trunk has room for two in all: one that follows
    the louder loss learns little.
    """
    rng = np.random.default_rng((1, seed))
    x = torch.from_numpy(rng.standard_normal((count, 8))).float()
    noise = torch.from_numpy(rng.standard_normal((count, 2))).float()
    loud, faint = LOUD * (x[:, :2] + 0.7 * noise), FAINT * x[:, 2:4]
    return x, {task: faint if task == clean else loud for task in TASKS}


class ToyChild:
    """Trains on (seed, step); all that a step changes is in `snapshot`."""

    def __init__(
        self, config: TaskConfig, *, steps: int, seed: int = 0, clean: str = "emotion"
    ) -> None:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            self.trunk = torch.nn.Linear(8, 2)
            self.heads = torch.nn.ModuleDict({task: torch.nn.Linear(2, 2) for task in TASKS})
        self.network = torch.nn.ModuleList([self.trunk, self.heads])
        self.optimiser = torch.optim.Adam(self.network.parameters(), lr=0.01)
        self.step, self.steps, self.seed = 0, steps, seed
        self.clean = clean
        self.held_out = _drawn(999, 256, clean=clean)
        self.weigher = Weigher(TASKS, config, kind="eye", key=(seed,), steps=steps, batch=BATCH)

    def run(self, until: int | None = None) -> None:
        while self.step < (self.steps if until is None else until):
            self.weigher.plan(self)
            losses = self._losses(self._batch())
            self._descend(self.weigher.weigh(losses, shared=self.trunk.weight))

    def _batch(self):
        return _drawn(1000 * (self.seed + 1) + self.step, BATCH, clean=self.clean)

    def _losses(self, batch):
        x, targets = batch
        hidden = self.trunk(x)
        return {task: (self.heads[task](hidden) - targets[task]).square().mean() for task in TASKS}

    def _descend(self, loss) -> None:
        self.optimiser.zero_grad()
        loss.backward()
        self.optimiser.step()
        self.step += 1

    def snapshot(self):
        return copy.deepcopy(
            {
                "network": self.network.state_dict(),
                "optimiser": self.optimiser.state_dict(),
                "step": self.step,
            }
        )

    def go_back(self, snapshot) -> None:
        self.network.load_state_dict(snapshot["network"])
        self.optimiser.load_state_dict(copy.deepcopy(snapshot["optimiser"]))
        self.step = snapshot["step"]

    def advance(self, weights):
        losses = self.weigher.stacked(self._losses(self._batch()), like=self.trunk.weight)
        self._descend((weights * losses).sum())
        return losses.detach()

    def judge(self):
        with torch.no_grad():
            losses = self._losses(self.held_out)
        return torch.stack([losses[task] for task in TASKS])

    def state(self):
        return copy.deepcopy({"child": self.snapshot(), "weigher": self.weigher.state()})

    def restore(self, state) -> None:
        self.go_back(state["child"])
        self.weigher.restore(state["weigher"])

    def parameters(self):
        return torch.cat([p.detach().flatten() for p in self.network.parameters()])


@pytest.fixture
def toy_child():
    """Makes a `ToyChild`."""
    return ToyChild

"""One network on its way through the epochs: steps, running average, what is kept.

All chance is drawn from (seed, kind, epoch, step, part of the batch), never from a running
generator: a run that was stopped anywhere and goes on, or that several processes share, gives
the same network as one that was not.

Shape suffixes: B batch, C channels, H height, W width, U outputs.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Mapping
from threading import Lock
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from mien.errors import TrainError
from mien.train.config import TrainConfig
from mien.train.distribute import Place, parallel
from mien.train.drawing import Drawing
from mien.train.heads.identity import Prototypes
from mien.train.losses import gaze_outputs, output_balance
from mien.train.network import Tasks, make_network
from mien.train.rounding import rounded_as_int8
from mien.train.samples import Samples
from mien.train.targets import KINDS, OUTPUTS
from mien.train.task_weights.weigher import Weigher
from mien.train.tasks import Batch, Emphasis, TaskLoss, joined_batches, task_losses
from mien.train.taught import taught_tasks
from mien.train.wearers import cached_vectors, enrol
from mien.types import Progress

_WARM_UP_SHARE = 0.05


class Learner:
    """Trains the network of one kind of camera on its samples."""

    def __init__(self, samples: Samples, config: TrainConfig, place: Place) -> None:
        self.samples = samples
        self.config = config
        self.place = place
        self.network = make_network(samples.kind, width=config.width, seed=config.seed)
        self.network.to(place.device)
        self.average = copy.deepcopy(self.network).eval()
        self._drawing = Drawing(samples, config, key=(config.seed, self._kind))
        tasks = Tasks(self.network, self._prototypes()).to(place.device)
        self._parallel = parallel(tasks, place)
        self.optimiser = torch.optim.AdamW(
            _decayed(tasks, config.weight_decay), lr=config.learning_rate
        )
        self._tasks = tasks
        self.epoch = 0
        """Epochs done."""
        self.step = 0
        """Steps done in this epoch."""
        self.lock = Lock()
        """Held while a step changes what `state` gives."""
        self._loss_sum = 0.0
        self.balance_U = torch.from_numpy(output_balance(samples.targets, samples.weights))
        self._emphasis = Emphasis(
            self.balance_U.to(place.device),
            torch.tensor(gaze_outputs(OUTPUTS[samples.kind]), device=place.device),
            config.activation_weight,
        )
        self.weigher = self._weigher()
        if len(samples) // self.steps < config.parts:
            raise TrainError(
                f"{samples.kind}: expected at least {config.parts} samples per step, "
                f"got {len(samples) // self.steps}; give more sessions, or fewer parts"
            )

    @property
    def _kind(self) -> int:
        return KINDS.index(self.samples.kind)

    def _weigher(self) -> Weigher:
        return Weigher(
            taught_tasks(self.samples, has_wearers=len(self._drawing.persons) > 0),
            self.config.tasks,
            kind=self.samples.kind,
            key=(self.config.seed, self._kind),
            steps=self.config.epochs * self.steps,
            batch=self.config.batch,
            summed=self.place.summed,
        )

    def _prototypes(self) -> Prototypes | None:
        """Directions of the wearers to be told apart; None: there are none."""
        headset_P = torch.from_numpy(self._drawing.headsets)
        if not len(headset_P):
            return None
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(self.config.seed)
            return Prototypes(headset_P)

    @property
    def steps(self) -> int:
        """Steps per epoch; a rest too small to normalise over is left out."""
        return max(1, round(len(self.samples) / self.config.batch))

    @property
    def done(self) -> int:
        """Steps done in all."""
        return self.epoch * self.steps + self.step

    def run_epoch(
        self,
        progress: Progress,
        after_step: Callable[[], None],
        before_step: Callable[[], None] = lambda: None,
    ) -> float:
        """Go through what is left of the epoch; returns the mean loss of all of it.

        `finish_epoch` ends the epoch: until then what `state` gives lies within it.

        Args:
            progress: Told of each batch.
            after_step: Called after each step, outside the lock.
            before_step: Called before each step, within the lock.
        """
        if not self.step:
            self._enrol()
        left = range(self.done, (self.epoch + 1) * self.steps)
        what = f"{self.samples.kind}, epoch {self.epoch + 1} of {self.config.epochs}"
        self._parallel.train()
        for done in progress(left, what=what, total=len(left)):
            batch = self.batch_of(done)
            with self.lock:
                before_step()
                self._step(batch)
            after_step()
        return self._loss_sum / self.steps

    def _enrol(self) -> None:
        """Cache who is who for the epoch, as the averaged network sees it by now (D5)."""
        scene, preprocess = self.samples.scene, self.config.samples.preprocess
        enrolled = enrol(self.average, self.samples, preprocess)
        self._drawing.vectors = cached_vectors(enrolled, scene.person, scene.session)

    def finish_epoch(self) -> None:
        """Count the epoch; the caller holds the lock."""
        self.epoch, self.step, self._loss_sum = self.epoch + 1, 0, 0.0

    def _step(self, batch: Batch) -> None:
        loss = self.weigher.weigh(self.losses(batch), shared=self.network.shared)
        self._descend(loss)
        self._count(self.place.total(float(loss.detach())))

    def try_step(self, batch: Batch, weight_K: Tensor) -> Tensor:
        """A step with given task weights, that nobody hears of; returns the task losses (K,)."""
        losses, shared = self.losses(batch), self.network.shared
        self._descend(self.weigher.combined(losses, weight_K, like=shared))
        self.step += 1
        return self.weigher.seen(self.weigher.stacked(losses, like=shared))

    def _descend(self, loss: Tensor) -> None:
        for group in self.optimiser.param_groups:
            group["lr"] = self.config.learning_rate * self._schedule(self.done)
        self.optimiser.zero_grad()
        # Gradients become the mean over the processes; they have to be the sum.
        (loss * self.place.processes).backward()  # type: ignore[no-untyped-call]
        self.optimiser.step()
        update_average(self.average, self.network, decay=self._decay(self.done))

    def losses(self, batch: Batch) -> dict[str, Tensor]:
        """Task -> its loss over this process's part of the batch; the parts' sum is the whole's."""
        return {
            task: one.mean * (one.known / max(self.place.total(one.known), 1e-6))
            for task, one in self.measured(batch).items()
        }

    def measured(self, batch: Batch) -> dict[str, TaskLoss]:
        """Task -> its loss over some samples by themselves."""
        device, batch = self.place.device, batch.to(self.place.device)
        is_rounding = self.epoch >= self.config.epochs - self.config.quantisation.aware_epochs
        with (
            torch.autocast(device.type, torch.bfloat16, enabled=self.place.is_bfloat16),
            rounded_as_int8(self.network, is_due=is_rounding),
        ):
            x_BCHW = batch.x_BCHW.contiguous(memory_format=torch.channels_last)
            given = self._parallel(x_BCHW, batch.vector_BI)
        # Losses are float32 whatever the network computes in: bfloat16 has 8 bits of mantissa.
        given = {name: x.float() if x.is_floating_point() else x for name, x in given.items()}
        given["twin"] = self._said_of_twins(batch)
        return task_losses(given, batch, self._emphasis, kind=self.samples.kind)

    def _said_of_twins(self, batch: Batch) -> Tensor:
        """What the averaged network says of what lies under the covers, (R, U): a mean teacher."""
        if not len(batch.twin_RCHW):
            return batch.target_BU[:0]
        device = self.place.device
        x_RCHW = batch.twin_RCHW.contiguous(memory_format=torch.channels_last)
        with (
            torch.no_grad(),
            torch.autocast(device.type, torch.bfloat16, enabled=self.place.is_bfloat16),
        ):
            said_RU: Tensor = self.average(x_RCHW)
        return said_RU.float()

    def _count(self, loss: float) -> None:
        if not math.isfinite(loss):
            raise TrainError(
                f"{self.samples.kind}: expected a finite loss, got {loss} in step {self.step + 1} "
                f"of epoch {self.epoch + 1}; give a lower --learning-rate"
            )
        self._loss_sum += loss
        self.step += 1

    def batch_of(self, done: int) -> Batch:
        """This process's parts of the batch of the step before which so many are done."""
        epoch, step = divmod(done, self.steps)
        parts = np.array_split(self._order(epoch)[step], self.config.parts)
        mine = np.array_split(np.arange(len(parts)), self.place.processes)[self.place.rank]
        return joined_batches(
            [
                self._drawing.batch(parts[n], epoch=epoch, key=(epoch, step, n))
                for n in mine.tolist()
            ]
        )

    def _order(self, epoch: int) -> list[NDArray[np.intp]]:
        """Which samples each step of an epoch sees."""
        rng = np.random.default_rng((self.config.seed, self._kind, epoch))
        return np.array_split(rng.permutation(len(self.samples)), self.steps)

    def _schedule(self, done: int) -> float:
        """Share of the peak learning rate: a short ramp, then half a cosine down to 0."""
        share = min(1.0, done / (self.config.epochs * self.steps))
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
            **self.moving_state(),
            "loss_sum": self._loss_sum,
            "vectors": torch.from_numpy(self._drawing.vectors),
            "weigher": self.weigher.state(),
        }

    def moving_state(self) -> dict[str, Any]:
        """What `try_step` changes."""
        return {
            "epoch": self.epoch,
            "step": self.step,
            "network": self._tasks.state_dict(),
            "average": self.average.state_dict(),
            "optimiser": self.optimiser.state_dict(),
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on from where `state` was taken."""
        self._loss_sum = float(state["loss_sum"])
        self._drawing.vectors = state["vectors"].numpy()
        self.weigher.restore(state["weigher"])
        self.move_back(state)

    def move_back(self, state: Mapping[str, Any]) -> None:
        """Be again what `moving_state` was taken of; what is given stays as it is."""
        self.epoch, self.step = int(state["epoch"]), int(state["step"])
        self._tasks.load_state_dict(state["network"])
        self.average.load_state_dict(state["average"])
        # It takes the tensors it is given for its own.
        self.optimiser.load_state_dict(copy.deepcopy(state["optimiser"]))


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

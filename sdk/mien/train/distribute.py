"""One run on several processes: `torchrun --nproc-per-node N -m mien train ...`.

Each process works on its parts of every batch. So that the result is that of one process, all
chance belongs to a part of a batch and not to a process (see `learner`), the loss is divided by
the weight of the whole batch, and batch normalisation takes its statistics over all of it. What
is left is the order in which float32 numbers are added.

Shape suffixes: B batch, C channels, H height, W width.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
import torch.distributed as dist
from torch import Tensor, nn

from mien.errors import ConfigError
from mien.train.config import TrainConfig


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where this process computes."""

    device: torch.device
    is_bfloat16: bool = False
    rank: int = 0
    """Which of the processes this is, 0..processes - 1."""
    processes: int = 1

    @property
    def is_first(self) -> bool:
        """Only the first one writes files and speaks."""
        return self.rank == 0

    def wait(self) -> None:
        """Go on when all processes are here."""
        if self.processes > 1:
            dist.barrier()

    def agreed(self, value: float) -> float:
        """The first process's value, in all of them."""
        if self.processes == 1:
            return value
        shared = torch.tensor([value], dtype=torch.float64, device=self.device)
        dist.broadcast(shared, 0)
        return float(shared)

    def summed(self, x: Tensor) -> Tensor:
        """The sum of a tensor over all processes, in all of them."""
        if self.processes > 1:
            x = x.clone()
            dist.all_reduce(x)
        return x

    def total(self, value: float) -> float:
        """The sum over all processes, in all of them."""
        if self.processes == 1:
            return value
        shared = torch.tensor([value], dtype=torch.float64, device=self.device)
        dist.all_reduce(shared)
        return float(shared)


def is_first_process() -> bool:
    """Whether this is the one process, or the first of those that torchrun started."""
    return os.environ.get("RANK", "0") == "0"


@contextmanager
def joined(config: TrainConfig) -> Iterator[Place]:
    """Take this process's place among those that torchrun started; alone without torchrun.

    Raises:
        ConfigError: If CUDA is asked for and there is none, or there are more processes than
            parts of a batch.
    """
    processes = int(os.environ.get("WORLD_SIZE", "1"))
    if processes > config.parts:
        raise ConfigError(
            f"parts: expected at least the number of processes {processes}, got {config.parts}"
        )
    device = _device(config.device)
    is_bfloat16 = config.precision == "bfloat16" or (
        config.precision == "auto" and device.type == "cuda" and torch.cuda.is_bf16_supported()
    )
    if processes == 1:
        yield Place(device=device, is_bfloat16=is_bfloat16)
        return
    dist.init_process_group("nccl" if device.type == "cuda" else "gloo")
    try:
        yield Place(
            device=device, is_bfloat16=is_bfloat16, rank=dist.get_rank(), processes=processes
        )
    finally:
        dist.destroy_process_group()


def _device(wanted: str) -> torch.device:
    has_cuda = torch.cuda.is_available()
    if wanted == "cuda" and not has_cuda:
        raise ConfigError("device: expected a CUDA device, found none; give --device cpu")
    if wanted == "cpu" or not has_cuda:
        return torch.device("cpu")
    device = torch.device("cuda", int(os.environ.get("LOCAL_RANK", "0")))
    torch.cuda.set_device(device)
    return device


class _Total(torch.autograd.Function):
    """Sum over the processes, forwards and, of gradients, backwards."""

    @staticmethod
    def forward(_context: object, x: Tensor) -> Tensor:
        total = x.clone()
        dist.all_reduce(total)
        return total

    @staticmethod
    def backward(_context: object, *gradients: Tensor) -> Tensor:
        total = gradients[0].clone()
        dist.all_reduce(total)
        return total


def _total(x: Tensor) -> Tensor:
    total: Tensor = _Total.apply(x)  # type: ignore[no-untyped-call]
    return total


class SharedBatchNorm2d(nn.BatchNorm2d):
    """Batch normalisation over the batch of all processes.

    torch's own `SyncBatchNorm` does this on GPUs only.
    """

    def forward(self, x_BCHW: Tensor) -> Tensor:
        """Shape in and out (B, C, H, W)."""
        if not self.training:
            return super().forward(x_BCHW)
        given_BCHW = x_BCHW.float()
        local = given_BCHW.new_tensor([x_BCHW.numel() / x_BCHW.shape[1]])
        sums = _total(torch.cat([given_BCHW.sum((0, 2, 3)), local]))
        mean_C, count = sums[:-1] / sums[-1], sums[-1].detach()
        centred_BCHW = given_BCHW - mean_C[:, None, None]
        variance_C = _total(centred_BCHW.square().sum((0, 2, 3))) / count
        self._remember(mean_C.detach(), variance_C.detach() * count / (count - 1))
        gain_C = self.weight * (variance_C + self.eps).rsqrt()
        normal_BCHW = centred_BCHW * gain_C[:, None, None] + self.bias[:, None, None]
        return normal_BCHW.to(x_BCHW.dtype)

    def _remember(self, mean_C: Tensor, variance_C: Tensor) -> None:
        with torch.no_grad():
            for kept, now in ((self.running_mean, mean_C), (self.running_var, variance_C)):
                if kept is not None:
                    kept.lerp_(now, self.momentum or 0.0)
            if self.num_batches_tracked is not None:
                self.num_batches_tracked.add_(1)


def share_statistics(network: nn.Module) -> None:
    """Turn every batch normalisation of a network into one over all processes."""
    for name, child in network.named_children():
        if isinstance(child, nn.BatchNorm2d):
            shared = SharedBatchNorm2d(child.num_features, eps=child.eps, momentum=child.momentum)
            shared.load_state_dict(child.state_dict())
            setattr(network, name, shared.to(child.weight.device))
        else:
            share_statistics(child)


def parallel(network: nn.Module, place: Place) -> nn.Module:
    """The network as it is run in training; gradients become the mean over the processes."""
    if place.processes == 1:
        return network
    share_statistics(network)
    devices = [place.device] if place.device.type == "cuda" else None
    # The statistics are shared above, so there is nothing to broadcast.
    return nn.parallel.DistributedDataParallel(network, device_ids=devices, broadcast_buffers=False)

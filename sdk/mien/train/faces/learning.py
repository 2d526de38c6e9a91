"""Classification of small pictures: how a network learns, and what it then says.

All chance is drawn from the key that is given, so that a run gives the same network again.

Shape suffixes: B batch, C channels (1), H height, W width, E classes.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 - torch's own habit
from numpy.typing import NDArray
from torch import Tensor, nn

from mien.errors import TrainError
from mien.train.faces.faces import Rows
from mien.types import Gray8

Key: TypeAlias = tuple[int, ...]
Counter: TypeAlias = Callable[[], None]
"""Called after every epoch."""

_WARM_UP: Final = 0.05
_TURN_DEG: Final = 10.0
_ZOOM: Final = 0.10
_SHIFT: Final = 0.08
"""Largest shift in the augmentation, share of the side."""
_STILL_STD: Final = 1.0
"""Gray levels: a picture of one colour is not blown up to noise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lesson:
    """What a network learns."""

    pictures: Gray8
    """Shape (N, side, side), uint8."""
    targets: NDArray[np.float32] | Rows
    """How likely each class is, shape (N, E), or which it is, shape (N,)."""
    check: tuple[Gray8, Rows] | None = None
    """Pictures and classes that choose the epoch; None: the last one is kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How fast a network learns."""

    epochs: int
    batch: int
    learning_rate: float
    weight_decay: float
    kept: Sequence[nn.Module] = ()
    """Parts that were trained before ..."""
    kept_rate: float = 1.0
    """... and learn so much slower."""


def inputs(pictures: Gray8, device: torch.device) -> Tensor:
    """Pictures as networks take them: mean 0, deviation 1 each, shape (B, 1, H, W), float32."""
    x_BCHW = torch.from_numpy(np.ascontiguousarray(pictures)).to(device).float()[:, None]
    mean = x_BCHW.mean(dim=(2, 3), keepdim=True)
    deviation = x_BCHW.std(dim=(2, 3), keepdim=True)
    return (x_BCHW - mean) / (deviation + _STILL_STD)


@contextmanager
def drawn_from(seed: int) -> Iterator[None]:
    """Draw the weights of new layers from a seed, whatever was drawn before."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        yield


def learn(network: nn.Module, lesson: Lesson, pace: Pace, *, key: Key, on_epoch: Counter) -> int:
    """Train a network in place, on the device it is on.

    Args:
        network: Pictures (B, 1, side, side) to logits (B, E).
        lesson: What to learn.
        pace: How fast.
        key: Of all chance.
        on_epoch: Told of each epoch.

    Returns:
        The epoch that was kept, from 1.

    Raises:
        TrainError: If a loss is not finite.
    """
    torch.manual_seed(_number(key))  # dropout
    optimiser = torch.optim.AdamW(_groups(network, pace), weight_decay=pace.weight_decay)
    rates = [group["lr"] for group in optimiser.param_groups]
    best, best_right, best_epoch = None, -1.0, pace.epochs
    for epoch in range(pace.epochs):
        _epoch(network, lesson, pace, optimiser=optimiser, rates=rates, key=(*key, epoch))
        on_epoch()
        if lesson.check is not None:
            pictures, truth = lesson.check
            right = float((predict(network, pictures) == truth).mean())
            if right > best_right:
                best, best_right = copy.deepcopy(network.state_dict()), right
                best_epoch = epoch + 1
    if best is not None:
        network.load_state_dict(best)
    network.eval()
    return best_epoch


def _number(key: Key) -> int:
    return int(np.random.default_rng(key).integers(2**31))


def _groups(network: nn.Module, pace: Pace) -> list[dict[str, object]]:
    kept = {id(one) for part in pace.kept for one in part.parameters()}
    old = [one for one in network.parameters() if id(one) in kept]
    new = [one for one in network.parameters() if id(one) not in kept]
    both = ((new, pace.learning_rate), (old, pace.learning_rate * pace.kept_rate))
    return [{"params": weights, "lr": rate} for weights, rate in both if weights]


def _epoch(
    network: nn.Module,
    lesson: Lesson,
    pace: Pace,
    *,
    optimiser: torch.optim.Optimizer,
    rates: Sequence[float],
    key: Key,
) -> None:
    rng = np.random.default_rng(key)
    order = rng.permutation(len(lesson.pictures))
    # Equal batches: a rest of one picture cannot be normalised over.
    batches = np.array_split(order, max(1, round(len(order) / pace.batch)))
    device = next(network.parameters()).device
    network.train()
    for number, rows in enumerate(batches):
        done = (key[-1] + number / len(batches)) / pace.epochs
        for group, rate in zip(optimiser.param_groups, rates, strict=True):
            group["lr"] = rate * _schedule(done)
        x_BCHW = changed(inputs(lesson.pictures[rows], device), rng)
        target = torch.from_numpy(lesson.targets[rows]).to(device)
        loss = F.cross_entropy(network(x_BCHW), target)
        told = float(loss.detach())
        if not math.isfinite(told):
            raise TrainError(
                f"faces: expected a finite loss, got {told} in epoch {key[-1] + 1}; "
                "give a lower --learning-rate"
            )
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()


def _schedule(share: float) -> float:
    """Share of the peak step: a short ramp, then half a cosine down to 0."""
    return min(1.0, (share + 1e-3) / _WARM_UP) * 0.5 * (1 + math.cos(math.pi * share))


def changed(x_BCHW: Tensor, rng: np.random.Generator) -> Tensor:
    """Turn, scale, shift and mirror every picture in its own way; same shape."""
    count = len(x_BCHW)
    turn = np.deg2rad(rng.uniform(-_TURN_DEG, _TURN_DEG, count))
    zoom = np.exp(rng.uniform(-_ZOOM, _ZOOM, count))
    # The grid runs from -1 to 1, so a share of the side counts twice.
    shift = rng.uniform(-2 * _SHIFT, 2 * _SHIFT, (count, 2))
    side = rng.choice((-1.0, 1.0), count)
    cos, sin = np.cos(turn) * zoom, np.sin(turn) * zoom
    source_from_grid = np.stack(
        [
            np.stack([cos * side, -sin, shift[:, 0]], axis=1),
            np.stack([sin * side, cos, shift[:, 1]], axis=1),
        ],
        axis=1,
    )
    theta = torch.from_numpy(source_from_grid.astype(np.float32)).to(x_BCHW.device)
    grid = F.affine_grid(theta, list(x_BCHW.shape), align_corners=False)
    return F.grid_sample(x_BCHW, grid, padding_mode="border", align_corners=False)


def predict(
    network: nn.Module, pictures: Gray8, *, whose: Gray8 | None = None, batch: int = 512
) -> Rows:
    """The most likely class of each picture, shape (N,).

    Args:
        network: Left in evaluation mode.
        pictures: Shape (N, side, side), uint8.
        whose: Pictures that the identity is taken from instead, same shape.
        batch: How many at once.
    """
    return np.asarray(_outputs(network, pictures, whose, batch=batch).argmax(axis=1), np.intp)


def features(network: nn.Module, pictures: Gray8, *, batch: int = 512) -> NDArray[np.float32]:
    """What a network gives for each picture, shape (N, D)."""
    return _outputs(network, pictures, None, batch=batch)


def _outputs(
    network: nn.Module, pictures: Gray8, whose: Gray8 | None, *, batch: int
) -> NDArray[np.float32]:
    device = next(network.parameters()).device
    network.eval()
    found = []
    with torch.inference_mode():
        for start in range(0, len(pictures), batch):
            part = slice(start, start + batch)
            given = [inputs(pictures[part], device)]
            if whose is not None:
                given.append(inputs(whose[part], device))
            found.append(network(*given).cpu().numpy())
    return np.concatenate(found)

"""The two child networks: an eye crop -> 10 units, a mouth crop -> 33, and what heads add to them.

Each sees the wearer's neutral crop beside the present one (A14): the same lid is half shut on one
face and wide open on another, and only the difference tells. Zeros stand for an unknown neutral.

Plain 3x3 convolutions with a coarse stem: at these sizes they train three times faster on a
CPU than depthwise-separable ones (0.5 against 1.7 ms per sample, two threads), and int8 keeps
them cheap on the device. The last 4x4 map is flattened, not averaged: where a lid or a lip
corner is tells how far it has moved.

An attention weight gates each of 8 x 8 regions before the last map: what something covers counts
less, and the weights become the camera's confidence (E5).

Only ReLU6 and sigmoid: int8 kernels exist for both on every delegate.

Shape suffixes: B batch, C channels (2: present, neutral), H height, W width, D features, U outputs.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from mien import schema
from mien.config import CROP_SIZE
from mien.runtime.model import INPUT_SHAPE
from mien.schema import CameraKind
from mien.train.heads import make_heads
from mien.train.heads.identity import Prototypes
from mien.train.maps import Channels, Maps
from mien.train.targets import KINDS, OUTPUTS

STEM_STRIDE = 4
CHANNELS = INPUT_SHAPE[-1]
"""Crops per sample: the present one and the neutral one."""
_SEEN_LOGIT = 3.0
MAP_SIZE = CROP_SIZE // (STEM_STRIDE * 8)
"""Side of the last map, pixels."""


def _channels(base: int, width: float) -> int:
    """Channels scaled by width, in eights: what SIMD kernels like."""
    return max(8, 8 * round(base * width / 8))


class ConvBlock(nn.Sequential):
    """Convolution, batch normalisation, ReLU6."""

    def __init__(self, source: int, target: int, *, kernel: int = 3, stride: int = 1) -> None:
        super().__init__(
            nn.Conv2d(source, target, kernel, stride, kernel // 2, bias=False),
            nn.BatchNorm2d(target),
            nn.ReLU6(inplace=True),
        )


class Residual(nn.Module):
    """A block added to its input; both are >= 0, so the sum needs no activation."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.block = ConvBlock(channels, channels)

    def forward(self, x_BCHW: Tensor) -> Tensor:
        """Shape in and out (B, C, H, W)."""
        added: Tensor = x_BCHW + self.block(x_BCHW)
        return added


class Encoder(nn.Module):
    """A crop and its neutral to the units, and to whatever its heads give."""

    def __init__(self, kind: CameraKind, *, width: float = 1.0) -> None:
        super().__init__()
        stem, middle, deep, last = (_channels(base, width) for base in (24, 40, 64, 48))
        hidden = _channels(64, width)
        self.kind = kind
        self.body = nn.Sequential(
            ConvBlock(CHANNELS, stem, kernel=7, stride=STEM_STRIDE),  # 32 x 32
            Residual(stem),
            ConvBlock(stem, middle, stride=2),  # 16 x 16
            Residual(middle),
            ConvBlock(middle, deep, stride=2),  # 8 x 8
            Residual(deep),
            ConvBlock(deep, last, stride=2),  # 4 x 4
        )
        self.head = nn.Sequential(
            nn.Flatten(),
            nn.Linear(last * MAP_SIZE * MAP_SIZE, hidden),
            nn.ReLU6(inplace=True),
            nn.Linear(hidden, len(OUTPUTS[kind])),
        )
        self.attention = nn.Conv2d(deep, 1, 1)
        self.heads = make_heads(Channels(stem, middle, deep, last, hidden), kind)

    def forward(self, x_BCHW: Tensor) -> Tensor:
        """Crops (B, 2, 128, 128), real input values -4..4, to units (B, U) in 0..1."""
        return self.units(self.maps(x_BCHW))

    def maps(self, x_BCHW: Tensor) -> Maps:
        """What lies between a crop and the heads."""
        stem = self.body[1](self.body[0](x_BCHW))
        fine = self.body[3](self.body[2](stem))
        coarse = self.body[5](self.body[4](fine))
        attention = torch.sigmoid(self.attention(coarse))
        coarse = coarse * attention
        last = self.body[6](coarse)
        return Maps(stem, fine, coarse, last, self.head[:3](last), attention)

    @property
    def shared(self) -> Tensor:
        """Weights of a layer that every task's gradient goes through; GradNorm looks there."""
        return next(self.body[3].parameters())

    def units(self, maps: Maps) -> Tensor:
        """Units (B, U) in 0..1."""
        return torch.sigmoid(self.head[3](maps.feature))


class Tasks(nn.Module):
    """All that a child gives in training, in one call: gradients are exchanged around it."""

    def __init__(self, network: Encoder, prototypes: Prototypes | None = None) -> None:
        super().__init__()
        self.network = network
        self.prototypes = prototypes

    def forward(self, x_BCHW: Tensor, vector_BI: Tensor) -> dict[str, Tensor]:
        """Name of a head -> what it gives; `units`, `attention` and `likeness` to wearers besides.

        Args:
            x_BCHW: Crops, as for the network.
            vector_BI: What is cached of each sample's wearer; zeros: unknown.
        """
        maps, heads = self.network.maps(x_BCHW), self.network.heads
        given = {"units": self.network.units(maps), "attention": maps.attention}
        given |= {name: head(maps) for name, head in heads.items() if name != "emotion"}
        given["emotion"] = heads["emotion"](maps, vector_BI)
        if self.prototypes is not None:
            given["likeness"] = self.prototypes(given["identity"])
            given["is_rival"] = self.prototypes.is_rival_PP
        return given


def make_network(kind: CameraKind, *, width: float = 1.0, seed: int = 0) -> Encoder:
    """The network of one kind of camera with random weights, the same for the same seed."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed + KINDS.index(kind))
        network = Encoder(kind, width=width)
        _start_neutral(network, kind)
    # torch's own types do not know the keyword.
    network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    return network


def _start_neutral(network: Encoder, kind: CameraKind) -> None:
    """Begin near the neutral face, weights low and gaze straight ahead, and with all of it seen."""
    last = network.head[-1]
    assert isinstance(last, nn.Linear)  # noqa: S101 - cannot happen
    is_gaze = [
        name in schema.UNIT_BY_NAME and schema.UNIT_BY_NAME[name].is_gaze for name in OUTPUTS[kind]
    ]
    with torch.no_grad():
        last.weight.mul_(0.5)
        last.bias.copy_(torch.where(torch.tensor(is_gaze), 0.0, -2.0))
        network.attention.weight.mul_(0.1)
        nn.init.constant_(network.attention.bias, _SEEN_LOGIT)  # type: ignore[arg-type]

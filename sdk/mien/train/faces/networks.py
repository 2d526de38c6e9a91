"""The two sub-networks, and the merged one (D1 to D3).

The identity sub-network is DeepID's: four convolutions, and a layer of 160 values that sees the
last two maps. Source: Sun, Wang and Tang, "Deep Learning Face Representation from Predicting
10,000 Classes", CVPR 2014. Differs: batch normalisation, and one square face in place of patches.

The expression sub-network for many pictures is an 18-layer residual network (He et al., CVPR
2016) with a stem for small pictures: 3 x 3, no pooling. That for few pictures is ours.

Shape suffixes: B batch, C channels (1), H height, W width, D features, I identity (160), E classes.
"""

from __future__ import annotations

from typing import Final, Literal, TypeAlias

import torch
from torch import Tensor, nn

IDENTITY_FEATURES: Final = 160
ExpressionKind: TypeAlias = Literal["small", "resnet18"]
_SMALL_FEATURES: Final = 128


def _channels(base: int, width: float) -> int:
    return max(4, 4 * round(base * width / 4))


class _Convolution(nn.Sequential):
    """Convolution, batch normalisation, ReLU."""

    def __init__(
        self, source: int, target: int, *, kernel: int = 3, stride: int = 1, padding: int = 0
    ) -> None:
        super().__init__(
            nn.Conv2d(source, target, kernel, stride, padding, bias=False),
            nn.BatchNorm2d(target),
            nn.ReLU(inplace=True),
        )


class IdentityNetwork(nn.Module):
    """A face to the 160 values that tell whose it is."""

    features = IDENTITY_FEATURES

    def __init__(self, *, side_px: int, width: float = 1.0) -> None:
        super().__init__()
        first, second, third, last = (_channels(base, width) for base in (20, 40, 60, 80))
        self.body = nn.Sequential(
            _Convolution(1, first, kernel=4),
            nn.MaxPool2d(2),
            _Convolution(first, second),
            nn.MaxPool2d(2),
            _Convolution(second, third),
            nn.MaxPool2d(2),
        )
        self.last = _Convolution(third, last, kernel=2)
        with torch.no_grad():
            values = self._both_maps(torch.zeros(2, 1, side_px, side_px)).shape[1]
        self.feature = nn.Linear(values, IDENTITY_FEATURES)

    def forward(self, x_BCHW: Tensor) -> Tensor:
        """Faces (B, 1, side, side) to features (B, 160), >= 0."""
        return torch.relu(self.feature(self._both_maps(x_BCHW)))

    def _both_maps(self, x_BCHW: Tensor) -> Tensor:
        third_BCHW = self.body(x_BCHW)
        return torch.cat([third_BCHW.flatten(1), self.last(third_BCHW).flatten(1)], dim=1)


class SmallNetwork(nn.Module):
    """A face to 128 expression features, for hundreds of pictures."""

    def __init__(self, *, side_px: int, width: float = 1.0) -> None:
        super().__init__()
        first, second, third = (_channels(base, width) for base in (32, 64, 128))
        self.features = _SMALL_FEATURES
        self.body = nn.Sequential(
            _Convolution(1, first, padding=1),
            nn.MaxPool2d(2),
            _Convolution(first, second, padding=1),
            nn.MaxPool2d(2),
            _Convolution(second, third, padding=1),
            nn.MaxPool2d(2),
            nn.Flatten(),
            # Where a lip corner is tells more than that there is one, so the map is not averaged.
            nn.Dropout(0.3),
            nn.Linear(third * (side_px // 8) ** 2, _SMALL_FEATURES),
            nn.ReLU(inplace=True),
        )

    def forward(self, x_BCHW: Tensor) -> Tensor:
        """Faces (B, 1, side, side) to features (B, 128)."""
        feature_BD: Tensor = self.body(x_BCHW)
        return feature_BD


class _ResidualBlock(nn.Module):
    def __init__(self, source: int, target: int, *, stride: int) -> None:
        super().__init__()
        self.block = nn.Sequential(
            _Convolution(source, target, stride=stride, padding=1),
            nn.Conv2d(target, target, 3, padding=1, bias=False),
            nn.BatchNorm2d(target),
        )
        self.shortcut = (
            nn.Identity()
            if stride == 1 and source == target
            else nn.Sequential(
                nn.Conv2d(source, target, 1, stride, bias=False), nn.BatchNorm2d(target)
            )
        )

    def forward(self, x_BCHW: Tensor) -> Tensor:
        return torch.relu(self.block(x_BCHW) + self.shortcut(x_BCHW))


class ResidualNetwork(nn.Module):
    """A face to 512 expression features, for thousands of pictures."""

    def __init__(self, *, width: float = 1.0) -> None:
        super().__init__()
        stages = [_channels(base, width) for base in (64, 128, 256, 512)]
        self.features = stages[-1]
        layers: list[nn.Module] = [_Convolution(1, stages[0], padding=1)]
        source = stages[0]
        for number, target in enumerate(stages):
            layers.append(_ResidualBlock(source, target, stride=1 if number == 0 else 2))
            layers.append(_ResidualBlock(target, target, stride=1))
            source = target
        self.body = nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten())

    def forward(self, x_BCHW: Tensor) -> Tensor:
        """Faces (B, 1, side, side) to features (B, 512)."""
        feature_BD: Tensor = self.body(x_BCHW)
        return feature_BD


class Classifier(nn.Module):
    """A sub-network with the layer that it is trained by; the layer is thrown away afterwards."""

    def __init__(self, body: nn.Module, *, features: int, classes: int) -> None:
        super().__init__()
        self.body = body
        self.last = nn.Linear(features, classes)

    def forward(self, x_BCHW: Tensor) -> Tensor:
        """Faces (B, 1, side, side) to logits (B, E)."""
        logits_BE: Tensor = self.last(self.body(x_BCHW))
        return logits_BE


class MergedNetwork(nn.Module):
    """The tandem feature and new fully connected layers; without identity it is the baseline."""

    def __init__(
        self,
        expression: SmallNetwork | ResidualNetwork,
        identity: IdentityNetwork | None,
        *,
        hidden: int,
        classes: int,
    ) -> None:
        super().__init__()
        self.expression = expression
        self.identity = identity
        features = expression.features + (0 if identity is None else identity.features)
        self.head = nn.Sequential(
            nn.Dropout(0.5),
            nn.Linear(features, hidden),
            nn.ReLU(inplace=True),
            nn.Linear(hidden, classes),
        )

    def forward(self, x_BCHW: Tensor, whose_BCHW: Tensor | None = None) -> Tensor:
        """Faces to logits.

        Args:
            x_BCHW: Faces, (B, 1, side, side).
            whose_BCHW: Faces that the identity is taken from, same shape; None: the same ones.

        Returns:
            Logits, (B, E).
        """
        feature_BD = self.expression(x_BCHW)
        if self.identity is not None:
            whose_BI = self.identity(x_BCHW if whose_BCHW is None else whose_BCHW)
            feature_BD = torch.cat([feature_BD, whose_BI], dim=1)
        logits_BE: Tensor = self.head(feature_BD)
        return logits_BE


def make_expression_network(
    kind: ExpressionKind, *, side_px: int, width: float
) -> SmallNetwork | ResidualNetwork:
    """The expression sub-network with random weights."""
    if kind == "small":
        return SmallNetwork(side_px=side_px, width=width)
    return ResidualNetwork(width=width)

"""The child networks as the headset calls them: one graph a signature, all of one file.

`eye` and `mouth` run for every frame. `eye_scene` and `mouth_scene` give what is asked for now and
then: what each pixel shows, boxes, the identity vector; they share the weights of the first two.

The name of a graph's argument becomes the input's name, and the class the prefix of its tensors'
names. The quantiser keeps ranges by name, so every signature has a class and an argument of its
own.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from torch import Tensor, nn

from mien.schema import CameraKind
from mien.train.network import Encoder
from mien.train.targets import KINDS

FRAME_HEADS: Final = ("aperture", "fallback")
"""Heads that run for every frame, where a kind of camera has them."""
SHARES: Final = ("units", "aperture", "fallback", "attention")
"""Outputs that lie in 0..1."""


def frame_names(network: Encoder) -> tuple[str, ...]:
    """What `eye` or `mouth` gives, in order."""
    heads = (name for name in FRAME_HEADS if name in network.heads)
    return ("units", *heads, "attention", "feature")


def scene_names(network: Encoder) -> tuple[str, ...]:
    """What `eye_scene` or `mouth_scene` gives, in order."""
    return tuple(name for name in network.heads if name not in FRAME_HEADS)


def signature_names(networks: Mapping[CameraKind, Encoder]) -> dict[str, tuple[str, ...]]:
    """Signature -> its outputs, in order."""
    found: dict[str, tuple[str, ...]] = {}
    for kind in KINDS:
        found[kind] = frame_names(networks[kind])
        if scene := scene_names(networks[kind]):
            found[f"{kind}_scene"] = scene
    return found


def _of_frame(network: Encoder, x_BHWC: Tensor) -> tuple[Tensor, ...]:
    maps = network.maps(x_BHWC.permute(0, 3, 1, 2))
    given = {
        "units": network.units(maps),
        "attention": maps.attention.flatten(1),
        "feature": maps.feature,
    }
    given |= {name: network.heads[name](maps) for name in FRAME_HEADS if name in network.heads}
    return tuple(given[name] for name in frame_names(network))


def _of_scene(network: Encoder, x_BHWC: Tensor) -> tuple[Tensor, ...]:
    maps = network.maps(x_BHWC.permute(0, 3, 1, 2))
    return tuple(_channels_last(network.heads[name](maps)) for name in scene_names(network))


def _channels_last(x: Tensor) -> Tensor:
    return x.permute(0, 2, 3, 1) if x.ndim == 4 else x


class EyeGraph(nn.Module):
    """Every frame of an eye: `eye_in`, present and neutral crop, shape (1, H, W, 2)."""

    def __init__(self, network: Encoder) -> None:
        super().__init__()
        self.network = network

    def forward(self, eye_in: Tensor) -> tuple[Tensor, ...]:
        """What `frame_names` says."""
        return _of_frame(self.network, eye_in)


class MouthGraph(nn.Module):
    """Every frame of a mouth: `mouth_in`."""

    def __init__(self, network: Encoder) -> None:
        super().__init__()
        self.network = network

    def forward(self, mouth_in: Tensor) -> tuple[Tensor, ...]:
        """What `frame_names` says."""
        return _of_frame(self.network, mouth_in)


class EyeSceneGraph(nn.Module):
    """What is asked of an eye now and then: `eye_scene_in`."""

    def __init__(self, network: Encoder) -> None:
        super().__init__()
        self.network = network

    def forward(self, eye_scene_in: Tensor) -> tuple[Tensor, ...]:
        """What `scene_names` says."""
        return _of_scene(self.network, eye_scene_in)


class MouthSceneGraph(nn.Module):
    """What is asked of a mouth now and then: `mouth_scene_in`."""

    def __init__(self, network: Encoder) -> None:
        super().__init__()
        self.network = network

    def forward(self, mouth_scene_in: Tensor) -> tuple[Tensor, ...]:
        """What `scene_names` says."""
        return _of_scene(self.network, mouth_scene_in)


GRAPHS: Final[dict[str, type[nn.Module]]] = {
    "eye": EyeGraph,
    "mouth": MouthGraph,
    "eye_scene": EyeSceneGraph,
    "mouth_scene": MouthSceneGraph,
}
"""Signature -> graph; its input is called `<signature>_in`."""


def kind_of_signature(name: str) -> CameraKind:
    """The kind of camera whose crop a signature reads."""
    return "mouth" if name.startswith("mouth") else "eye"

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

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from mien.schema import CameraKind
from mien.train.heads.emotion import EmotionHead, tandem
from mien.train.network import Encoder
from mien.train.targets import KINDS

FRAME_HEADS: Final = ("aperture", "fallback")
"""Heads that run for every frame, where a kind of camera has them."""
EMOTION: Final = "emotion"
"""Head with a signature of its own: it reads the frame's feature and the wearer's vector."""
SHARES: Final = ("units", "aperture", "fallback", "attention", "boxes")
"""Outputs that lie in 0..1."""


def frame_names(network: Encoder) -> tuple[str, ...]:
    """What `eye` or `mouth` gives, in order."""
    heads = (name for name in FRAME_HEADS if name in network.heads)
    return ("units", *heads, "attention", "feature")


def scene_names(network: Encoder) -> tuple[str, ...]:
    """What `eye_scene` or `mouth_scene` gives, in order."""
    return tuple(name for name in network.heads if name not in (*FRAME_HEADS, EMOTION))


def signature_names(networks: Mapping[CameraKind, Encoder]) -> dict[str, tuple[str, ...]]:
    """Signature -> its outputs, in order."""
    found: dict[str, tuple[str, ...]] = {}
    for kind in KINDS:
        found[kind] = frame_names(networks[kind])
        if scene := scene_names(networks[kind]):
            found[f"{kind}_scene"] = scene
        if EMOTION in networks[kind].heads:
            found[f"{kind}_emotion"] = (EMOTION,)
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


def _layers(network: Encoder) -> nn.Module:
    head = network.heads[EMOTION]
    assert isinstance(head, EmotionHead)  # noqa: S101 - cannot happen
    return head.layers


class EyeEmotionGraph(nn.Module):
    """What an eye says of the emotion: `eye_emotion_feature`, `eye_emotion_vector`."""

    def __init__(self, network: Encoder) -> None:
        super().__init__()
        self.layers = _layers(network)

    def forward(self, eye_emotion_feature: Tensor, eye_emotion_vector: Tensor) -> Tensor:
        """Logits, shape (1, 8)."""
        logits: Tensor = self.layers(tandem(eye_emotion_feature, eye_emotion_vector))
        return logits


class MouthEmotionGraph(nn.Module):
    """What a mouth says of the emotion: `mouth_emotion_feature`, `mouth_emotion_vector`."""

    def __init__(self, network: Encoder) -> None:
        super().__init__()
        self.layers = _layers(network)

    def forward(self, mouth_emotion_feature: Tensor, mouth_emotion_vector: Tensor) -> Tensor:
        """Logits, shape (1, 8)."""
        logits: Tensor = self.layers(tandem(mouth_emotion_feature, mouth_emotion_vector))
        return logits


GRAPHS: Final[dict[str, type[nn.Module]]] = {
    "eye": EyeGraph,
    "mouth": MouthGraph,
    "eye_scene": EyeSceneGraph,
    "mouth_scene": MouthSceneGraph,
    "eye_emotion": EyeEmotionGraph,
    "mouth_emotion": MouthEmotionGraph,
}
"""Signature -> graph."""


def input_names(signature: str) -> tuple[str, ...]:
    """Names of a graph's arguments."""
    if signature.endswith(EMOTION):
        return (f"{signature}_feature", f"{signature}_vector")
    return (f"{signature}_in",)


def inputs_of(
    signature: str, network: Encoder, x_BCHW: Tensor
) -> list[dict[str, NDArray[np.float32]]]:
    """What a signature is given for each of some crops: to set its ranges, or to compare."""
    names = input_names(signature)
    if not signature.endswith(EMOTION):
        return [{names[0]: x.numpy().transpose(1, 2, 0)[None]} for x in x_BCHW]
    with torch.inference_mode():
        maps = network.maps(x_BCHW)
        vectors = torch.nn.functional.normalize(network.heads["identity"](maps), dim=1)
        vectors[::4] = 0.0  # nobody in particular
    return [
        {names[0]: feature.numpy()[None], names[1]: vector.numpy()[None]}
        for feature, vector in zip(maps.feature, vectors, strict=True)
    ]


def kind_of_signature(name: str) -> CameraKind:
    """The kind of camera whose crop a signature reads."""
    return "mouth" if name.startswith("mouth") else "eye"

"""Tells wearers apart by the vector of the network, which its emotion head reads too (D5)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mien import schema
from mien.errors import ModelError
from mien.runtime.model import Model
from mien.runtime.wearer_vector import likeness, wearer_vector
from mien.types import Quant8

_HEAD = "identity"


class NetworkIdentity:
    """The 160 numbers of a crop at rest; see `mien.runtime.identity.Identity`."""

    def __init__(self, model: Model) -> None:
        """Take a model with that head.

        Raises:
            ModelError: If the model has none.
        """
        if not has_identity(model):
            raise ModelError(
                f"{model.info.path}: expected an identity head, got none; use a newer model"
            )
        self._model = model

    @property
    def kind(self) -> str:
        """Vectors of two networks have nothing to do with each other."""
        return f"network-{self._model.info.fingerprint}"

    def vector(self, camera: str, crop: Quant8) -> NDArray[np.float32]:
        """Shape (160,), float32, of length 1."""
        kind: schema.CameraKind = "mouth" if camera == schema.MOUTH_CAMERA else "eye"
        return wearer_vector(self._model.scene(kind, crop, crop)[_HEAD][None])

    def likeness(self, one: NDArray[np.float32], other: NDArray[np.float32]) -> float:
        """Cosine, -1..1."""
        return likeness(one, other)


def has_identity(model: Model) -> bool:
    """Whether both kinds of camera have the head."""
    return all(_HEAD in model.info.signatures.get(f"{kind}_scene", ()) for kind in ("eye", "mouth"))

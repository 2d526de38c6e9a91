"""From the cameras' newest features to the chance of each emotion (D3, D5)."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from mien.runtime.camera import CameraPath
from mien.runtime.emotion import EMOTIONS, fused_emotion
from mien.runtime.model import Model
from mien.runtime.profile import Profile
from mien.runtime.wearer_vector import UNKNOWN


def felt_emotion(
    paths: Iterable[CameraPath], model: Model, profile: Profile | None
) -> dict[str, float] | None:
    """Chance of each of `EMOTIONS`, sum 1; None where no camera says anything.

    Args:
        paths: Cameras that are heard.
        model: Theirs.
        profile: The wearer's; a signature by a network lends its vectors.
    """
    said = [(_logits(path, model, profile), path.confidence) for path in paths]
    known = [(one, trust) for one, trust in said if one is not None]
    if not known:
        return None
    chances = fused_emotion([one for one, _ in known], [trust for _, trust in known])
    return dict(zip(EMOTIONS, chances.tolist(), strict=True))


def _logits(path: CameraPath, model: Model, profile: Profile | None) -> NDArray[np.float32] | None:
    if path.feature is None:
        return None
    vector = UNKNOWN
    if profile is not None and profile.signature_kind.startswith("network-"):
        vector = profile.signature.get(path.name, UNKNOWN)
    return model.emotion(path.kind, path.feature, vector)

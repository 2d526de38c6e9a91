"""Which tasks a run's samples can teach: those that any of them has a label of."""

from __future__ import annotations

import numpy as np

from mien.train.samples import Samples
from mien.train.tasks import TASKS, columns_of


def taught_tasks(samples: Samples, *, has_wearers: bool) -> tuple[str, ...]:
    """Names out of `TASKS`, in that order.

    Args:
        samples: What is trained on.
        has_wearers: There are wearers to be told apart.
    """
    scene, is_eye = samples.scene, samples.kind == "eye"
    has_labels = {
        "units": samples.weights[:, columns_of("units", samples.kind)].any(),
        "gaze_lid": is_eye
        and bool(
            samples.weights[:, columns_of("gaze_lid", "eye")].any()
            or np.isfinite(scene.aperture).any()
        ),
        "fallback": is_eye and scene.fallback_weight.any(),
        "attention": True,
        "segmentation": any(pixels is not None for pixels in samples.pixels),
        "boxes": np.isfinite(scene.boxes).any(),
        "emotion": (scene.emotion >= 0).any(),
        "identity": has_wearers,
    }
    return tuple(task for task in TASKS if has_labels[task])

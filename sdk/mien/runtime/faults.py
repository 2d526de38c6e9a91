"""What can be wrong with a frame: the kinds that `Health` counts by."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from mien.types import CameraModel

KINDS: Final = (
    *("no frame", "unknown camera", "time", "duplicate", "late", "clock"),
    *("size", "refused", "black", "saturated", "blank", "noisy", "frozen", "torn"),
)
"""The first row leaves the time of the frame in doubt: it gives no face state. Those of the second
do, but show nothing new: what the camera sees is held, then fades."""


class Fault(NamedTuple):
    """Why a frame is of no use."""

    kind: str
    """One of `KINDS`."""
    reason: str
    """What was expected, and what came instead."""


def size_fault(gray: object, camera: CameraModel) -> Fault | None:
    """The fault of what is no (height, width) uint8 image of this camera."""
    expected = f"({camera.height}, {camera.width}) uint8"
    if not isinstance(gray, np.ndarray):
        return Fault("size", f"image: expected {expected}, got {type(gray).__name__}")
    if gray.dtype != np.uint8 or gray.shape != (camera.height, camera.width):
        return Fault(
            "size",
            f"image: expected {expected}, got {gray.shape} {gray.dtype}; "
            "reopen the source with the rig of this resolution",
        )
    return None

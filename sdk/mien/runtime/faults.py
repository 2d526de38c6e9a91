"""What can be wrong with a frame: the kinds that `Health` counts by."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final, NamedTuple

import numpy as np

from mien.types import CameraModel, Frame

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


def frame_fault(frame: object, *, cameras: Collection[str]) -> Fault | None:
    """Why something that was handed in is no frame of these cameras; None: it is one."""
    if not isinstance(frame, Frame):
        return Fault("no frame", f"frame: expected a Frame, got {type(frame).__name__}")
    if frame.camera not in cameras:
        known = sorted(cameras)
        return Fault("unknown camera", f"camera: expected one of {known}, got {frame.camera!r}")
    if isinstance(frame.t_ns, bool) or not isinstance(frame.t_ns, int | np.integer):
        return Fault("time", f"t_ns: expected an integer, got {frame.t_ns!r}")
    return None

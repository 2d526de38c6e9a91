"""Live Link Face, as Unreal Engine reads it over UDP: 52 ARKit shapes and nine angles.

Source: JimWest/PyLiveLinkFace, `pylivelinkface.py` (18c0e8b); the same order stands in
VRCFaceTracking/LiveLinkTrackingModule, `TrackingStructs.cs` (5c2de74). Receivers listen on UDP
11111.

    u32 little-endian 6 | "$" + uuid (37 bytes) | i32 length, name | i32 frame, f32 rest of a
    frame, i32 frames per second, i32 denominator | u8 61 | 61 f32        (all others big-endian)

The frame is counted from midnight of the capture clock. Eye angles are radians, yaw to the
wearer's right and pitch downward, as VRCFaceTracking's module reads them; head angles are 0, and
so is every shape without a valid unit: the format has no way to leave one out.
"""

from __future__ import annotations

import struct
import uuid
from collections.abc import Sequence
from typing import Final

import numpy as np

from mien import schema
from mien.arkit import ARKIT
from mien.config import require
from mien.errors import ConfigError
from mien.types import FaceState

LIVE_LINK_PORT: Final = 11111
LIVE_LINK_NAMES: Final = (
    *(name[0].upper() + name[1:] for name in ARKIT.names),
    *("HeadYaw", "HeadPitch", "HeadRoll", "LeftEyeYaw", "LeftEyePitch", "LeftEyeRoll"),
    *("RightEyeYaw", "RightEyePitch", "RightEyeRoll"),
)
"""The 61 values, in wire order."""

_VERSION: Final = 6
_DAY_NS: Final = 24 * 3600 * 10**9
_EYES: Final = [
    schema.VALUE_INDEX[f"gaze_{axis}_{side}"] for side in schema.SIDES for axis in ("yaw", "pitch")
]
_EYE_PLACES: Final = [
    LIVE_LINK_NAMES.index(f"{side.capitalize()}Eye{axis}")
    for side in schema.SIDES
    for axis in ("Yaw", "Pitch")
]


class LiveLinkEncoder:
    """Face states as Live Link Face packets, one each."""

    def __init__(self, *, subject: str = "mien", fps: int = 60) -> None:
        """Make an encoder.

        Args:
            subject: The name Unreal shows, 1..64 characters.
            fps: What frame numbers count in, frames per second, 1..1000.
        """
        require("fps", fps, 1, 1000)
        if not 1 <= len(subject) <= 64:
            raise ConfigError(f"subject: expected 1..64 characters, got {subject!r}")
        name = subject.encode()
        own_id = uuid.uuid5(uuid.NAMESPACE_DNS, subject)
        self.fps = fps
        self._head = struct.pack("<I", _VERSION) + f"${own_id}".upper().encode()
        self._head += struct.pack(">i", len(name)) + name
        self._values = np.zeros(len(LIVE_LINK_NAMES), np.float32)

    def packets(self, state: FaceState) -> Sequence[bytes]:
        """One packet."""
        frame, rest_ns = divmod(state.t_ns % _DAY_NS * self.fps, 10**9)
        usable = state.valid & np.isfinite(state.values)
        self._values[: len(ARKIT)] = ARKIT.of(state)
        # Our yaw points to the wearer's left and our pitch upward: both signs turn.
        self._values[_EYE_PLACES] = -np.where(usable, state.values, np.float32(0))[_EYES]
        times = struct.pack(">ifiiB", frame, rest_ns * 1e-9, self.fps, 1, len(self._values))
        return (self._head + times + self._values.astype(">f4").tobytes(),)

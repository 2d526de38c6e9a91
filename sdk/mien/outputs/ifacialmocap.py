"""iFacialMocap's text packets, as its phone app sends them to a computer.

Source: ifacialmocap.com/for-developer, first version of the format:

    name-INT|...|=head#ex,ey,ez,px,py,pz|rightEye#x,y,z|leftEye#x,y,z|

`INT` is 0..100; angles are degrees, x downward and y to the wearer's right, as Unity turns them.
Names are ARKit's with `_L` and `_R` for the face's sides; readers go by name, not by order. They
listen on UDP 49983. The head is 0. A shape without a valid unit is 0: readers expect all 52.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from mien import schema
from mien.arkit import ARKIT
from mien.types import FaceState

IFACIALMOCAP_PORT: Final = 49983


def _wire_name(shape: str) -> str:
    if shape.startswith(("jaw", "mouthLeft", "mouthRight")):
        return shape
    for side in ("Left", "Right"):
        if shape.endswith(side):
            return f"{shape.removesuffix(side)}_{side[0]}"
    return shape


IFACIALMOCAP_NAMES: Final = tuple(_wire_name(shape) for shape in ARKIT.names)


class IFacialMocapEncoder:
    """Face states as iFacialMocap packets, one each."""

    def packets(self, state: FaceState) -> Sequence[bytes]:
        """One packet."""
        percent = np.rint(ARKIT.of(state) * 100).astype(int).tolist()
        shapes = "".join(
            f"{name}-{value}|" for name, value in zip(IFACIALMOCAP_NAMES, percent, strict=True)
        )
        usable = state.valid & np.isfinite(state.values)
        degrees = np.rad2deg(np.where(usable, state.values, np.float32(0))).tolist()
        eyes = ""
        for side in reversed(schema.SIDES):
            x, y = (-degrees[schema.VALUE_INDEX[f"gaze_{a}_{side}"]] for a in ("pitch", "yaw"))
            eyes += f"{side}Eye#{x:.4f},{y:.4f},0.0|"
        return (f"{shapes}=head#0.0,0.0,0.0,0.0,0.0,0.0|{eyes}".encode(),)

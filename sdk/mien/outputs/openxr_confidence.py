"""OpenXR confidences: how much of a region of the face the cameras support right now.

A region's confidence is the share of its units that are both trained for and tracked, 0..1: the
runtime interfaces leave its meaning open. Regions and order: Khronos OpenXR registry 1.1.62,
`XrFaceConfidence2FB` (lower, upper) and `XrFaceConfidenceRegionsANDROID` (lower, left upper,
right upper), KhronosGroup/OpenXR-Docs, `xr.xml`, 9b64247.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from mien import schema
from mien.types import FaceState

FB2_REGIONS: Final = ("LOWER_FACE", "UPPER_FACE")
ANDROID_REGIONS: Final = ("LOWER", "LEFT_UPPER", "RIGHT_UPPER")

_IS_UPPER: Final = np.array(["eye" in schema.UNIT_OF_VALUE[n].cameras for n in schema.VALUE_NAMES])
_SIDE: Final = np.array([name.rpartition("_")[2] for name in schema.VALUE_NAMES])


def fb2_confidences(state: FaceState) -> NDArray[np.float32]:
    """Confidence of `FB2_REGIONS`, shape (2,), float32, 0..1."""
    return _shares(state, ~_IS_UPPER, _IS_UPPER)


def android_confidences(state: FaceState) -> NDArray[np.float32]:
    """Confidence of `ANDROID_REGIONS`, shape (3,), float32, 0..1."""
    return _shares(state, ~_IS_UPPER, _IS_UPPER & (_SIDE == "left"), _IS_UPPER & (_SIDE == "right"))


def _shares(state: FaceState, *regions: NDArray[np.bool_]) -> NDArray[np.float32]:
    is_supported = state.valid & state.tracked
    return np.array([is_supported[region].mean() for region in regions], np.float32)

"""The parts of a crop whose motion is measured while tracking.

They show what moves; the values come from the networks. The regions that label training data
are found per unit and wearer, see `mien.train`.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

import numpy as np

from mien import schema
from mien.config import CROP_SIZE
from mien.types import Mask

BAND_PX: Final = 20
"""Width of the reference band."""

Box = tuple[float, float, float, float]
"""x0, y0, x1, y1 as shares of the crop's side, right and down."""

EYE_REGIONS: Final[Mapping[str, Box]] = MappingProxyType(
    {
        "inner brow": (0.06, 0.08, 0.38, 0.34),
        "outer brow": (0.40, 0.08, 0.80, 0.34),
        "upper lid": (0.22, 0.36, 0.78, 0.54),
        "lower lid": (0.22, 0.56, 0.78, 0.70),
        "cheek": (0.20, 0.73, 0.80, 0.95),
    }
)
"""In the left-looking crop that both eyes give."""

MOUTH_REGIONS: Final[Mapping[str, Box]] = MappingProxyType(
    {
        "upper lip": (0.36, 0.26, 0.64, 0.44),
        "right corner": (0.10, 0.34, 0.34, 0.62),
        "left corner": (0.66, 0.34, 0.90, 0.62),
        "lower lip": (0.36, 0.48, 0.64, 0.66),
        "chin": (0.32, 0.70, 0.68, 0.92),
    }
)


def regions_of(camera: str) -> Mapping[str, Box]:
    """The regions of a camera's crop by name."""
    return MOUTH_REGIONS if camera == schema.MOUTH_CAMERA else EYE_REGIONS


def region_mask(box: Box, *, size: int = CROP_SIZE) -> Mask:
    """A region as pixels of the crop, shape (size, size), bool."""
    x0, y0, x1, y1 = (round(share * size) for share in box)
    mask = np.zeros((size, size), np.bool_)
    mask[y0:y1, x0:x1] = True
    return mask


def reference_band(*, size: int = CROP_SIZE, band_px: int = BAND_PX) -> Mask:
    """The band along the edge of a crop, shape (size, size), bool: what the units move least."""
    band = np.ones((size, size), np.bool_)
    band[band_px : size - band_px, band_px : size - band_px] = False
    return band

"""Every shape set there is, by the short name that tables and tests use."""

from __future__ import annotations

from typing import Final

from mien.arkit import ARKIT, ARKIT_SORTED
from mien.outputs.facs import FACS
from mien.outputs.openxr_android import ANDROID
from mien.outputs.openxr_fb import FB, FB2
from mien.outputs.openxr_htc import HTC_EYE, HTC_LIP
from mien.outputs.openxr_ml import ML
from mien.outputs.unified import UNIFIED, UNIFIED_EYES
from mien.shape_set import ShapeSet

SHAPE_SETS: Final[dict[str, ShapeSet]] = {
    "arkit": ARKIT,
    "arkit_sorted": ARKIT_SORTED,
    "openxr_fb": FB,
    "openxr_fb2": FB2,
    "openxr_android": ANDROID,
    "openxr_htc_eye": HTC_EYE,
    "openxr_htc_lip": HTC_LIP,
    "openxr_ml": ML,
    "unified": UNIFIED,
    "unified_eyes": UNIFIED_EYES,
    "facs": FACS,
}

"""OpenXR, Android XR: XR_ANDROID_face_tracking, 68 parameters.

Names, order and enum values: Khronos OpenXR registry 1.1.62, `XrFaceParameterIndicesANDROID`
(KhronosGroup/OpenXR-Docs, `xr.xml`, 9b64247), without `XR_FACE_PARAMETER_INDICES_` and
`_ANDROID`. 0..62 carry the names of FB; the tongue at 63..67 is another one than FB2's.
"""

from __future__ import annotations

from typing import Final

from mien.outputs.openxr_fb import FB_NAMES, FB_ROWS
from mien.shape_set import ShapeSet, mean_of

ANDROID_NAMES: Final = (
    *FB_NAMES,
    *("TONGUE_OUT", "TONGUE_LEFT", "TONGUE_RIGHT", "TONGUE_UP", "TONGUE_DOWN"),
)
"""`XrFaceParameterIndicesANDROID` 0..67."""
ANDROID: Final = ShapeSet(
    "OpenXR Android 68", ANDROID_NAMES, FB_ROWS | {"TONGUE_OUT": mean_of("tongue_out")}
)

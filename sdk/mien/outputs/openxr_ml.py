"""OpenXR, Magic Leap 2: XR_ML_facial_expression, 46 blend shapes.

Names, order and enum values: Khronos OpenXR registry 1.1.62, `XrFacialBlendShapeML`
(KhronosGroup/OpenXR-Docs, `xr.xml`, 9b64247), without `XR_FACIAL_BLEND_SHAPE_` and `_ML`. Weights
are in [0, 1]. It has no gaze, no cheek puff, no jaw or mouth to the side, and one chin raiser.
"""

from __future__ import annotations

from typing import Final

from mien.outputs.openxr_fb import FB_ROWS
from mien.shape_set import ShapeSet, mean_of

ML_NAMES: Final = (
    *("BROW_LOWERER_L", "BROW_LOWERER_R", "CHEEK_RAISER_L", "CHEEK_RAISER_R", "CHIN_RAISER"),
    *("DIMPLER_L", "DIMPLER_R", "EYES_CLOSED_L", "EYES_CLOSED_R", "INNER_BROW_RAISER_L"),
    *("INNER_BROW_RAISER_R", "JAW_DROP", "LID_TIGHTENER_L", "LID_TIGHTENER_R"),
    *("LIP_CORNER_DEPRESSOR_L", "LIP_CORNER_DEPRESSOR_R", "LIP_CORNER_PULLER_L"),
    *("LIP_CORNER_PULLER_R", "LIP_FUNNELER_LB", "LIP_FUNNELER_LT", "LIP_FUNNELER_RB"),
    *("LIP_FUNNELER_RT", "LIP_PRESSOR_L", "LIP_PRESSOR_R", "LIP_PUCKER_L", "LIP_PUCKER_R"),
    *("LIP_STRETCHER_L", "LIP_STRETCHER_R", "LIP_SUCK_LB", "LIP_SUCK_LT", "LIP_SUCK_RB"),
    *("LIP_SUCK_RT", "LIP_TIGHTENER_L", "LIP_TIGHTENER_R", "LIPS_TOWARD", "LOWER_LIP_DEPRESSOR_L"),
    *("LOWER_LIP_DEPRESSOR_R", "NOSE_WRINKLER_L", "NOSE_WRINKLER_R", "OUTER_BROW_RAISER_L"),
    *("OUTER_BROW_RAISER_R", "UPPER_LID_RAISER_L", "UPPER_LID_RAISER_R", "UPPER_LIP_RAISER_L"),
    *("UPPER_LIP_RAISER_R", "TONGUE_OUT"),
)
"""`XrFacialBlendShapeML` 0..45."""
ML: Final = ShapeSet(
    "OpenXR ML 46",
    ML_NAMES,
    {shape: row for shape, row in FB_ROWS.items() if shape in ML_NAMES}
    | {"CHIN_RAISER": mean_of("chin_raiser"), "TONGUE_OUT": mean_of("tongue_out")},
)

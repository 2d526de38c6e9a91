"""OpenXR, Meta: XR_FB_face_tracking (63 weights) and XR_FB_face_tracking2 (70).

Names, order and enum values: Khronos OpenXR registry 1.1.62, `XrFaceExpressionFB` and
`XrFaceExpression2FB` (KhronosGroup/OpenXR-Docs, `xr.xml`, 9b64247); the prefixes
`XR_FACE_EXPRESSION_`, `XR_FACE_EXPRESSION2_` and the suffix `_FB` are left out. Weights are in
[0, 1]. The names are FACS names, so a unit goes to the shape of its own name; a unit that is
not split (pucker, funneler, suck, chin raiser) goes to all parts alike. Where `EYES_LOOK_*`
reaches 1 is not published: `schema.GAZE_LOOK_FULL_RAD` is our choice.
"""

from __future__ import annotations

from typing import Final

from mien import schema
from mien.shape_set import Row, ShapeSet, look, mean_of

FB_NAMES: Final = (
    *("BROW_LOWERER_L", "BROW_LOWERER_R", "CHEEK_PUFF_L", "CHEEK_PUFF_R", "CHEEK_RAISER_L"),
    *("CHEEK_RAISER_R", "CHEEK_SUCK_L", "CHEEK_SUCK_R", "CHIN_RAISER_B", "CHIN_RAISER_T"),
    *("DIMPLER_L", "DIMPLER_R", "EYES_CLOSED_L", "EYES_CLOSED_R", "EYES_LOOK_DOWN_L"),
    *("EYES_LOOK_DOWN_R", "EYES_LOOK_LEFT_L", "EYES_LOOK_LEFT_R", "EYES_LOOK_RIGHT_L"),
    *("EYES_LOOK_RIGHT_R", "EYES_LOOK_UP_L", "EYES_LOOK_UP_R", "INNER_BROW_RAISER_L"),
    *("INNER_BROW_RAISER_R", "JAW_DROP", "JAW_SIDEWAYS_LEFT", "JAW_SIDEWAYS_RIGHT", "JAW_THRUST"),
    *("LID_TIGHTENER_L", "LID_TIGHTENER_R", "LIP_CORNER_DEPRESSOR_L", "LIP_CORNER_DEPRESSOR_R"),
    *("LIP_CORNER_PULLER_L", "LIP_CORNER_PULLER_R", "LIP_FUNNELER_LB", "LIP_FUNNELER_LT"),
    *("LIP_FUNNELER_RB", "LIP_FUNNELER_RT", "LIP_PRESSOR_L", "LIP_PRESSOR_R", "LIP_PUCKER_L"),
    *("LIP_PUCKER_R", "LIP_STRETCHER_L", "LIP_STRETCHER_R", "LIP_SUCK_LB", "LIP_SUCK_LT"),
    *("LIP_SUCK_RB", "LIP_SUCK_RT", "LIP_TIGHTENER_L", "LIP_TIGHTENER_R", "LIPS_TOWARD"),
    *("LOWER_LIP_DEPRESSOR_L", "LOWER_LIP_DEPRESSOR_R", "MOUTH_LEFT", "MOUTH_RIGHT"),
    *("NOSE_WRINKLER_L", "NOSE_WRINKLER_R", "OUTER_BROW_RAISER_L", "OUTER_BROW_RAISER_R"),
    *("UPPER_LID_RAISER_L", "UPPER_LID_RAISER_R", "UPPER_LIP_RAISER_L", "UPPER_LIP_RAISER_R"),
)
"""`XrFaceExpressionFB` 0..62, and `XrFaceExpression2FB` 0..62."""
FB2_NAMES: Final = (
    *FB_NAMES,
    *("TONGUE_TIP_INTERDENTAL", "TONGUE_TIP_ALVEOLAR", "TONGUE_FRONT_DORSAL_PALATE"),
    *("TONGUE_MID_DORSAL_PALATE", "TONGUE_BACK_DORSAL_VELAR", "TONGUE_OUT", "TONGUE_RETREAT"),
)
"""`XrFaceExpression2FB` 0..69."""

_LETTERS: Final = (("left", "L"), ("right", "R"))
_SIDED: Final = {
    "BROW_LOWERER": "brow_lowerer",
    "CHEEK_PUFF": "cheek_puff",
    "CHEEK_RAISER": "cheek_raiser",
    "DIMPLER": "dimpler",
    "EYES_CLOSED": "lid_closure",
    "INNER_BROW_RAISER": "inner_brow_raiser",
    "LID_TIGHTENER": "lid_tightener",
    "LIP_CORNER_DEPRESSOR": "lip_corner_depressor",
    "LIP_CORNER_PULLER": "lip_corner_puller",
    "LIP_PRESSOR": "lip_pressor",
    "LIP_STRETCHER": "lip_stretcher",
    "LIP_TIGHTENER": "lip_tightener",
    "LOWER_LIP_DEPRESSOR": "lower_lip_depressor",
    "NOSE_WRINKLER": "nose_wrinkler",
    "OUTER_BROW_RAISER": "outer_brow_raiser",
    "UPPER_LID_RAISER": "lid_raiser",
    "UPPER_LIP_RAISER": "upper_lip_raiser",
}
_UNSIDED: Final = {
    "CHIN_RAISER_B": "chin_raiser",
    "CHIN_RAISER_T": "chin_raiser",
    "JAW_DROP": "jaw_drop",
    "JAW_SIDEWAYS_LEFT": "jaw_left",
    "JAW_SIDEWAYS_RIGHT": "jaw_right",
    "JAW_THRUST": "jaw_forward",
    "LIP_PUCKER_L": "lip_pucker",
    "LIP_PUCKER_R": "lip_pucker",
    "MOUTH_LEFT": "mouth_left",
    "MOUTH_RIGHT": "mouth_right",
}


def _rows() -> dict[str, Row]:
    rows: dict[str, Row] = {shape: mean_of(unit) for shape, unit in _UNSIDED.items()}
    for part in ("LB", "LT", "RB", "RT"):
        rows[f"LIP_FUNNELER_{part}"] = mean_of("lip_funneler")
        rows[f"LIP_SUCK_{part}"] = mean_of("lip_suck")
    for side, letter in _LETTERS:
        for shape, unit in _SIDED.items():
            rows[f"{shape}_{letter}"] = mean_of(f"{unit}_{side}")
    for side, letter in zip(schema.SIDES, "LR", strict=True):
        for way in ("down", "left", "right", "up"):
            rows[f"EYES_LOOK_{way.upper()}_{letter}"] = look(side, way)
    return rows


FB_ROWS: Final = _rows()
"""Shape -> values, by the FACS names that FB, Android XR and Magic Leap share."""
FB: Final = ShapeSet("OpenXR FB 63", FB_NAMES, FB_ROWS)
FB2: Final = ShapeSet("OpenXR FB2 70", FB2_NAMES, FB_ROWS | {"TONGUE_OUT": mean_of("tongue_out")})

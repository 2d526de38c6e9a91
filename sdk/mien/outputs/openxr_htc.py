"""OpenXR, HTC: XR_HTC_facial_tracking, 14 eye and 37 lip expressions.

Names, order and enum values: Khronos OpenXR registry 1.1.62, `XrEyeExpressionHTC` and
`XrLipExpressionHTC` (KhronosGroup/OpenXR-Docs, `xr.xml`, 9b64247), without the prefixes and `_HTC`.
The lip order is that of SRanipal's `LipShape_v2`.

Traps, and two bugs of other projects that are not repeated here: `MOUTH_RAISER_*` is the smile
and `MOUTH_STRETCHER_*` the sad mouth (the registry's own aliases say so), not FACS's raiser and
stretcher; oscavmgr feeds both sides of the smile from the right one; oscavmgr reads the upper
funnel from the lower lip, and the SRanipal module the lower from the upper.

The tongue leaves in two steps, `TONGUE_LONGSTEP1` to half of the way, `TONGUE_LONGSTEP2` for
the rest, as VRCFaceTracking's SRanipal mapper splits it (4c58db6).
"""

from __future__ import annotations

from typing import Final

from mien import schema
from mien.shape_set import Row, ShapeSet, look, mean_of

HTC_EYE_NAMES: Final = (
    *("LEFT_BLINK", "LEFT_WIDE", "RIGHT_BLINK", "RIGHT_WIDE", "LEFT_SQUEEZE", "RIGHT_SQUEEZE"),
    *("LEFT_DOWN", "RIGHT_DOWN", "LEFT_OUT", "RIGHT_IN", "LEFT_IN", "RIGHT_OUT", "LEFT_UP"),
    *("RIGHT_UP",),
)
"""`XrEyeExpressionHTC` 0..13."""
HTC_LIP_NAMES: Final = (
    *("JAW_RIGHT", "JAW_LEFT", "JAW_FORWARD", "JAW_OPEN", "MOUTH_APE_SHAPE", "MOUTH_UPPER_RIGHT"),
    *("MOUTH_UPPER_LEFT", "MOUTH_LOWER_RIGHT", "MOUTH_LOWER_LEFT", "MOUTH_UPPER_OVERTURN"),
    *("MOUTH_LOWER_OVERTURN", "MOUTH_POUT", "MOUTH_RAISER_RIGHT", "MOUTH_RAISER_LEFT"),
    *("MOUTH_STRETCHER_RIGHT", "MOUTH_STRETCHER_LEFT", "CHEEK_PUFF_RIGHT", "CHEEK_PUFF_LEFT"),
    *("CHEEK_SUCK", "MOUTH_UPPER_UPRIGHT", "MOUTH_UPPER_UPLEFT", "MOUTH_LOWER_DOWNRIGHT"),
    *("MOUTH_LOWER_DOWNLEFT", "MOUTH_UPPER_INSIDE", "MOUTH_LOWER_INSIDE", "MOUTH_LOWER_OVERLAY"),
    *("TONGUE_LONGSTEP1", "TONGUE_LEFT", "TONGUE_RIGHT", "TONGUE_UP", "TONGUE_DOWN", "TONGUE_ROLL"),
    *("TONGUE_LONGSTEP2", "TONGUE_UPRIGHT_MORPH", "TONGUE_UPLEFT_MORPH", "TONGUE_DOWNRIGHT_MORPH"),
    *("TONGUE_DOWNLEFT_MORPH",),
)
"""`XrLipExpressionHTC` 0..36."""

_EYE: Final = {"BLINK": "lid_closure", "WIDE": "lid_raiser", "SQUEEZE": "lid_tightener"}
_LIP_SIDED: Final = {
    "MOUTH_RAISER_{}": "lip_corner_puller",
    "MOUTH_STRETCHER_{}": "lip_corner_depressor",
    "CHEEK_PUFF_{}": "cheek_puff",
    "MOUTH_UPPER_UP{}": "upper_lip_raiser",
    "MOUTH_LOWER_DOWN{}": "lower_lip_depressor",
}
_LIP: Final = {
    "JAW_RIGHT": "jaw_right",
    "JAW_LEFT": "jaw_left",
    "JAW_FORWARD": "jaw_forward",
    "JAW_OPEN": "jaw_drop",
    "MOUTH_UPPER_RIGHT": "mouth_right",
    "MOUTH_UPPER_LEFT": "mouth_left",
    "MOUTH_LOWER_RIGHT": "mouth_right",
    "MOUTH_LOWER_LEFT": "mouth_left",
    "MOUTH_UPPER_OVERTURN": "lip_funneler",
    "MOUTH_LOWER_OVERTURN": "lip_funneler",
    "MOUTH_POUT": "lip_pucker",
    "MOUTH_UPPER_INSIDE": "lip_suck",
    "MOUTH_LOWER_INSIDE": "lip_suck",
    "MOUTH_LOWER_OVERLAY": "chin_raiser",
}
_STEPS: Final = ("TONGUE_LONGSTEP1", "TONGUE_LONGSTEP2")


def _eye_rows() -> dict[str, Row]:
    rows: dict[str, Row] = {}
    for side in schema.SIDES:
        for shape, unit in _EYE.items():
            rows[f"{side.upper()}_{shape}"] = mean_of(f"{unit}_{side}")
        for way in ("down", "out", "in", "up"):
            rows[f"{side.upper()}_{way.upper()}"] = look(side, way)
    return rows


def _lip_rows() -> dict[str, Row]:
    rows: dict[str, Row] = {shape: mean_of(unit) for shape, unit in _LIP.items()}
    for side in schema.SIDES:
        for shape, unit in _LIP_SIDED.items():
            rows[shape.format(side.upper())] = mean_of(f"{unit}_{side}")
    return rows | {step: {"tongue_out": 2.0} for step in _STEPS}


HTC_EYE: Final = ShapeSet("OpenXR HTC eye 14", HTC_EYE_NAMES, _eye_rows())
HTC_LIP: Final = ShapeSet(
    "OpenXR HTC lip 37",
    HTC_LIP_NAMES,
    _lip_rows(),
    offsets={"TONGUE_LONGSTEP2": -1.0},
    back={"tongue_out": mean_of(*_STEPS)},
)

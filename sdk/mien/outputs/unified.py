"""Unified Expressions: the 88 shapes and the eye data of VRCFaceTracking.

Names and order: benaclejames/VRCFaceTracking, `UnifiedExpressions.cs` and `UnifiedData.cs`
(4c58db6). Right stands before left. Shapes are in [0, 1]; gaze x points to the wearer's right
and y up, in [-1, 1]; openness is 0 closed to 1 open.

Where one unit has several shapes there, all get it, as in the tables of every tracking module:
`BrowPinch` and `BrowLowerer`, `MouthCornerPull` and `MouthCornerSlant`, `MouthUpperUp` and
`MouthUpperDeepen`. Not copied are the LiveLink module's right squint (it reads the left eye)
and the SRanipal module's left stretch (it reads the right side); nor the gains, powers and
differences that correct one headset's tracker.

Gaze is 1 at `GAZE_FULL_RAD`: 45 degrees is what senders of the native eye address scale by.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from mien import schema
from mien.shape_set import Face, Row, Shapes, ShapeSet, mean_of

GAZE_FULL_RAD: Final = math.pi / 4
"""Gaze at which x or y is 1."""

UNIFIED_NAMES: Final = (
    *("EyeSquintRight", "EyeSquintLeft", "EyeWideRight", "EyeWideLeft", "BrowPinchRight"),
    *("BrowPinchLeft", "BrowLowererRight", "BrowLowererLeft", "BrowInnerUpRight"),
    *("BrowInnerUpLeft", "BrowOuterUpRight", "BrowOuterUpLeft", "NasalDilationRight"),
    *("NasalDilationLeft", "NasalConstrictRight", "NasalConstrictLeft", "CheekSquintRight"),
    *("CheekSquintLeft", "CheekPuffRight", "CheekPuffLeft", "CheekSuckRight", "CheekSuckLeft"),
    *("JawOpen", "JawRight", "JawLeft", "JawForward", "JawBackward", "JawClench"),
    *("JawMandibleRaise", "MouthClosed", "LipSuckUpperRight", "LipSuckUpperLeft"),
    *("LipSuckLowerRight", "LipSuckLowerLeft", "LipSuckCornerRight", "LipSuckCornerLeft"),
    *("LipFunnelUpperRight", "LipFunnelUpperLeft", "LipFunnelLowerRight", "LipFunnelLowerLeft"),
    *("LipPuckerUpperRight", "LipPuckerUpperLeft", "LipPuckerLowerRight", "LipPuckerLowerLeft"),
    *("MouthUpperUpRight", "MouthUpperUpLeft", "MouthUpperDeepenRight", "MouthUpperDeepenLeft"),
    *("NoseSneerRight", "NoseSneerLeft", "MouthLowerDownRight", "MouthLowerDownLeft"),
    *("MouthUpperRight", "MouthUpperLeft", "MouthLowerRight", "MouthLowerLeft"),
    *("MouthCornerPullRight", "MouthCornerPullLeft", "MouthCornerSlantRight"),
    *("MouthCornerSlantLeft", "MouthFrownRight", "MouthFrownLeft", "MouthStretchRight"),
    *("MouthStretchLeft", "MouthDimpleRight", "MouthDimpleLeft", "MouthRaiserUpper"),
    *("MouthRaiserLower", "MouthPressRight", "MouthPressLeft", "MouthTightenerRight"),
    *("MouthTightenerLeft", "TongueOut", "TongueUp", "TongueDown", "TongueRight", "TongueLeft"),
    *("TongueRoll", "TongueBendDown", "TongueCurlUp", "TongueSquish", "TongueFlat"),
    *("TongueTwistRight", "TongueTwistLeft", "SoftPalateClose", "ThroatSwallow", "NeckFlexRight"),
    *("NeckFlexLeft",),
)
"""`UnifiedExpressions`, 0..87."""
EYE_NAMES: Final = (
    *("Left.Gaze.x", "Left.Gaze.y", "Left.Openness", "Left.PupilDiameter_MM"),
    *("Right.Gaze.x", "Right.Gaze.y", "Right.Openness", "Right.PupilDiameter_MM"),
)
"""Fields of `UnifiedEyeData`."""

_SIDED: Final = {
    "EyeSquint": "lid_tightener",
    "EyeWide": "lid_raiser",
    "BrowPinch": "brow_lowerer",
    "BrowLowerer": "brow_lowerer",
    "BrowInnerUp": "inner_brow_raiser",
    "BrowOuterUp": "outer_brow_raiser",
    "CheekSquint": "cheek_raiser",
    "CheekPuff": "cheek_puff",
    "MouthUpperUp": "upper_lip_raiser",
    "MouthUpperDeepen": "upper_lip_raiser",
    "NoseSneer": "nose_wrinkler",
    "MouthLowerDown": "lower_lip_depressor",
    "MouthCornerPull": "lip_corner_puller",
    "MouthCornerSlant": "lip_corner_puller",
    "MouthFrown": "lip_corner_depressor",
    "MouthStretch": "lip_stretcher",
    "MouthDimple": "dimpler",
    "MouthPress": "lip_pressor",
    "MouthTightener": "lip_tightener",
}
_UNSIDED: Final = {
    "JawOpen": "jaw_drop",
    "JawRight": "jaw_right",
    "JawLeft": "jaw_left",
    "JawForward": "jaw_forward",
    "MouthUpperRight": "mouth_right",
    "MouthUpperLeft": "mouth_left",
    "MouthLowerRight": "mouth_right",
    "MouthLowerLeft": "mouth_left",
    "MouthRaiserUpper": "chin_raiser",
    "MouthRaiserLower": "chin_raiser",
    "TongueOut": "tongue_out",
}
_IN_FOUR_PARTS: Final = {
    "LipSuck": "lip_suck",
    "LipFunnel": "lip_funneler",
    "LipPucker": "lip_pucker",
}


def _rows() -> dict[str, Row]:
    rows: dict[str, Row] = {shape: mean_of(unit) for shape, unit in _UNSIDED.items()}
    for side in schema.SIDES:
        for shape, unit in _SIDED.items():
            rows[f"{shape}{side.capitalize()}"] = mean_of(f"{unit}_{side}")
        for shape, unit in _IN_FOUR_PARTS.items():
            for lip in ("Upper", "Lower"):
                rows[f"{shape}{lip}{side.capitalize()}"] = mean_of(unit)
    return rows


def _eye_rows() -> dict[str, Row]:
    rows: dict[str, Row] = {}
    for side in schema.SIDES:
        eye = side.capitalize()
        rows[f"{eye}.Gaze.x"] = {f"gaze_yaw_{side}": -1 / GAZE_FULL_RAD}
        rows[f"{eye}.Gaze.y"] = {f"gaze_pitch_{side}": 1 / GAZE_FULL_RAD}
        rows[f"{eye}.Openness"] = {f"lid_closure_{side}": -1.0}
    return rows


UNIFIED: Final = ShapeSet("Unified 88", UNIFIED_NAMES, _rows())
UNIFIED_EYES: Final = ShapeSet(
    "Unified eye data 8",
    EYE_NAMES,
    _eye_rows(),
    offsets={"Left.Openness": 1.0, "Right.Openness": 1.0},
    signed=frozenset(name for name in EYE_NAMES if ".Gaze." in name),
)
_HALF: Final = len(EYE_NAMES) // 2


def eye_data(face: Face) -> Shapes:
    """The eye data of a face; an eye that no camera has seen follows the other one.

    Returns:
        Shape (8,), float32, order of `EYE_NAMES`; straight ahead and open if neither is known.
    """
    both = UNIFIED_EYES.of(face).reshape(2, _HALF)
    known = UNIFIED_EYES.carried(face).reshape(2, _HALF)
    other_only = known[::-1] & ~known
    return np.where(other_only, both[::-1], both).reshape(-1)

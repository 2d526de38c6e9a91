"""The one table of expression units: names, order, sides, cameras, FACS and ARKit.

Python, the C++ header `csrc/include/mien/schema.h`, the model's metadata and the README
are all derived from `UNITS`. Left and right are the wearer's. Names are FACS action-unit
names (Ekman, Friesen and Hager, *Facial Action Coding System*, 2002); the ARKit column is
Apple's `ARFaceAnchor.BlendShapeLocation`, in the wire order of Live Link Face.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from typing import Final, Literal

CameraKind = Literal["eye", "mouth"]
Side = Literal["left", "right"]

SIDES: Final[tuple[Side, Side]] = ("left", "right")
EYE_CAMERAS: Final = ("eye_left", "eye_right")
MOUTH_CAMERA: Final = "mouth"
CAMERAS: Final = (*EYE_CAMERAS, MOUTH_CAMERA)
"""Camera names, the only ones a session or a tracker knows."""

GAZE_MAX_RAD: Final = 0.8
"""Gaze values lie in [-GAZE_MAX_RAD, GAZE_MAX_RAD]; an eye turns about 0.87 rad at most."""

GAZE_LOOK_FULL_RAD: Final = 0.6
"""Gaze at which an ARKit `eyeLook*` weight reaches 1 (our choice: Apple publishes none)."""


@dataclass(frozen=True, slots=True)
class Unit:
    """One expression unit before it is split into sides."""

    name: str
    """FACS name in snake case, without a side."""
    action_unit: str
    """FACS action unit or descriptor (AD); `""` for what FACS does not number."""
    sided: bool
    """True: there is one value per side of the face."""
    cameras: tuple[CameraKind, ...]
    """Which cameras see it (A13)."""
    arkit: tuple[str, ...] = ()
    """ARKit shapes it drives, `{Side}` standing for `Left` or `Right`."""
    is_gaze: bool = False
    """True: radians in [-GAZE_MAX_RAD, GAZE_MAX_RAD]; otherwise a weight in [0, 1]."""


_EYE: Final[tuple[CameraKind, ...]] = ("eye",)
_MOUTH: Final[tuple[CameraKind, ...]] = ("mouth",)
_BOTH: Final[tuple[CameraKind, ...]] = ("eye", "mouth")

UNITS: Final[tuple[Unit, ...]] = (
    Unit("brow_lowerer", "AU4", True, _EYE, ("browDown{Side}",)),
    Unit("inner_brow_raiser", "AU1", True, _EYE, ("browInnerUp",)),
    Unit("outer_brow_raiser", "AU2", True, _EYE, ("browOuterUp{Side}",)),
    Unit("lid_closure", "AU43", True, _EYE, ("eyeBlink{Side}",)),
    Unit("lid_raiser", "AU5", True, _EYE, ("eyeWide{Side}",)),
    Unit("lid_tightener", "AU7", True, _EYE, ("eyeSquint{Side}",)),
    Unit("cheek_raiser", "AU6", True, _BOTH, ("cheekSquint{Side}",)),
    Unit("nose_wrinkler", "AU9", True, _BOTH, ("noseSneer{Side}",)),
    Unit("upper_lip_raiser", "AU10", True, _MOUTH, ("mouthUpperUp{Side}",)),
    Unit("lip_corner_puller", "AU12", True, _MOUTH, ("mouthSmile{Side}",)),
    Unit("dimpler", "AU14", True, _MOUTH, ("mouthDimple{Side}",)),
    Unit("lip_corner_depressor", "AU15", True, _MOUTH, ("mouthFrown{Side}",)),
    Unit("lower_lip_depressor", "AU16", True, _MOUTH, ("mouthLowerDown{Side}",)),
    Unit("lip_stretcher", "AU20", True, _MOUTH, ("mouthStretch{Side}",)),
    Unit("lip_tightener", "AU23", True, _MOUTH),
    Unit("lip_pressor", "AU24", True, _MOUTH, ("mouthPress{Side}",)),
    Unit("cheek_puff", "AD34", True, _MOUTH, ("cheekPuff",)),
    Unit("chin_raiser", "AU17", False, _MOUTH, ("mouthShrugLower", "mouthShrugUpper")),
    Unit("lip_pucker", "AU18", False, _MOUTH, ("mouthPucker",)),
    Unit("lip_funneler", "AU22", False, _MOUTH, ("mouthFunnel",)),
    Unit("lip_suck", "AU28", False, _MOUTH, ("mouthRollLower", "mouthRollUpper")),
    Unit("jaw_drop", "AU26", False, _MOUTH, ("jawOpen",)),
    Unit("jaw_left", "AU30", False, _MOUTH, ("jawLeft",)),
    Unit("jaw_right", "AU30", False, _MOUTH, ("jawRight",)),
    Unit("jaw_forward", "AU29", False, _MOUTH, ("jawForward",)),
    Unit("mouth_left", "", False, _MOUTH, ("mouthLeft",)),
    Unit("mouth_right", "", False, _MOUTH, ("mouthRight",)),
    Unit("tongue_out", "AU19", False, _MOUTH, ("tongueOut",)),
    Unit("gaze_yaw", "AU61", True, _EYE, (), is_gaze=True),
    Unit("gaze_pitch", "AU63", True, _EYE, (), is_gaze=True),
)
"""Every unit, in canonical order. Gaze: yaw towards the wearer's left and pitch upward
are positive, radians, relative to the headset."""

UNIT_BY_NAME: Final = {unit.name: unit for unit in UNITS}


def value_names(unit: Unit) -> tuple[str, ...]:
    """The columns of one unit: `<unit>_left`, `<unit>_right`, or `<unit>` alone."""
    return tuple(f"{unit.name}_{side}" for side in SIDES) if unit.sided else (unit.name,)


VALUE_NAMES: Final = tuple(name for unit in UNITS for name in value_names(unit))
"""Names of the values of a face state, in the order of every array and CSV file."""

VALUE_INDEX: Final = {name: index for index, name in enumerate(VALUE_NAMES)}
VALUE_COUNT: Final = len(VALUE_NAMES)
UNIT_OF_VALUE: Final = {name: unit for unit in UNITS for name in value_names(unit)}

GAZE_NAMES: Final = tuple(name for name in VALUE_NAMES if UNIT_OF_VALUE[name].is_gaze)
WEIGHT_NAMES: Final = tuple(name for name in VALUE_NAMES if not UNIT_OF_VALUE[name].is_gaze)

EYE_OUTPUTS: Final = tuple(unit.name for unit in UNITS if "eye" in unit.cameras)
"""What the eye encoder gives for one eye, side left out; the right eye's crop is mirrored,
so that one encoder serves both, and its yaw changes sign."""

MOUTH_OUTPUTS: Final = tuple(
    name for unit in UNITS if "mouth" in unit.cameras for name in value_names(unit)
)
"""What the mouth encoder gives."""

FALLBACK_OUTPUTS: Final = tuple(unit.name for unit in UNITS if unit.cameras == ("mouth",))
"""What an eye guesses of the lower face of its side while no mouth camera gives it (A13)."""

ARKIT_NAMES: Final = (
    *("eyeBlinkLeft", "eyeLookDownLeft", "eyeLookInLeft", "eyeLookOutLeft", "eyeLookUpLeft"),
    *("eyeSquintLeft", "eyeWideLeft", "eyeBlinkRight", "eyeLookDownRight", "eyeLookInRight"),
    *("eyeLookOutRight", "eyeLookUpRight", "eyeSquintRight", "eyeWideRight", "jawForward"),
    *("jawLeft", "jawRight", "jawOpen", "mouthClose", "mouthFunnel", "mouthPucker", "mouthLeft"),
    *("mouthRight", "mouthSmileLeft", "mouthSmileRight", "mouthFrownLeft", "mouthFrownRight"),
    *("mouthDimpleLeft", "mouthDimpleRight", "mouthStretchLeft", "mouthStretchRight"),
    *("mouthRollLower", "mouthRollUpper", "mouthShrugLower", "mouthShrugUpper", "mouthPressLeft"),
    *("mouthPressRight", "mouthLowerDownLeft", "mouthLowerDownRight", "mouthUpperUpLeft"),
    *("mouthUpperUpRight", "browDownLeft", "browDownRight", "browInnerUp", "browOuterUpLeft"),
    *("browOuterUpRight", "cheekPuff", "cheekSquintLeft", "cheekSquintRight", "noseSneerLeft"),
    *("noseSneerRight", "tongueOut"),
)
"""The 52 ARKit shapes in Live Link Face wire order."""


def arkit_names(value_name: str) -> tuple[str, ...]:
    """The ARKit shapes that a value drives: `lid_closure_left` -> `("eyeBlinkLeft",)`."""
    side = value_name.rpartition("_")[2].capitalize()
    return tuple(shape.replace("{Side}", side) for shape in UNIT_OF_VALUE[value_name].arkit)


def schema_hash() -> str:
    """First 16 hex digits of the SHA-256 over the table; a model must carry the same."""
    table = json.dumps([asdict(unit) for unit in UNITS], sort_keys=True)
    return hashlib.sha256(table.encode()).hexdigest()[:16]

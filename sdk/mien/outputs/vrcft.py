"""VRCFaceTracking's v2 parameters: what an avatar in VRChat listens to.

Names, order and formulas: benaclejames/VRCFaceTracking, `UnifiedExpressionsParameters.cs` and
`UnifiedSimpleExpressions.cs` (4c58db6). A parameter is a formula over the Unified shapes and the
eye data (`mien.outputs.unified`), in [0, 1], or in [-1, 1] where it is a difference.

What a parameter's forms on an avatar are stands in `BinaryBaseParameter.cs`: a float; or bools
`<name>1`, `<name>2`, `<name>4`... for `int(abs(value) * 2^n)`, with `<name>Negative` for the
sign. A lone bool of a parameter's own name is not sent: VRCFaceTracking sets it where the value
is *below* a threshold, which no avatar's documentation asks for.

`v2/Head/*` and the pupils stay 0: no unit tells them.
"""

from __future__ import annotations

from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from mien.outputs.unified import EYE_NAMES, UNIFIED, UNIFIED_EYES, UNIFIED_NAMES, eye_data
from mien.shape_set import Face, Shapes

V2_NAMES: Final = (
    *UNIFIED_NAMES,
    *("BrowUpRight", "BrowUpLeft", "BrowDownRight", "BrowDownLeft", "MouthSmileRight"),
    *("MouthSmileLeft", "MouthSadRight", "MouthSadLeft", "EyeX", "EyeY", "EyeLeftX", "EyeLeftY"),
    *("EyeRightX", "EyeRightY", "PupilDilation", "PupilDiameterLeft", "PupilDiameterRight"),
    *("PupilDiameter", "EyeOpenLeft", "EyeOpenRight", "EyeOpen", "EyeClosedLeft", "EyeClosedRight"),
    *("EyeClosed", "EyeWide", "EyeLidLeft", "EyeLidRight", "EyeLid", "EyeSquint", "EyesSquint"),
    *("BrowUp", "BrowDown", "BrowInnerUp", "BrowOuterUp", "BrowExpressionRight"),
    *("BrowExpressionLeft", "BrowExpression", "JawX", "JawZ", "CheekSquint", "CheekPuffSuckLeft"),
    *("CheekPuffSuckRight", "CheekPuffSuck", "CheekSuck", "MouthUpperX", "MouthLowerX", "MouthX"),
    *("LipSuckUpper", "LipSuckLower", "LipSuck", "LipFunnelUpper", "LipFunnelLower", "LipFunnel"),
    *("LipPuckerUpper", "LipPuckerLower", "LipPuckerRight", "LipPuckerLeft", "LipPucker"),
    *("LipSuckFunnelUpper", "LipSuckFunnelLower", "LipSuckFunnelLowerLeft"),
    *("LipSuckFunnelLowerRight", "LipSuckFunnelUpperLeft", "LipSuckFunnelUpperRight"),
    *("MouthUpperUp", "MouthLowerDown", "MouthOpen", "MouthStretch", "MouthTightener"),
    *("MouthPress", "MouthDimple", "NoseSneer", "MouthTightenerStretch"),
    *("MouthTightenerStretchLeft", "MouthTightenerStretchRight", "MouthCornerYLeft"),
    *("MouthCornerYRight", "MouthCornerY", "SmileFrownRight", "SmileFrownLeft", "SmileFrown"),
    *("SmileSadRight", "SmileSadLeft", "SmileSad", "TongueX", "TongueY", "TongueArchY"),
    *("TongueShape", "Head/Yaw", "Head/Pitch", "Head/Roll", "Head/PosX", "Head/PosY", "Head/PosZ"),
)
"""Names behind `v2/`, in VRCFaceTracking's order."""

_Terms: TypeAlias = dict[str, float]
_SIDES: Final = ("Right", "Left")
_ONE: Final = "1"
_MAXIMA: Final = {
    "EyeWide": ("EyeWideLeft", "EyeWideRight"),
    "EyeSquint": ("EyeSquintLeft", "EyeSquintRight"),
    "MouthSadRight": ("MouthFrownRight", "MouthStretchRight"),
    "MouthSadLeft": ("MouthFrownLeft", "MouthStretchLeft"),
}
"""The greater of two shapes: the one step of the formulas that is no weighted sum."""
_FEATURES: Final = (*UNIFIED_NAMES, *EYE_NAMES, *_MAXIMA, _ONE)

_FORMULAS: Final[dict[str, _Terms]] = {
    "BrowUp{}": {"BrowOuterUp{}": 0.6, "BrowInnerUp{}": 0.4},
    "BrowDown{}": {"BrowLowerer{}": 0.75, "BrowPinch{}": 0.25},
    "MouthSmile{}": {"MouthCornerPull{}": 0.8, "MouthCornerSlant{}": 0.2},
    "EyeX": {"{}.Gaze.x": 1},
    "EyeY": {"{}.Gaze.y": 1},
    "Eye{}X": {"{}.Gaze.x": 1},
    "Eye{}Y": {"{}.Gaze.y": 1},
    "EyeOpen{}": {"{}.Openness": 1},
    "EyeOpen": {"EyeOpen{}": 1},
    "EyeClosed{}": {_ONE: 1, "{}.Openness": -1},
    "EyeClosed": {"EyeClosed{}": 1},
    "EyeLid{}": {"{}.Openness": 0.75, "EyeWide{}": 0.25},
    "EyeLid": {"EyeLid{}": 1},
    "EyesSquint": {"EyeSquint": 1},
    "BrowUp": {"BrowUp{}": 1},
    "BrowDown": {"BrowDown{}": 1},
    "BrowInnerUp": {"BrowInnerUp{}": 1},
    "BrowOuterUp": {"BrowOuterUp{}": 1},
    "BrowExpression{}": {"BrowInnerUp{}": 0.5, "BrowOuterUp{}": 0.5, "BrowDown{}": -1},
    "BrowExpression": {"BrowExpression{}": 1},
    "JawX": {"JawRight": 1, "JawLeft": -1},
    "JawZ": {"JawForward": 1, "JawBackward": -1},
    "CheekSquint": {"CheekSquint{}": 1},
    "CheekPuffSuck{}": {"CheekPuff{}": 1, "CheekSuck{}": -1},
    "CheekPuffSuck": {"CheekPuffSuck{}": 1},
    "CheekSuck": {"CheekSuck{}": 1},
    "MouthUpperX": {"MouthUpperRight": 1, "MouthUpperLeft": -1},
    "MouthLowerX": {"MouthLowerRight": 1, "MouthLowerLeft": -1},
    "MouthX": {"MouthUpperX": 0.5, "MouthLowerX": 0.5},
    "LipSuckUpper": {"LipSuckUpper{}": 1},
    "LipSuckLower": {"LipSuckLower{}": 1},
    "LipSuck": {"LipSuckUpper": 0.5, "LipSuckLower": 0.5},
    "LipFunnelUpper": {"LipFunnelUpper{}": 1},
    "LipFunnelLower": {"LipFunnelLower{}": 1},
    "LipFunnel": {"LipFunnelUpper": 0.5, "LipFunnelLower": 0.5},
    "LipPuckerUpper": {"LipPuckerUpper{}": 1},
    "LipPuckerLower": {"LipPuckerLower{}": 1},
    "LipPucker{}": {"LipPuckerUpper{}": 0.5, "LipPuckerLower{}": 0.5},
    "LipPucker": {"LipPucker{}": 1},
    "LipSuckFunnelUpper": {"LipSuckUpper": 1, "LipFunnelUpper": -1},
    "LipSuckFunnelLower": {"LipSuckLower": 1, "LipFunnelLower": -1},
    "LipSuckFunnelUpper{}": {"LipSuckUpper{}": 1, "LipFunnelUpper{}": -1},
    "LipSuckFunnelLower{}": {"LipSuckLower{}": 1, "LipFunnelLower{}": -1},
    "MouthUpperUp": {"MouthUpperUp{}": 1},
    "MouthLowerDown": {"MouthLowerDown{}": 1},
    "MouthOpen": {"MouthUpperUp": 0.5, "MouthLowerDown": 0.5},
    "MouthStretch": {"MouthStretch{}": 1},
    "MouthTightener": {"MouthTightener{}": 1},
    "MouthPress": {"MouthPress{}": 1},
    "MouthDimple": {"MouthDimple{}": 1},
    "NoseSneer": {"NoseSneer{}": 1},
    "MouthTightenerStretch{}": {"MouthTightener{}": 1, "MouthStretch{}": -1},
    "MouthTightenerStretch": {"MouthTightenerStretch{}": 1},
    "MouthCornerY{}": {"MouthCornerSlant{}": 1, "MouthFrown{}": -1},
    "MouthCornerY": {"MouthCornerY{}": 1},
    "SmileFrown{}": {"MouthSmile{}": 1, "MouthFrown{}": -1},
    "SmileFrown": {"SmileFrown{}": 1},
    "SmileSad{}": {"MouthSmile{}": 1, "MouthSad{}": -1},
    "SmileSad": {"SmileSad{}": 1},
    "TongueX": {"TongueRight": 1, "TongueLeft": -1},
    "TongueY": {"TongueUp": 1, "TongueDown": -1},
    "TongueArchY": {"TongueCurlUp": 1, "TongueBendDown": -1},
    "TongueShape": {"TongueFlat": 1, "TongueSquish": -1},
}
"""Parameter -> weights of shapes or other parameters. `{}` on the left: one for each side; on
the right alone: the mean of both."""


def _one_row_each() -> dict[str, _Terms]:
    rows: dict[str, _Terms] = {}
    for name, terms in _FORMULAS.items():
        for side in _SIDES if "{}" in name else ():
            rows[name.format(side)] = {t.format(side): w for t, w in terms.items()}
        if "{}" not in name:
            rows[name] = {
                term.format(side): weight / (1 + ("{}" in term))
                for term, weight in terms.items()
                for side in _SIDES
            }
    return rows


def _expanded(name: str, rows: dict[str, _Terms]) -> _Terms:
    """The parameter as weights of features alone."""
    if name not in rows:
        return {name: 1.0} if name in _FEATURES else {}
    total: _Terms = {}
    for term, weight in rows[name].items():
        for feature, inner in _expanded(term, rows).items():
            total[feature] = total.get(feature, 0.0) + weight * inner
    return total


def _matrix() -> NDArray[np.float32]:
    rows = _one_row_each()
    place = {feature: index for index, feature in enumerate(_FEATURES)}
    matrix = np.zeros((len(V2_NAMES), len(_FEATURES)), np.float32)
    for index, name in enumerate(V2_NAMES):
        for feature, weight in _expanded(name, rows).items():
            matrix[index, place[feature]] = weight
    return matrix


_WEIGHTS: Final = _matrix()
_DEPENDS: Final = (_WEIGHTS != 0).astype(np.float32)
_PAIRS: Final = np.array([[UNIFIED.index[shape] for shape in pair] for pair in _MAXIMA.values()])
_IS_GAZE: Final = np.isin(V2_NAMES, [f"Eye{s}{a}" for s in ("", *_SIDES) for a in "XY"])
_IS_DIFFERENCE: Final = (_WEIGHTS < 0).any(axis=1) & (_WEIGHTS[:, -1] == 0)
V2_SIGNED: Final = _IS_GAZE | _IS_DIFFERENCE
"""Shape (182,), bool: which parameters are in [-1, 1]; the others are in [0, 1]."""
_LOW: Final = np.where(V2_SIGNED, np.float32(-1), np.float32(0))


def v2_parameters(face: Face) -> Shapes:
    """The parameters of a face, in the order of `V2_NAMES`.

    Returns:
        Shape (182,), float32, each in its range, never NaN.
    """
    shapes = UNIFIED.of(face)
    features = np.concatenate((shapes, eye_data(face), shapes[_PAIRS].max(axis=1), (1.0,)))
    parameters: Shapes = _WEIGHTS @ features.astype(np.float32)
    np.maximum(parameters, _LOW, out=parameters)
    return np.minimum(parameters, np.float32(1), out=parameters)


def v2_carried(face: Face) -> NDArray[np.bool_]:
    """Which parameters have a valid unit behind them, shape (182,), bool."""
    shapes = UNIFIED.carried(face)
    eyes = UNIFIED_EYES.carried(face)
    known = np.concatenate((shapes, eyes, shapes[_PAIRS].any(axis=1), (False,)))
    is_carried: NDArray[np.bool_] = (_DEPENDS @ known.astype(np.float32)) > 0
    return is_carried


def binary_parts(name: str, *, bits: int, is_signed: bool) -> tuple[str, ...]:
    """Names of the bools that carry a parameter: least bit first, the sign last.

    Args:
        name: The parameter, as `v2/JawX`.
        bits: How many, 1..8.
        is_signed: With `<name>Negative`.
    """
    parts = tuple(f"{name}{1 << bit}" for bit in range(bits))
    return (*parts, f"{name}Negative") if is_signed else parts


def binary_bits(values: NDArray[np.float32], *, bits: int) -> NDArray[np.bool_]:
    """The bits of parameters: `int(abs(value) * 2^bits)`, all set above 0.99999.

    Args:
        values: Shape (N,), float32, -1..1.
        bits: How many, 1..8.

    Returns:
        Shape (N, bits), bool, least bit first.
    """
    size = np.abs(values)
    codes = np.where(size > 0.99999, (1 << bits) - 1, (size * (1 << bits)).astype(np.int64))
    flags: NDArray[np.bool_] = (codes[:, None] >> np.arange(bits)) & 1 == 1
    return flags

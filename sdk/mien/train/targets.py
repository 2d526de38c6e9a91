"""Between the wearer's values and what one network gives: which columns, which sign.

The right eye's crop is mirrored by its camera model, so one eye network serves both eyes: it
learns yaw towards the temple, which is the wearer's left for the left eye and the wearer's
right for the right eye.
"""

from __future__ import annotations

from typing import Final, get_args

import numpy as np
from numpy.typing import NDArray

from mien import schema
from mien.schema import CameraKind

KINDS: Final[tuple[CameraKind, ...]] = get_args(CameraKind)
OUTPUTS: Final[dict[CameraKind, tuple[str, ...]]] = {
    "eye": schema.EYE_OUTPUTS,
    "mouth": schema.MOUTH_OUTPUTS,
}
"""Names of a network's outputs, in order."""

Rows = NDArray[np.float32]


def kind_of(camera: str) -> CameraKind:
    """Which network reads a camera."""
    return "mouth" if camera == schema.MOUTH_CAMERA else "eye"


def value_columns(camera: str) -> NDArray[np.intp]:
    """Column of a value array for each output of the camera's network."""
    if camera == schema.MOUTH_CAMERA:
        names = schema.MOUTH_OUTPUTS
    else:
        side = camera.removeprefix("eye_")
        names = tuple(f"{output}_{side}" for output in schema.EYE_OUTPUTS)
    return np.array([schema.VALUE_INDEX[name] for name in names], np.intp)


def _scales(camera: str) -> tuple[Rows, Rows]:
    """Gain and offset that turn a value of the camera into an output in 0..1."""
    outputs = OUTPUTS[kind_of(camera)]
    gain, offset = np.ones(len(outputs), np.float32), np.zeros(len(outputs), np.float32)
    for index, output in enumerate(outputs):
        if output in ("gaze_yaw", "gaze_pitch"):
            gain[index], offset[index] = 0.5 / schema.GAZE_MAX_RAD, 0.5
        if output == "gaze_yaw" and camera == "eye_right":
            gain[index] *= -1
    return gain, offset


def encode(values: Rows, camera: str) -> Rows:
    """Turn the wearer's values into the targets of the camera's network.

    Args:
        values: Shape (N, VALUE_COUNT), float32; weights 0..1, gaze in radians.
        camera: One of `schema.CAMERAS`.

    Returns:
        Shape (N, outputs of the network), float32, 0..1.
    """
    gain, offset = _scales(camera)
    scaled: Rows = values[:, value_columns(camera)] * gain + offset
    return np.clip(scaled, 0, 1)


def decode(outputs: Rows, camera: str) -> Rows:
    """Turn a network's outputs, shape (N, outputs), into the wearer's values, NaN elsewhere."""
    gain, offset = _scales(camera)
    values = np.full((len(outputs), schema.VALUE_COUNT), np.nan, np.float32)
    values[:, value_columns(camera)] = (outputs - offset) / gain
    return values


def _mirrored(name: str) -> str:
    for side, other in (("_left", "_right"), ("_right", "_left")):
        if name.endswith(side):
            return name.removesuffix(side) + other
    return name


MOUTH_FLIP: Final = tuple(
    schema.MOUTH_OUTPUTS.index(_mirrored(name)) for name in schema.MOUTH_OUTPUTS
)
"""Flipping a mouth crop left to right makes output k that of column `MOUTH_FLIP[k]`."""

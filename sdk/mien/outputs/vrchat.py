"""VRChat by OSC: the native eye addresses and the v2 face parameters of an avatar.

Sources: docs.vrchat.com, *OSC Eye Tracking* and *OSC Avatar Parameters*; the parameters are
those of `mien.outputs.vrcft`. VRChat listens on UDP 9000. Pitch is degrees downward and yaw
degrees to the wearer's right; one of the eye-look addresses is sent, left eye first as
documented.

The eyes are sent only while a camera supports them: ten seconds without, and VRChat moves the
eyes itself. A parameter without a valid unit behind it is left out, so that other programs may
drive it. What OSC carries has no time of capture; each state is sent as it comes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from mien import schema
from mien.config import require
from mien.errors import ConfigError
from mien.outputs.osc import FLAG, FLOAT, Flags, Message, OscBundles
from mien.outputs.unified import EYE_NAMES, GAZE_FULL_RAD, eye_data
from mien.outputs.vrcft import (
    V2_NAMES,
    V2_SIGNED,
    binary_bits,
    binary_parts,
    v2_carried,
    v2_parameters,
)
from mien.types import FaceState

VRCHAT_PORT: Final = 9000
PARAMETERS: Final = "/avatar/parameters/"
STATUS: Final = ("EyeTrackingActive", "ExpressionTrackingActive", "LipTrackingActive")

_LOOK: Final[Message] = ("/tracking/eye/LeftRightPitchYaw", (FLOAT,) * 4)
_CLOSED: Final[Message] = ("/tracking/eye/EyesClosedAmount", (FLOAT,))
_GAZE: Final = [EYE_NAMES.index(f"{s}.Gaze.{a}") for s in ("Left", "Right") for a in "yx"]
_OPENNESS: Final = [EYE_NAMES.index(f"{s}.Openness") for s in ("Left", "Right")]
_TO_DEGREES: Final = np.rad2deg(GAZE_FULL_RAD) * np.array([-1, 1, -1, 1], np.float32)
_IS_GAZE: Final = np.isin(schema.VALUE_NAMES, schema.GAZE_NAMES)
_IS_EYE: Final = np.array(["eye" in schema.UNIT_OF_VALUE[n].cameras for n in schema.VALUE_NAMES])


@dataclass(frozen=True, slots=True, kw_only=True)
class VrchatConfig:
    """What the avatar listens to."""

    prefix: str = ""
    """What stands before `v2/` in the avatar's parameters, as `FT/`."""
    parameters: tuple[str, ...] = V2_NAMES
    """Which of `vrcft.V2_NAMES` to send."""
    form: Literal["float", "binary"] = "float"
    """`binary`: as bools, for avatars short of synced memory."""
    bits: int = 4
    """Bools for the size of a `binary` parameter, 1..8."""
    has_native_eyes: bool = True
    """Send the `/tracking/eye/` addresses; False where the avatar's parameters move the eyes."""

    def __post_init__(self) -> None:
        require("bits", self.bits, 1, 8)
        if self.form not in {"float", "binary"}:
            raise ConfigError(f"form: expected float or binary, got {self.form!r}")
        if unknown := sorted(set(self.parameters) - set(V2_NAMES)):
            raise ConfigError(f"parameters: expected names of vrcft.V2_NAMES, got {unknown}")
        if not self.prefix.isascii() or any(mark in self.prefix for mark in " #*,?[]{}"):
            raise ConfigError(f"prefix: expected an OSC address part, got {self.prefix!r}")


class VrchatEncoder:
    """Face states as OSC bundles for VRChat."""

    def __init__(self, config: VrchatConfig | None = None) -> None:
        self.config = config or VrchatConfig()
        chosen = np.isin(V2_NAMES, self.config.parameters)
        self._chosen: Flags = chosen
        self._sent: Flags = np.zeros_like(chosen)
        self._usable: Flags = np.zeros(schema.VALUE_COUNT, np.bool_)
        self._parameters = OscBundles(self._messages())
        self._eyes = OscBundles((_LOOK, _CLOSED))

    def packets(self, state: FaceState) -> Sequence[bytearray]:
        """Bundles of the eyes, if tracked, and of the parameters with a valid unit."""
        usable = state.valid & np.isfinite(state.values)
        if not np.array_equal(usable, self._usable):
            self._usable, self._sent = usable, self._chosen & v2_carried(state)
            self._parameters = OscBundles(self._messages())
        self._fill(state)
        has_eyes = self.config.has_native_eyes and (state.valid & state.tracked)[_IS_GAZE].any()
        return [*(self._eye_packets(state) if has_eyes else ()), *self._parameters.packets()]

    def _eye_packets(self, state: FaceState) -> list[bytearray]:
        eyes = eye_data(state)
        self._eyes.floats[:4] = eyes[_GAZE] * _TO_DEGREES
        self._eyes.floats[4] = 1 - eyes[_OPENNESS].mean()
        return self._eyes.packets()

    def _fill(self, state: FaceState) -> None:
        values = v2_parameters(state)[self._sent]
        flags: Flags = np.zeros(0, np.bool_)
        if self.config.form == "float":
            self._parameters.floats[:] = values
        else:
            bits = binary_bits(values, bits=self.config.bits)
            signed = V2_SIGNED[self._sent]
            table = np.column_stack((bits, values < 0))
            has_place = np.column_stack((np.ones_like(bits), signed))
            flags = table[has_place]
        live = state.valid & state.tracked
        mouth = live[~_IS_EYE].any()
        self._parameters.flags[:] = (*flags, live[_IS_EYE].any(), mouth, mouth)

    def _messages(self) -> list[Message]:
        stem = f"{PARAMETERS}{self.config.prefix}v2/"
        messages: list[Message] = []
        for name, is_signed in zip(
            np.array(V2_NAMES)[self._sent].tolist(), V2_SIGNED[self._sent], strict=True
        ):
            if self.config.form == "float":
                messages.append((stem + name, (FLOAT,)))
            else:
                parts = binary_parts(stem + name, bits=self.config.bits, is_signed=bool(is_signed))
                messages += [(part, (FLAG,)) for part in parts]
        return messages + [(PARAMETERS + name, (FLAG,)) for name in STATUS]

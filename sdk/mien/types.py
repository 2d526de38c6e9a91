"""Frozen values that travel between the rooms: frames, camera models, face states."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal, Protocol, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from mien import schema
from mien.arkit import ARKIT
from mien.errors import ConfigError

Gray8: TypeAlias = NDArray[np.uint8]
"""Gray image, shape (H, W), uint8, rows contiguous, 0 = black."""
Quant8: TypeAlias = NDArray[np.int8]
"""Model input, shape (H, W), int8 codes."""
Flow: TypeAlias = NDArray[np.float32]
"""Optical flow, shape (H, W, 2), float32, pixels; [..., 0] is x to the right, 1 is y down."""
Confidence: TypeAlias = NDArray[np.float32]
"""Shape (H, W), float32, 0..1."""
Mask: TypeAlias = NDArray[np.bool_]
"""Shape (H, W), bool."""
Values: TypeAlias = NDArray[np.float32]
"""Shape (schema.VALUE_COUNT,), float32, in the order of `schema.VALUE_NAMES`."""
Matrix: TypeAlias = NDArray[np.float64]
"""Shape (4, 4), float64, rigid, `<to>_from_<from>`."""

Bytes8: TypeAlias = NDArray[np.uint8]
"""Camera image in one of the shapes of `PixelFormat`, uint8."""

Lens = Literal["pinhole", "radtan", "fisheye"]
PixelFormat = Literal["gray8", "yuyv", "nv12", "bgr8"]
"""Shapes as OpenCV has them: (H, W), (H, W, 2), (H * 3 / 2, W) and (H, W, 3)."""

_Item = TypeVar("_Item")


class Progress(Protocol):
    """How a long job tells how far it is: it wraps what the job goes through."""

    def __call__(
        self, items: Iterable[_Item], *, what: str, total: int | None = None
    ) -> Iterable[_Item]:
        """Yield the items unchanged; `what` names the job, `total` counts the items if known."""
        ...


def silent(items: Iterable[_Item], *, what: str, total: int | None = None) -> Iterable[_Item]:
    """The `Progress` that says nothing."""
    del what, total
    return items


@dataclass(frozen=True, slots=True)
class Frame:
    """One image of one camera, as captured."""

    camera: str
    """One of `schema.CAMERAS`."""
    t_ns: int
    """Capture time, nanoseconds, on the clock of the source; never decreases per camera."""
    gray: Gray8
    """Shape (H, W), uint8."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraModel:
    """Where one camera looks and which part of its image the model reads.

    A point of the crop goes: crop (u, v in 0..1, right and down) -> mirrored if `is_mirrored`
    -> rotated by `rotation_deg` about the crop's middle -> undistorted pixel in `crop_xyxy_px`
    -> lens -> sensor pixel. Camera axes: x right, y down, z forward. Headset axes: x to the
    wearer's left, y up, z out of the face, origin midway between the eyeball centres,
    millimetres.
    """

    width: int
    height: int
    fx: float
    fy: float
    cx: float
    cy: float
    lens: Lens = "pinhole"
    """`radtan`: OpenCV k1 k2 p1 p2 [k3]; `fisheye`: OpenCV fisheye k1 k2 k3 k4."""
    distortion: tuple[float, ...] = ()
    crop_xyxy_px: tuple[float, float, float, float]
    """Crop in undistorted pixels of the same fx, fy, cx, cy; may reach over the image."""
    rotation_deg: float = 0.0
    """Clockwise turn of the crop's content, degrees, -180..180."""
    is_mirrored: bool = False
    """True for the right eye: its crop is flipped left to right, to look like a left one."""
    headset_from_camera: tuple[tuple[float, ...], ...] = field(
        default=tuple(tuple(float(r == c) for c in range(4)) for r in range(4))
    )
    """Rigid 4x4, row by row; translation in millimetres."""

    def __post_init__(self) -> None:
        x0, y0, x1, y1 = self.crop_xyxy_px
        counts = {"pinhole": (0,), "radtan": (4, 5), "fisheye": (4,)}
        numbers = (self.fx, self.fy, self.cx, self.cy, *self.crop_xyxy_px, *self.distortion)
        rules: tuple[tuple[str, bool, str, object], ...] = (
            ("width, height", min(self.width, self.height) >= 1, ">= 1", self.size_wh),
            ("intrinsics, crop", bool(np.isfinite(numbers).all()), "finite numbers", numbers),
            ("fx, fy", min(self.fx, self.fy) > 0, "> 0", (self.fx, self.fy)),
            ("lens", self.lens in counts, f"one of {sorted(counts)}", self.lens),
            (
                "distortion",
                len(self.distortion) in counts.get(self.lens, ()),
                f"{counts.get(self.lens)} coefficients for {self.lens}",
                self.distortion,
            ),
            ("crop_xyxy_px", x0 < x1 and y0 < y1, "x0 < x1 and y0 < y1", self.crop_xyxy_px),
            ("rotation_deg", abs(self.rotation_deg) <= 180, "-180..180", self.rotation_deg),
            (
                "headset_from_camera",
                np.shape(self.headset_from_camera) == (4, 4),
                "4 rows of 4",
                np.shape(self.headset_from_camera),
            ),
        )
        for what, holds, rule, got in rules:
            if not holds:
                raise ConfigError(f"{what}: expected {rule}, got {got}")

    @property
    def size_wh(self) -> tuple[int, int]:
        """(width, height) of the sensor image in pixels."""
        return self.width, self.height


def centred_camera(width: int, height: int, *, is_mirrored: bool = False) -> CameraModel:
    """A pinhole camera of unknown rig whose crop is the largest centred square."""
    side = float(min(width, height))
    x0, y0 = (width - side) / 2, (height - side) / 2
    return CameraModel(
        width=width,
        height=height,
        fx=side,
        fy=side,
        cx=(width - 1) / 2,
        cy=(height - 1) / 2,
        crop_xyxy_px=(x0 - 0.5, y0 - 0.5, x0 + side - 0.5, y0 + side - 0.5),
        is_mirrored=is_mirrored,
    )


Rig: TypeAlias = Mapping[str, CameraModel]
"""Camera name -> its model."""


class UnitValues(Mapping[str, float]):
    """Read-only view of a value array by name: `units["jaw_drop"]`."""

    __slots__ = ("_values",)

    def __init__(self, values: Values) -> None:
        self._values = values

    def __getitem__(self, name: str) -> float:
        return float(self._values[schema.VALUE_INDEX[name]])

    def __iter__(self) -> Iterator[str]:
        return iter(schema.VALUE_NAMES)

    def __len__(self) -> int:
        return schema.VALUE_COUNT

    def __repr__(self) -> str:
        return f"UnitValues({dict(self)})"


_NEVER: Final = np.full(schema.VALUE_COUNT, -1, np.int64)


@dataclass(frozen=True, slots=True)
class FaceState:
    """The face at one capture time (A15)."""

    t_ns: int
    """Capture time of the newest frame in it, nanoseconds; never decreases."""
    values: Values
    """Weights in [0, 1] and gaze in radians; order of `schema.VALUE_NAMES`."""
    valid: NDArray[np.bool_]
    """Shape (VALUE_COUNT,). False: the model was not trained for it, or no camera has seen it
    yet; the value is then 0."""
    tracked: NDArray[np.bool_]
    """Shape (VALUE_COUNT,). False: the newest frame of the cameras that see it was of no use,
    or is too old; the value is then held, and soon fades to neutral."""
    seen_ns: NDArray[np.int64] = field(default_factory=lambda: _NEVER)
    """Shape (VALUE_COUNT,): capture time of the newest frame behind each value; -1: none."""

    @property
    def units(self) -> UnitValues:
        """The values by name."""
        return UnitValues(self.values)

    def arkit(self) -> dict[str, float]:
        """The 52 ARKit blend shapes, 0..1, in Live Link Face order; see `mien.arkit`."""
        return dict(zip(ARKIT.names, ARKIT.of(self).tolist(), strict=True))

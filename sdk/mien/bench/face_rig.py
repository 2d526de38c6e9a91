"""A headset's cameras as made-up pictures: the same work as csrc/bench/face_rig.cpp does."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from mien import schema
from mien.config import CROP_SIZE, FlowConfig
from mien.types import Bytes8, CameraModel, Gray8, Mask
from mien.vision.flow import DenseFlow
from mien.vision.motion import VALUES_PER_REGION, RegionMotion
from mien.vision.preprocess import Preprocessor
from mien.vision.smoothing import OneEuro

SENSOR_PX: Final = 400
PICTURES: Final = 8
"""Per camera, shown over and over: more than a cache holds at 4 cameras."""
FRAME_NS: Final = 11_111_111
MOST_CAMERAS: Final = 4
_RIM_SHARE: Final = 0.15
"""Of the side: moves with the headset alone."""
_SWING_PX: Final = 6.0
"""Sensor pixels that the skin moves up and down."""
_REGION_BOXES: Final = (
    (0.2, 0.2, 0.8, 0.8),
    (0.2, 0.2, 0.5, 0.4),
    (0.5, 0.2, 0.8, 0.4),
    (0.3, 0.4, 0.7, 0.6),
    (0.3, 0.6, 0.7, 0.8),
)


def camera_model(*, is_mirrored: bool = False) -> CameraModel:
    """Of an eye camera: fisheye, turned by a few degrees."""
    edge = float(SENSOR_PX - 16)
    return CameraModel(
        width=SENSOR_PX,
        height=SENSOR_PX,
        fx=SENSOR_PX,
        fy=SENSOR_PX,
        cx=(SENSOR_PX - 1) / 2,
        cy=(SENSOR_PX - 1) / 2,
        lens="fisheye",
        distortion=(-0.014, 0.0007, 0.0002, 0.0008),
        crop_xyxy_px=(15.0, 15.0, edge, edge),
        rotation_deg=7.0,
        is_mirrored=is_mirrored,
    )


def pictures(seed: int, *, has_soft_rim: bool = False) -> list[Gray8]:
    """What a camera sees: waves of several lengths whose middle moves; shape (400, 400), uint8.

    Args:
        seed: Another camera for each.
        has_soft_rim: The movement fades towards the border, as skin's does; a tracker takes the
            hard edge, which the core's benchmark has, for a torn picture.
    """
    y, x = np.mgrid[:SENSOR_PX, :SENSOR_PX].astype(np.float64)
    share = np.where(_rim(SENSOR_PX), 0.0, 1.0)
    if has_soft_rim:
        bow = np.sin(np.pi * np.arange(SENSOR_PX) / (SENSOR_PX - 1))
        share = np.outer(bow, bow)
    swing_px = [_SWING_PX * np.sin(2 * np.pi * index / PICTURES) for index in range(PICTURES)]
    return [_skin(x, y - share * moved, seed) for moved in swing_px]


def _skin(x: NDArray[np.float64], y: NDArray[np.float64], seed: int) -> Gray8:
    gray = (
        128
        + 30 * np.sin(0.061 * x + 0.023 * y + seed)
        + 24 * np.sin(0.045 * y - 0.053 * x)
        + 20 * np.sin(0.11 * y + 0.037 * x + 2 * seed)
        + 12 * np.sin(0.23 * x - 0.19 * y)
    )
    return np.asarray(np.floor(gray + 0.5), np.uint8)


def _rim(side: int) -> Mask:
    rim = int(_RIM_SHARE * side)
    is_rim = np.ones((side, side), np.bool_)
    is_rim[rim : side - rim, rim : side - rim] = False
    return is_rim


def _regions() -> list[Mask]:
    middle = (np.arange(CROP_SIZE) + 0.5) / CROP_SIZE
    return [
        ((middle > y0) & (middle < y1))[:, None] & ((middle > x0) & (middle < x1))[None, :]
        for x0, y0, x1, y1 in _REGION_BOXES
    ]


class FaceCamera:
    """One camera: its pictures, and all that the core keeps for it.

    Args:
        seed: Makes the pictures.
    """

    def __init__(self, seed: int) -> None:
        self.pictures = pictures(seed)
        self._yuyv: Bytes8 = np.stack([self.pictures[0], np.full_like(self.pictures[0], 128)], 2)
        self._preprocessor = Preprocessor(camera_model(), size=CROP_SIZE)
        self._flow = DenseFlow(CROP_SIZE, CROP_SIZE, FlowConfig())
        self._images = [self._flow.image(), self._flow.image()]
        self._motion = RegionMotion(_regions(), _rim(CROP_SIZE))
        self._crops = np.zeros((2, CROP_SIZE, CROP_SIZE), np.uint8)
        self._codes = np.zeros((CROP_SIZE, CROP_SIZE), np.int8)
        self._flow_px = np.zeros((CROP_SIZE, CROP_SIZE, 2), np.float32)
        self._confidence = np.zeros((CROP_SIZE, CROP_SIZE), np.float32)
        self._values = np.zeros((len(_REGION_BOXES), VALUES_PER_REGION), np.float32)
        self._newest = 0
        for frame in range(2):
            self.take_frame(frame)
            self._images[self._newest].set(self._crops[self._newest])

    @property
    def middle_down_px(self) -> float:
        """How far the middle of the face moved down."""
        return float(self._values[0, 1])

    def take_frame(self, frame: int) -> None:
        """Preprocess a gray picture."""
        self._preprocess(self.pictures[frame % PICTURES], is_yuyv=False)

    def take_yuyv(self) -> None:
        """Preprocess a picture with colour."""
        self._preprocess(self._yuyv, is_yuyv=True)

    def _preprocess(self, picture: Bytes8, *, is_yuyv: bool) -> None:
        self._newest = 1 - self._newest
        self._preprocessor.run(
            picture,
            pixel_format="yuyv" if is_yuyv else "gray8",
            out_gray=self._crops[self._newest],
            out_quant=self._codes,
        )

    def whole_flow(self) -> None:
        """Flow of the last crop and the one before, from nothing."""
        newest = self._newest
        self._flow.run(
            self._crops[1 - newest],
            self._crops[newest],
            out_flow=self._flow_px,
            out_confidence=self._confidence,
        )

    def next_flow(self) -> None:
        """The same, as the frame loop does it: the crop before is ready."""
        newest = self._newest
        self._images[newest].set(self._crops[newest])
        self._flow.between(
            self._images[1 - newest],
            self._images[newest],
            out_flow=self._flow_px,
            out_confidence=self._confidence,
        )

    def motion(self) -> None:
        """Slip and movement of five regions, from the last flow."""
        self._motion.run(self._flow_px, self._confidence, out=self._values)


class FaceRig:
    """Several cameras and the smoothing of the values.

    Args:
        cameras: How many, 1..4.
    """

    def __init__(self, cameras: int) -> None:
        self.cameras = [FaceCamera(seed) for seed in range(cameras)]
        self._filter = OneEuro(schema.VALUE_COUNT)
        self._values = np.zeros(schema.VALUE_COUNT, np.float32)
        self._frame = 0

    def next_frame(self) -> int:
        """The number of the next frame."""
        self._frame += 1
        return self._frame

    def step(self, cameras: int) -> None:
        """All that a frame of the first `cameras` cameras goes through, but for the networks."""
        frame = self.next_frame()
        for index, camera in enumerate(self.cameras[:cameras]):
            camera.take_frame(frame)
            camera.next_flow()
            camera.motion()
            self._values[index] = camera.middle_down_px
        self.smooth()

    def smooth(self) -> None:
        """The One Euro filter over all values."""
        self._filter.step(self._values, self.next_frame() * FRAME_NS, out=self._values)

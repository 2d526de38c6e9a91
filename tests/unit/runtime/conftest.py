"""A network whose outputs can be worked out by hand, and frames that make it say something."""

from __future__ import annotations

from pathlib import Path
from types import MappingProxyType

import numpy as np
import pytest

from mien import schema
from mien.config import PreprocessConfig
from mien.runtime.model_file import ModelInfo
from mien.types import Frame, centred_camera

SIZE = 96
STEP_NS = 16_666_667
TINY = Path(__file__).with_name("tiny_model.tflite")


class ProbeModel:
    """Yaw and the mouth's sides tell in which half of the crop the dark disc lies."""

    def __init__(self, trained=schema.VALUE_NAMES, fusion=None):
        self.info = ModelInfo(
            path=Path("probe"),
            trained=tuple(trained),
            preprocess=PreprocessConfig(),
            fusion=MappingProxyType(fusion or {}),
            training=MappingProxyType({}),
            metrics=MappingProxyType({}),
            body_bytes=0,
            signatures=MappingProxyType({"eye": ("units",), "mouth": ("units",)}),
        )

    def beside_units(self, _kind, _output):
        return None

    def eye(self, quant, _neutral=None, *, out):
        out[:] = 0.3
        out[schema.EYE_OUTPUTS.index("gaze_yaw")] = 0.75 if is_dark_right(quant) else 0.25
        out[schema.EYE_OUTPUTS.index("gaze_pitch")] = 0.75
        return out

    def mouth(self, quant, _neutral=None, *, out):
        for index, name in enumerate(schema.MOUTH_OUTPUTS):
            out[index] = 0.9 if name.endswith("_left") == is_dark_right(quant) else 0.1
        return out


def is_dark_right(quant: np.ndarray) -> bool:
    """Whether the dark disc lies in the right half of the crop."""
    is_dark = quant < -16
    return int(is_dark[:, 64:].sum()) > int(is_dark[:, :64].sum())


def picture(dark_at: float, *, size: int = SIZE) -> np.ndarray:
    """A bright image with a dark disc; `dark_at` is its middle, a share of the width."""
    y, x = np.mgrid[:size, :size] / size
    return np.where(np.hypot(x - dark_at, y - 0.5) < 0.15, 40, 180).astype(np.uint8)


def noisy(image: np.ndarray, *, seed) -> np.ndarray:
    """The image as a sensor gives it: never twice the same."""
    return image + np.random.default_rng(seed).integers(0, 4, image.shape, np.uint8)


RIG = {
    "eye_left": centred_camera(SIZE, SIZE),
    "eye_right": centred_camera(SIZE, SIZE, is_mirrored=True),
    "mouth": centred_camera(SIZE, SIZE),
}


def frames_of(cameras=schema.CAMERAS, *, count=6, dark_at=0.75, start_ns=1_000):
    """`count` groups of frames, cameras 1 ms apart."""
    return [
        Frame(
            camera,
            start_ns + k * STEP_NS + skew * 1_000_000,
            noisy(picture(dark_at), seed=(start_ns, k, skew)),
        )
        for k in range(count)
        for skew, camera in enumerate(cameras)
    ]


class ListSource:
    """Frames exactly as given; raises `error` after them if there is one."""

    def __init__(self, frames, rig=None, *, error=None):
        self.frames, self.rig, self.error = frames, rig or RIG, error

    def __iter__(self):
        yield from self.frames
        if self.error is not None:
            raise self.error


@pytest.fixture(scope="session")
def tiny_model_path() -> Path:
    return TINY


@pytest.fixture
def bench():
    """The parts above, for tests in this folder."""

    class Bench:
        probe = ProbeModel
        rig = RIG
        step_ns = STEP_NS
        size = SIZE
        source = ListSource
        picture = staticmethod(picture)
        noisy = staticmethod(noisy)
        frames = staticmethod(frames_of)

    return Bench

"""One camera's way from a frame to the network's raw outputs."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mien import schema
from mien.config import CROP_SIZE, FlowConfig
from mien.errors import FrameError
from mien.runtime.model import Model
from mien.runtime.motion import SlipWatch
from mien.runtime.neutral import NeutralCrop
from mien.runtime.stages import StageTimes
from mien.types import CameraModel, Frame, Gray8
from mien.vision.preprocess import Preprocessor


class CameraPath:
    """Preprocess, slip and network of one camera; its buffers are made once."""

    def __init__(
        self, name: str, camera: CameraModel, *, model: Model, flow: FlowConfig, times: StageTimes
    ) -> None:
        self.name = name
        self.camera = camera
        self._preprocessor = Preprocessor(camera, model.info.preprocess, size=CROP_SIZE)
        self._slip_watch = SlipWatch(name, flow, times=times)
        self._times = times
        is_mouth = name == schema.MOUTH_CAMERA
        self._network = model.mouth if is_mouth else model.eye
        outputs = schema.MOUTH_OUTPUTS if is_mouth else schema.EYE_OUTPUTS
        self._raw = np.zeros(len(outputs), np.float32)
        self._neutral = NeutralCrop()
        self._quant = np.zeros((CROP_SIZE, CROP_SIZE), np.int8)
        self._crop = np.zeros((CROP_SIZE, CROP_SIZE), np.uint8)
        self._last_ns = 0

    @property
    def crop(self) -> Gray8:
        """Gray crop of the last frame, shape (CROP_SIZE, CROP_SIZE); overwritten by the next."""
        return self._crop

    @property
    def slip_watch(self) -> SlipWatch:
        """Flow and shift up to the last frame."""
        return self._slip_watch

    def run(self, frame: Frame) -> NDArray[np.float32]:
        """Raw outputs for a frame, in [0, 1]; reused by the next call.

        Raises:
            FrameError: If the core refuses the image.
        """
        self._times.start()
        gray = frame.gray if frame.gray.flags.c_contiguous else np.ascontiguousarray(frame.gray)
        self._preprocessor.run(gray, out_gray=self._crop, out_quant=self._quant)
        self._times.lap("preprocess")
        self._slip_watch.run(self._crop, elapsed_ns=abs(frame.t_ns - self._last_ns))
        self._last_ns = frame.t_ns
        self._neutral.see(self._quant, t_ns=frame.t_ns)
        raw = self._network(self._quant, self._neutral.crop, out=self._raw)
        self._times.lap("model")
        return raw

    def forget_neutral(self) -> None:
        """The headset has slipped: seek the neutral crop anew."""
        self._neutral.forget()


def require_image(gray: object, camera: CameraModel) -> None:
    """Raise `FrameError` unless `gray` is a (height, width) uint8 image of this camera."""
    expected = f"({camera.height}, {camera.width}) uint8"
    if not isinstance(gray, np.ndarray):
        raise FrameError(f"image: expected {expected}, got {type(gray).__name__}")
    if gray.dtype != np.uint8 or gray.shape != (camera.height, camera.width):
        raise FrameError(
            f"image: expected {expected}, got {gray.shape} {gray.dtype}; "
            "reopen the source with the rig of this resolution"
        )

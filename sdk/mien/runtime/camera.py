"""One camera's way from a frame to the values it sees; it knows nothing of the other cameras."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mien import schema
from mien.config import CROP_SIZE, TrackerConfig
from mien.errors import FrameError
from mien.runtime.fallback import Fallback
from mien.runtime.faults import Fault, size_fault
from mien.runtime.fusion import route
from mien.runtime.gate import RestGate
from mien.runtime.image_check import ImageCheck
from mien.runtime.model import Model
from mien.runtime.motion import SlipWatch
from mien.runtime.neutral import NeutralCrop
from mien.runtime.profile import CameraProfile
from mien.runtime.recalibration import Recalibration
from mien.runtime.stages import StageTimes
from mien.types import CameraModel, Frame, Gray8, Quant8
from mien.vision.preprocess import Preprocessor
from mien.vision.smoothing import OneEuro


class CameraPath:
    """Preprocess, slip, network, recalibration and smoothing of one camera.

    Its buffers are made once. What it says depends on its own frames and their times alone,
    and on when the headset slipped.
    """

    def __init__(
        self,
        name: str,
        camera: CameraModel,
        *,
        model: Model,
        config: TrackerConfig,
        times: StageTimes,
    ) -> None:
        self.name = name
        self.camera = camera
        self._preprocessor = Preprocessor(camera, model.info.preprocess, size=CROP_SIZE)
        self._image_check = ImageCheck(camera)
        self._slip_watch = SlipWatch(name, config.flow, times=times)
        self._times = times
        self._model = model
        self.kind: schema.CameraKind = "mouth" if name == schema.MOUTH_CAMERA else "eye"
        self._network = model.mouth if self.kind == "mouth" else model.eye
        self._is_guessing = self.kind == "eye" and Fallback(model.info.heads).is_known
        self._route = route(name)
        width = len(self._route.names)
        self.values: NDArray[np.float32] = np.zeros(width, np.float32)
        """What the last usable frame says, in the order of `route(name)`; overwritten."""
        self.said: NDArray[np.float32] = np.zeros(width, np.float32)
        """What the network says, before anything is known of the wearer; same order."""
        self.guess: NDArray[np.float32] | None = None
        """What an eye guesses of the lower face, `schema.FALLBACK_OUTPUTS`, 0..1; None: nothing."""
        self.feature: NDArray[np.float32] | None = None
        """What the emotion is read from; None: the model has no such output."""
        self.confidence = 1.0
        """Share of the crop that nothing hides, by the network's attention, 0..1 (E5)."""
        self._profile: CameraProfile | None = None
        self.inferences = 0
        """How often the network has looked."""
        self._neutral = NeutralCrop()
        self._gate = RestGate()
        self._is_gated = config.is_gated
        self._is_adaptive = config.is_adaptive
        self._recalibration = Recalibration(self._route.names)
        self._smoothing = OneEuro(width, config.smoothing)
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

    def run(self, frame: Frame) -> Fault | None:
        """Bring `values` up to a frame; if it is of no use they stay, and the fault is told."""
        self._times.start()
        fault = (
            size_fault(frame.gray, self.camera)
            or self._crop_of(frame.gray)
            or self._image_check.fault(frame.gray, self._crop)
        )
        self._times.lap("preprocess")
        if fault is not None:
            return fault
        self._slip_watch.run(self._crop, elapsed_ns=abs(frame.t_ns - self._last_ns))
        self._last_ns = frame.t_ns
        self._look(frame.t_ns)
        self._times.lap("model")
        self._finish(frame.t_ns)
        self._times.lap("profile")
        return None

    def _look(self, t_ns: int) -> None:
        if self._neutral.see(self._quant, t_ns=t_ns):
            self._gate.forget()
        if self._gate.must_look(self._quant, t_ns=t_ns) or not self._is_gated:
            self._network(self._quant, self._neutral.crop, out=self.said)
            self.said *= self._route.gain
            self.said += self._route.offset
            self._look_beside()
            self.inferences += 1

    def _look_beside(self) -> None:
        attention = self._model.beside_units(self.kind, "attention")
        if attention is not None:
            self.confidence = float(attention.mean())
        self.feature = self._model.beside_units(self.kind, "feature")
        if self._is_guessing:
            self.guess = self._model.beside_units("eye", "fallback")

    @property
    def neutral_crop(self) -> Quant8 | None:
        """The crop at rest that the network compares with; overwritten by a better one."""
        return self._neutral.crop

    @property
    def is_neutral_found(self) -> bool:
        """True once `neutral_crop` was chosen among the crops of this run."""
        return self._neutral.is_found

    def use(self, profile: CameraProfile | None) -> None:
        """Take what the network says as an enrolment taught; None: as it says it."""
        self._profile = profile
        if profile is not None and self._neutral.crop is None:
            self._neutral.begin(profile.neutral)

    def note_slip(self) -> None:
        """The headset has slipped: seek the neutral anew, crop and values."""
        self._neutral.forget()
        self._gate.forget()
        self._recalibration.reread()

    def forget_time(self) -> None:
        """The camera's clock starts anew."""
        self._smoothing.reset()

    def _crop_of(self, gray: Gray8) -> Fault | None:
        whole = gray if gray.flags.c_contiguous else np.ascontiguousarray(gray)
        try:
            self._preprocessor.run(whole, out_gray=self._crop, out_quant=self._quant)
        except (FrameError, TypeError) as exc:
            return Fault("refused", str(exc))
        return None

    def _finish(self, t_ns: int) -> None:
        if self._profile is None:
            np.copyto(self.values, self.said)
        else:
            np.multiply(self._profile.gain, self.said, out=self.values)
            self.values += self._profile.offset
            np.clip(self.values, self._route.low, self._route.high, out=self.values)
        if self._is_adaptive:
            self._recalibration.run(self.values, t_ns=t_ns)
        self._smoothing.step(self.values, t_ns, out=self.values)

"""What the networks get to see of a session: the very pairs of crops that the tracker shows them.

Each camera's crop comes with the neutral crop that the tracker had chosen by then, slips of the
headset included, so that what is learnt or measured here is what the device will meet. Faults of
cameras are not looked for: this reads recordings.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from mien.capture.session import Session
from mien.capture.sources import open_source
from mien.config import CROP_SIZE, FlowConfig, PreprocessConfig
from mien.runtime.fit import FitWatch
from mien.runtime.motion import SlipWatch
from mien.runtime.neutral import NeutralCrop
from mien.runtime.stages import StageTimes
from mien.train.augment import real_values
from mien.train.network import Encoder
from mien.train.targets import Rows
from mien.types import Frame, Gray8, Quant8
from mien.vision.preprocess import Preprocessor

_BATCH = 128


@dataclass(frozen=True, slots=True)
class Sight:
    """What one camera's network gets to see, frame by frame."""

    t_ns: NDArray[np.int64]
    """Shape (N,), capture times."""
    crops: NDArray[np.int8]
    """Shape (N, 128, 128), int8."""
    neutrals: NDArray[np.int8]
    """Shape (M, 128, 128), int8: the neutral crops that were chosen, one after the other."""
    neutral: NDArray[np.intp]
    """Shape (N,), which of them stood beside each crop."""
    slipped: NDArray[np.bool_]
    """Shape (N,): the headset was found to have slipped since the frame before."""
    gray: NDArray[np.uint8]
    """Shape (N, 128, 128), uint8: the crops as the labeller reads them."""

    def where(self, rows: NDArray[np.bool_]) -> Sight:
        """Some of the frames."""
        return Sight(
            self.t_ns[rows],
            self.crops[rows],
            self.neutrals,
            self.neutral[rows],
            self.slipped[rows],
            self.gray[rows],
        )

    def pairs(self, rows: NDArray[np.intp], *, unknown_code: int | None = None) -> NDArray[np.int8]:
        """Crops beside their neutrals, shape (len(rows), 2, 128, 128), int8.

        Args:
            rows: Which frames.
            unknown_code: Code that stands for an unknown neutral, to show none; None: show them.
        """
        pairs = np.empty((len(rows), 2, CROP_SIZE, CROP_SIZE), np.int8)
        pairs[:, 0] = self.crops[rows]
        pairs[:, 1] = self.neutrals[self.neutral[rows]] if unknown_code is None else unknown_code
        return pairs


def see_session(
    session: Session, preprocess: PreprocessConfig, *, end_ns: int | None = None
) -> dict[str, Sight]:
    """Camera name -> what its network would see if the tracker ran.

    Args:
        session: A recording.
        preprocess: How crops are made for the network.
        end_ns: Capture time at which reading ends; None: all is read.

    Raises:
        SessionError: If the session cannot be read.
    """
    eyes, fit = {name: _Eye(name, session, preprocess) for name in session.cameras}, FitWatch()
    with open_source(session.path) as source:
        for frame in source:
            if end_ns is not None and frame.t_ns >= end_ns:
                break
            eyes[frame.camera].see(frame)
            heard = [eye for eye in eyes.values() if eye.t_ns]
            if fit.must_reread([eye.watch for eye in heard], t_ns=frame.t_ns):
                for eye in heard:
                    eye.forget()
    return {name: eye.sight() for name, eye in eyes.items() if eye.t_ns}


@dataclass(slots=True)
class _Notes:
    crops: list[Quant8] = field(default_factory=list)
    neutrals: list[Quant8] = field(default_factory=list)
    neutral: list[int] = field(default_factory=list)
    slipped: list[bool] = field(default_factory=list)
    gray: list[Gray8] = field(default_factory=list)


class _Eye:
    """One camera on its way through a session."""

    def __init__(self, name: str, session: Session, preprocess: PreprocessConfig) -> None:
        self.watch = SlipWatch(name, FlowConfig(), times=StageTimes(None))
        self.t_ns: list[int] = []
        self._preprocessor = Preprocessor(session.rig[name], preprocess)
        self._neutral = NeutralCrop()
        self._notes = _Notes()
        self._has_slipped = False

    def see(self, frame: Frame) -> None:
        crop = self._preprocessor.run(frame.gray)
        elapsed_ns = frame.t_ns - self.t_ns[-1] if self.t_ns else 0
        self.watch.run(crop.gray, elapsed_ns=elapsed_ns)
        notes, is_new = self._notes, self._neutral.see(crop.quant, t_ns=frame.t_ns)
        if is_new and self._neutral.crop is not None:
            notes.neutrals.append(self._neutral.crop.copy())
        self.t_ns.append(frame.t_ns)
        notes.crops.append(crop.quant.copy())
        notes.neutral.append(len(notes.neutrals) - 1)
        notes.slipped.append(self._has_slipped)
        notes.gray.append(crop.gray.copy())
        self._has_slipped = False

    def forget(self) -> None:
        self._neutral.forget()
        self._has_slipped = True

    def sight(self) -> Sight:
        notes = self._notes
        return Sight(
            np.array(self.t_ns, np.int64),
            np.array(notes.crops),
            np.array(notes.neutrals),
            np.array(notes.neutral, np.intp),
            np.array(notes.slipped, np.bool_),
            np.array(notes.gray),
        )


def blind_outputs(network: Encoder, sight: Sight, preprocess: PreprocessConfig) -> Rows:
    """Outputs for every frame as if no neutral were known, shape (N, U), float32, 0..1."""
    batches = _inputs(sight, preprocess, unknown_code=preprocess.zero_point)
    network.eval()
    with torch.inference_mode():
        rows: Rows = torch.cat([network(x_BCHW) for x_BCHW in batches]).numpy()
    return rows


def coarse_maps(network: Encoder, sight: Sight, preprocess: PreprocessConfig) -> Tensor:
    """What the last block of a network is given, frame by frame, shape (N, C, 8, 8), float16."""
    network.eval()
    with torch.inference_mode():
        found = [network.maps(x_BCHW).coarse.half() for x_BCHW in _inputs(sight, preprocess)]
    # What is made in inference mode cannot be learnt from; a copy can.
    return torch.cat(found).clone()


def _inputs(
    sight: Sight, preprocess: PreprocessConfig, *, unknown_code: int | None = None
) -> Iterator[Tensor]:
    for first in range(0, len(sight.t_ns), _BATCH):
        rows = np.arange(first, min(first + _BATCH, len(sight.t_ns)))
        x_BCHW = real_values(sight.pairs(rows, unknown_code=unknown_code), preprocess)
        yield x_BCHW.contiguous(memory_format=torch.channels_last)

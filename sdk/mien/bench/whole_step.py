"""The tracker on made-up cameras: all that a frame costs, networks included."""

from __future__ import annotations

from itertools import chain
from pathlib import Path
from typing import Final

import numpy as np

from mien import schema
from mien.bench.face_rig import FRAME_NS, PICTURES, camera_model, pictures
from mien.config import CROP_SIZE, TrackerConfig
from mien.errors import MienError
from mien.runtime.model import Model
from mien.runtime.tracker import Tracker
from mien.types import Frame

CAMERAS: Final = (*schema.CAMERAS, schema.MOUTH_CAMERA)
"""The first one alone, both eyes, and the mouth; the fourth is a second camera of the mouth."""
_PER_TRACKER: Final = len(schema.CAMERAS)


class WholeStep:
    """One face state per camera frame; a fourth camera has a tracker of its own.

    The network looks at every frame, as while a face moves all the time: at rest a step is cheaper.

    Args:
        model: Model file; None is the shipped one.
        cameras: The most that will be stepped, 1..4.

    Raises:
        ModelError: If the model file cannot be used.
    """

    def __init__(self, model: Path | None, cameras: int) -> None:
        self._model = Model.load(model)
        self._pictures = [pictures(seed, has_soft_rim=True) for seed in range(cameras)]
        self._codes = np.random.default_rng(0).integers(-60, 60, (2, CROP_SIZE, CROP_SIZE), np.int8)
        self._trackers = {
            count: [self._tracker(names) for names in _names(count)]
            for count in range(1, cameras + 1)
        }
        self._frames = dict.fromkeys(self._trackers, 0)

    def _tracker(self, names: tuple[str, ...]) -> Tracker:
        tracker = Tracker.load(self._model, config=TrackerConfig(is_gated=False))
        tracker.start({name: camera_model(is_mirrored=name == "eye_right") for name in names})
        return tracker

    @property
    def model_path(self) -> Path:
        """The model file in use."""
        return self._model.info.path

    def eye_network(self) -> None:
        """The eye network on a crop and a neutral one."""
        self._model.eye(self._codes[0], self._codes[1])

    def mouth_network(self) -> None:
        """The mouth network on a crop and a neutral one."""
        self._model.mouth(self._codes[0], self._codes[1])

    def step(self, cameras: int) -> None:
        """A frame of each of `cameras` cameras, on a headset that has no more."""
        number = self._frames[cameras] = self._frames[cameras] + 1
        t_ns, trackers = number * FRAME_NS, self._trackers[cameras]
        for index in range(cameras):
            frame = Frame(CAMERAS[index], t_ns, self._pictures[index][number % PICTURES])
            trackers[index // _PER_TRACKER].step(frame)

    def require_used(self) -> None:
        """Raise unless every frame so far gave a state: refused frames cost next to nothing.

        Raises:
            MienError: If one was refused.
        """
        for tracker in chain.from_iterable(self._trackers.values()):
            for name, camera in tracker.health.cameras.items():
                if camera.bad_frames:
                    raise MienError(
                        f"{name}: expected every made-up frame to be used, got "
                        f"{camera.bad_frames} refused, last: {camera.last_reason}"
                    )


def _names(cameras: int) -> list[tuple[str, ...]]:
    """The cameras of each tracker."""
    used = CAMERAS[:cameras]
    return [used[at : at + _PER_TRACKER] for at in range(0, cameras, _PER_TRACKER)]

"""A process that reads one session and labels it when told, for `bench.label_speed`."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from mien.capture.session import open_session
from mien.train import label_curves, label_tracks, labeller
from mien.train.label_config import LabelConfig


@dataclass(frozen=True, slots=True)
class Spent:
    """What one command took."""

    frames: int
    """Camera frames."""
    processor_s: float
    wall_s: float
    stages_s: dict[str, float]
    """Processor time of parts of it, by name."""


STAGES = {
    "neutral key frames": (label_tracks, "key_frame"),
    "following the skin": (label_tracks.Follower, "follow"),
    "reference regions": (label_curves, "find_references"),
    "lids and gaze": (label_curves, "measure_eye"),
    "regions and curves": (labeller, "measure_camera"),
    "units that move together": (labeller, "read_mixtures"),
    "blending": (labeller, "blend"),
    "rows": (labeller, "label_rows"),
}
"""Name of a part -> the function that does it, where its caller finds it."""
INNER = {
    "following the skin": ("neutral key frames",),
    "regions and curves": ("reference regions", "lids and gaze"),
}
"""Parts within parts: a part's time is given without them."""


class Worker:
    """Holds one session's crops."""

    def __init__(self, path: Path) -> None:
        self._session = open_session(path)
        self._cues = self._session.cues()
        self._views: dict[str, label_tracks.CameraCrops] = {}
        self._stages_s: dict[str, float] = {}
        for name, (owner, function) in STAGES.items():
            self._watch(owner, function, name)

    def read(self) -> Spent:
        """Decode the session's video and bring it to crops."""
        return self._spend(self._read)

    def label(self) -> Spent:
        """Label the crops."""
        return self._spend(self._label)

    def _read(self) -> None:
        self._views = {
            camera: labeller.read_crops(self._session, camera) for camera in self._session.cameras
        }

    def _label(self) -> None:
        labeller.label_crops("bench", self._views, self._cues, config=LabelConfig())

    def _spend(self, work: Callable[[], None]) -> Spent:
        self._stages_s = {}
        wall_s, processor_s = time.perf_counter(), time.process_time()
        work()
        processor_s, wall_s = time.process_time() - processor_s, time.perf_counter() - wall_s
        own = {
            name: spent - sum(self._stages_s.get(part, 0.0) for part in INNER.get(name, ()))
            for name, spent in self._stages_s.items()
        }
        frames = sum(len(view.t_ns) for view in self._views.values())
        return Spent(frames, processor_s, wall_s, own)

    def _watch(self, owner: Any, function: str, name: str) -> None:  # noqa: ANN401
        """Count the processor time of a function, found in its module or class, from now on."""
        original: Callable[..., Any] = getattr(owner, function)

        def timed(*given: Any, **named: Any) -> Any:  # noqa: ANN401 - whatever it takes
            start = time.process_time()
            try:
                return original(*given, **named)
            finally:
                spent = time.process_time() - start
                self._stages_s[name] = self._stages_s.get(name, 0.0) + spent

        setattr(owner, function, timed)


def serve(path: Path, commands: Connection) -> None:
    """Do what is asked for, one word at a time, until the other side closes."""
    worker = Worker(path)
    try:
        while True:
            commands.send(getattr(worker, commands.recv())())
    except EOFError:
        return

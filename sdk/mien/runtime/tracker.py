"""The frame loop: frames of up to three cameras in, face states out."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from mien import schema
from mien.config import TrackerConfig
from mien.errors import ConfigError, FrameError
from mien.runtime.camera import CameraPath, require_image
from mien.runtime.capture_clock import CaptureClock
from mien.runtime.fusion import Fusion
from mien.runtime.grouping import Grouping
from mien.runtime.health import CameraHealth, Health
from mien.runtime.model import Model
from mien.runtime.motion import has_slipped
from mien.runtime.profile import Recalibration
from mien.runtime.stages import StageTimes
from mien.types import FaceState, Frame, Rig, Values
from mien.vision.smoothing import OneEuro

_LOG = logging.getLogger("mien")
_NS_PER_MS = 1_000_000


class TrackableSource(Protocol):
    """What `Tracker.track` needs of a source."""

    @property
    def rig(self) -> Rig:
        """Camera name -> its model."""

    def __iter__(self) -> Iterator[Frame]:
        """Frames in order of capture time."""


class Tracker:
    """Turns camera frames into face states.

    A bad frame is counted, skipped and reported; the loop goes on. A camera may be missing,
    fall silent and come back at any time. Not to be shared between threads.

    Example:
        >>> with Tracker.load() as tracker, open_source("session") as source:  # doctest: +SKIP
        ...     for state in tracker.track(source):
        ...         print(state.t_ns, state.units["jaw_drop"])
    """

    def __init__(
        self,
        model: Model,
        *,
        config: TrackerConfig | None = None,
        clock_ns: Callable[[], int] | None = None,
    ) -> None:
        """Make a tracker of a loaded model.

        Args:
            model: The network.
            config: Settings of the loop.
            clock_ns: Only to measure stages, see `timings`; the values do not depend on it.
        """
        self.model = model
        self.config = config or TrackerConfig()
        self.timings = StageTimes(clock_ns)
        self.paths: dict[str, CameraPath] = {}
        self.start({})

    @classmethod
    def load(
        cls,
        model: str | Path | Model | None = None,
        *,
        config: TrackerConfig | None = None,
        clock_ns: Callable[[], int] | None = None,
    ) -> Tracker:
        """Make a tracker of a model file; None is the one that ships with the package.

        Raises:
            ModelError: If the model file cannot be used; the message says why.
        """
        settings = config or TrackerConfig()
        if not isinstance(model, Model):
            model = Model.load(model, threads=settings.threads)
        return cls(model, config=settings, clock_ns=clock_ns)

    def __enter__(self) -> Tracker:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let the buffers go. Closing twice is fine."""
        self.paths.clear()

    def start(self, rig: Rig) -> None:
        """Begin anew with these cameras: no past, neutral unread, health at zero.

        Raises:
            ConfigError: If the rig names a camera that mien does not know.
        """
        unknown = sorted(set(rig) - set(schema.CAMERAS))
        if unknown:
            raise ConfigError(f"rig: expected cameras of {schema.CAMERAS}, got {unknown}")
        info, hold_ns = self.model.info, round(self.config.max_hold_ms * _NS_PER_MS)
        self.health = Health(cameras={name: CameraHealth() for name in rig})
        self.paths = {name: self._path(name, rig) for name in rig}
        self._fusion = Fusion(info.fusion, info.trained, hold_ns=hold_ns)
        self._recalibration = Recalibration()
        self._smoothing = OneEuro(schema.VALUE_COUNT, self.config.smoothing)
        self._grouping = Grouping(skew_ns=round(self.config.max_skew_ms * _NS_PER_MS))
        self._hold_ns = hold_ns
        self._clocks = {name: CaptureClock() for name in rig}
        self._t_ns: int | None = None

    def track(self, source: TrackableSource) -> Iterator[FaceState]:
        """Yield a face state per group of frames, until the source ends.

        If the source fails midway, the frames so far still give their state, the error is
        logged and stands in `health.source_error`, and the iteration ends.
        """
        self.start(source.rig)
        for frame in self._frames(source):
            for group in self._admit(frame):
                yield from self._states(group)
        yield from self._states(self._grouping.flush())

    def step(self, frames: Iterable[Frame]) -> FaceState | None:
        """Push style: one state of frames that belong together; call `start(rig)` first.

        Returns:
            The state, or None if no frame could be used or none is newer than the last state.
        """
        return self._step([frame for frame in frames if self._is_admitted(frame)])

    def _path(self, name: str, rig: Rig) -> CameraPath:
        return CameraPath(
            name, rig[name], model=self.model, flow=self.config.flow, times=self.timings
        )

    def _frames(self, source: TrackableSource) -> Iterator[Frame]:
        try:
            yield from source
        except Exception as exc:  # noqa: BLE001 - drivers raise anything
            self.health.source_error = f"{type(exc).__name__}: {exc}"
            _LOG.error("source stopped early: %s", self.health.source_error)

    def _admit(self, frame: Frame) -> list[list[Frame]]:
        expected = frozenset(name for name, c in self.health.cameras.items() if not c.is_silent)
        if self._is_admitted(frame):
            return self._grouping.push(frame, expected=expected)
        return self._grouping.miss(getattr(frame, "camera", ""), expected=expected)

    def _is_admitted(self, frame: Frame) -> bool:
        try:
            self._require_usable(frame)
        except FrameError as exc:
            self.health.count_bad(str(getattr(frame, "camera", "unknown")), str(exc))
            return False
        if self._clocks[frame.camera].has_restarted:
            self._forget_time(frame.camera)
        return True

    def _require_usable(self, frame: Frame) -> None:
        if not isinstance(frame, Frame):
            raise FrameError(f"frame: expected a Frame, got {type(frame).__name__}")
        if frame.camera not in self.paths:
            raise FrameError(f"camera: expected one of {sorted(self.paths)}, got {frame.camera!r}")
        if isinstance(frame.t_ns, bool) or not isinstance(frame.t_ns, int | np.integer):
            raise FrameError(f"t_ns: expected an integer, got {frame.t_ns!r}")
        require_image(frame.gray, self.paths[frame.camera].camera)
        fault = self._clocks[frame.camera].fault(int(frame.t_ns))
        if fault:
            raise FrameError(fault)

    def _forget_time(self, camera: str) -> None:
        self.health.report(f"{camera}: capture times start anew; tracking goes on with them")
        self._smoothing = OneEuro(schema.VALUE_COUNT, self.config.smoothing)
        self._t_ns = None

    def _states(self, group: list[Frame]) -> Iterator[FaceState]:
        state = self._step(group)
        if state is not None:
            yield state

    def _step(self, group: list[Frame]) -> FaceState | None:
        outputs = {frame.camera: self._outputs(frame) for frame in group}
        raw = {camera: given for camera, given in outputs.items() if given is not None}
        if not raw:
            return None
        newest_ns = max(int(frame.t_ns) for frame in group if frame.camera in raw)
        is_late = self._t_ns is not None and newest_ns <= self._t_ns
        t_ns = self._t_ns if is_late and self._t_ns is not None else newest_ns
        self._watch_slip()
        self.timings.start()
        values = self._fusion.run(raw, t_ns=t_ns)
        if is_late:
            # It counts for the next state, but time does not run backwards.
            return None
        state = self._state(values.copy(), t_ns=t_ns, cameras=frozenset(raw))
        self.timings.lap("fusion")
        self.timings.end_step()
        return state

    def _outputs(self, frame: Frame) -> NDArray[np.float32] | None:
        try:
            raw = self.paths[frame.camera].run(frame)
        except (FrameError, TypeError) as exc:
            self.health.count_bad(frame.camera, str(exc))
            return None
        health = self.health.cameras[frame.camera]
        health.frames += 1
        health.last_t_ns = int(frame.t_ns)
        return raw

    def _watch_slip(self) -> None:
        cameras = [name for name, camera in self.health.cameras.items() if camera.is_heard]
        if has_slipped([self.paths[name].slip_watch for name in cameras]):
            self.health.slips += 1
            for name in cameras:
                self._recalibration.reread(self._fusion.columns(name))
                self.paths[name].forget_neutral()

    def _state(self, values: Values, *, t_ns: int, cameras: frozenset[str]) -> FaceState:
        tracked = self._fusion.tracked(cameras)
        if self.config.is_adaptive:
            self._recalibration.run(values, t_ns=t_ns, tracked=tracked)
        smooth = self._smoothing.step(values, t_ns)
        self._t_ns = t_ns
        self.health.states += 1
        self.health.note_silence(t_ns=t_ns, hold_ns=self._hold_ns)
        return FaceState(t_ns=t_ns, values=smooth, valid=self._fusion.valid(), tracked=tracked)

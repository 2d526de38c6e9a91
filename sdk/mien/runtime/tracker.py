"""The frame loop: frames of up to three cameras in, a face state out for each."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Protocol

from mien import schema
from mien.capture.cues import Cue
from mien.capture.frame_source import FrameSource
from mien.capture.newest_source import NewestSource
from mien.config import TrackerConfig
from mien.errors import ConfigError
from mien.runtime.camera import CameraPath
from mien.runtime.capture_clock import CaptureClock
from mien.runtime.enrolment import Enrolment, EnrolmentReport
from mien.runtime.fallback import Fallback
from mien.runtime.faults import Fault, frame_fault
from mien.runtime.felt import felt_emotion
from mien.runtime.fusion import Fusion
from mien.runtime.health import CameraHealth, Health
from mien.runtime.identity import CropIdentity, Identity, recognise
from mien.runtime.model import Model
from mien.runtime.profile import Profile
from mien.runtime.stages import StageTimes
from mien.types import FaceState, Frame, Rig

_LOG = logging.getLogger("mien")
_NS_PER_MS = 1_000_000


class TrackableSource(Protocol):
    """What `Tracker.track` needs of a source."""

    @property
    def rig(self) -> Rig:
        """Camera name -> its model."""

    def __iter__(self) -> Iterator[Frame]:
        """Frames as they come; in order of capture time per camera."""


class Tracker:
    """Turns camera frames into face states.

    Each frame is worked on when it comes, and nobody waits for another camera. What comes out
    depends on the frames, their order and their times alone: a replay gives the same bits. A
    bad frame is counted, skipped and reported; the loop goes on. A camera may be missing,
    fall silent and come back at any time. Not to be shared between threads, but for `cancel`.

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
        self.profile: Profile | None = None
        """The wearer's calibration; see `use` and `enrol`."""
        self.enrolment: EnrolmentReport | None = None
        """How the last enrolment went; None while one runs, and if it was cancelled."""
        self.identity: Identity = CropIdentity()
        """What tells wearers apart for `choose`; another one may be put here."""
        self._choices: tuple[Profile, ...] | None = None
        self._live: NewestSource | None = None
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
        self.cancel()
        self.paths.clear()

    def start(self, rig: Rig) -> None:
        """Begin anew with these cameras: no past, neutral unread, health at zero.

        Raises:
            ConfigError: If the rig names a camera that mien does not know.
        """
        unknown = sorted(set(rig) - set(schema.CAMERAS))
        if unknown:
            raise ConfigError(f"rig: expected cameras of {schema.CAMERAS}, got {unknown}")
        info, config = self.model.info, self.config
        hold_ns, fade_ns = (round(ms * _NS_PER_MS) for ms in (config.hold_ms, config.fade_ms))
        self.health = Health(cameras={name: CameraHealth() for name in rig})
        self.paths = {
            name: CameraPath(name, one, model=self.model, config=config, times=self.timings)
            for name, one in rig.items()
        }
        self._is_recognising = self._choices is not None
        self.profile = None if self._is_recognising else self.profile
        self._use_profile()
        self._fusion = Fusion(
            info.fusion,
            info.trained,
            hold_ns=hold_ns,
            fade_ns=fade_ns,
            fallback=Fallback(info.heads),
        )
        self._hold_ns, self._silence_ns = hold_ns, hold_ns + fade_ns
        self._clocks = {name: CaptureClock() for name in rig}
        self._t_ns: int | None = None
        self._is_cancelled = False

    def track(self, source: TrackableSource) -> Iterator[FaceState]:
        """Yield a face state per frame, until the source ends or `cancel` is called.

        Of a live source (`is_live`) the newest frame of each camera is taken; those that it
        overtook are counted in `health`. If the source fails midway, the error is logged and
        stands in `health.source_error`, and the iteration ends.
        """
        self.start(source.rig)
        for frame in self._frames(source):
            state = self.step(frame)
            if state is not None:
                yield state
            if self._is_cancelled:
                return

    def run(self, source: TrackableSource, on_state: Callable[[FaceState], object]) -> Health:
        """Call `on_state` with every state of `track`; return how it went."""
        for state in self.track(source):
            on_state(state)
        return self.health

    def use(self, profile: Profile | None) -> None:
        """Track this wearer from now on; None: nobody in particular.

        Raises:
            ConfigError: If the profile was made with another network.
        """
        if profile is not None and profile.model != self.model.info.fingerprint:
            raise ConfigError(
                f"profile of {profile.wearer!r}: expected one for network "
                f"{self.model.info.fingerprint}, got {profile.model}; enrol again"
            )
        self.profile, self._choices, self._is_recognising = profile, None, False
        self._use_profile()

    def choose(self, profiles: Sequence[Profile]) -> None:
        """Look at each start from the next one on who wears the headset, and use their profile.

        It takes the first second of a run; `health.wearer` tells who it is. Who is none of them,
        or hardly more like one than like another, is tracked without a profile. Profiles without
        a signature, or of another network, are passed over.

        Args:
            profiles: Those of the device, such as `ProfileFolder.all`.
        """
        self._choices = tuple(
            one
            for one in profiles
            if one.model == self.model.info.fingerprint and one.signature_kind == self.identity.kind
        )

    def enrol(
        self,
        source: TrackableSource,
        script: Sequence[Cue] | None = None,
        *,
        wearer: str = "wearer",
        is_recognised: bool = False,
    ) -> Iterator[Cue]:
        """Yield what the wearer is to do, when it changes; at most a minute.

        After the last cue `enrolment` says how it went, and if it went well its profile is in
        use. Stop iterating, or call `cancel`, to end it early: then nothing changes.

        Args:
            source: Of live frames; it is read as long as the script lasts.
            script: What to ask for; None: `mien.runtime.enrolment.make_script()`.
            wearer: Name for the profile.
            is_recognised: Put into the profile what `choose` knows the wearer by. Ask them first:
                it tells them from others.

        Raises:
            ConfigError: If the script is empty or too long.
        """
        self.enrolment, notes = None, Enrolment(tuple(source.rig), script)
        self.start(source.rig)
        self._is_recognising = False
        last: Cue | None = None
        for frame in self._frames(source):
            if self._is_cancelled:
                return
            used = sum(camera.frames for camera in self.health.cameras.values())
            self.step(frame)
            if sum(camera.frames for camera in self.health.cameras.values()) == used:
                continue
            cue = notes.cue_at(frame.t_ns)
            if cue is None:
                break
            if cue is not last:
                last = cue
                yield cue
            path = self.paths[frame.camera]
            notes.note(frame.camera, path.said, t_ns=frame.t_ns, neutral=path.neutral_crop)
        if self._is_cancelled:
            return
        self.enrolment = notes.finish(
            wearer=wearer,
            model=self.model.info.fingerprint,
            identity=self.identity if is_recognised else None,
        )
        if self.enrolment.profile is not None:
            self.use(self.enrolment.profile)

    def cancel(self) -> None:
        """End `track`, `run` or `enrol` after the frame at hand; from any thread or callback."""
        self._is_cancelled = True
        if self._live is not None:
            self._live.stop()

    def step(self, frame: Frame) -> FaceState | None:
        """The face once a frame is taken in; call `start(rig)` first.

        Returns:
            The state, or None if neither camera nor time of the frame can be believed: that
            is counted in `health`. A frame with a spoilt image still tells the time.
        """
        fault = self._admit(frame)
        if fault is not None:
            self.health.count_bad(str(getattr(frame, "camera", "unknown")), fault)
            return None
        camera, t_ns = frame.camera, int(frame.t_ns) + self._clocks[frame.camera].offset_ns
        path = self.paths[camera]
        fault = path.run(frame)
        self.timings.start()
        if fault is None:
            self._take(path, t_ns)
            self.health.cameras[camera].count_used(t_ns, inferences=path.inferences)
            self._watch_slip(t_ns)
            if self._is_recognising:
                self._recognise()
        else:
            self._fusion.lose(camera)
            self.health.count_bad(camera, fault)
        state = self.face_at(t_ns)
        self.timings.lap("fusion")
        self.timings.end_step()
        return state

    def _take(self, path: CameraPath, t_ns: int) -> None:
        is_supporting = path.confidence >= self.config.min_confidence
        self._fusion.take(path.name, path.values, t_ns=t_ns, is_supporting=is_supporting)
        if self._fusion.fallback is not None and path.guess is not None:
            self._fusion.fallback.take(path.name, path.guess)

    def face_at(self, t_ns: int) -> FaceState:
        """The face at a capture time at which no frame came: what is unseen fades.

        Args:
            t_ns: Nanoseconds, on the clock of the frames. Before the newest frame it is taken
                for that one's time.
        """
        self._t_ns = t_ns if self._t_ns is None else max(t_ns, self._t_ns)
        self.health.states += 1
        self.health.note_silence(t_ns=self._t_ns, limit_ns=self._silence_ns)
        return FaceState(
            t_ns=self._t_ns,
            values=self._fusion.run(self._t_ns).copy(),
            valid=self._fusion.valid(),
            tracked=self._fusion.tracked(self._t_ns),
            seen_ns=self._fusion.seen_ns(),
        )

    def emotion(self) -> dict[str, float] | None:
        """Chance of each of `runtime.emotion.EMOTIONS`, as the cameras say together (D3).

        A profile made with `is_recognised` by a `NetworkIdentity` lends its vector (D5). None
        before the first frame, and if the model has no such head.
        """
        heard = (self.paths[name] for name in self._heard())
        return felt_emotion(heard, self.model, self.profile)

    def _heard(self) -> list[str]:
        return [name for name, camera in self.health.cameras.items() if camera.is_heard]

    def _recognise(self) -> None:
        heard = self._heard()
        if not all(self.paths[name].is_neutral_found for name in heard):
            return
        self._is_recognising = False
        crops = ((name, self.paths[name].neutral_crop) for name in heard)
        seen = {name: self.identity.vector(name, one) for name, one in crops if one is not None}
        known = [(one, one.signature) for one in self._choices or ()]
        self.profile, _ = recognise(seen, known, self.identity)
        self.health.wearer = self.profile.wearer if self.profile else ""
        self._use_profile()

    def _use_profile(self) -> None:
        for name, path in self.paths.items():
            path.use(self.profile.cameras.get(name) if self.profile else None)

    def _frames(self, source: TrackableSource) -> Iterator[Frame]:
        try:
            if isinstance(source, FrameSource) and source.is_live:
                yield from self._newest(source)
            else:
                yield from source
        except Exception as exc:  # noqa: BLE001 - drivers raise anything
            self.health.source_error = f"{type(exc).__name__}: {exc}"
            _LOG.error("source stopped early: %s", self.health.source_error)

    def _newest(self, source: FrameSource) -> Iterator[Frame]:
        self._live = live = NewestSource.of(source)
        for name, link in live.links.items():
            self.health.cameras[name].link = link
        try:
            for frame in live:
                for name, count in live.dropped.items():
                    self.health.cameras[name].dropped = count
                yield frame
        finally:
            self._live = None
            live.close()

    def _admit(self, frame: object) -> Fault | None:
        fault = frame_fault(frame, cameras=self.paths)
        if fault is not None or not isinstance(frame, Frame):
            return fault
        clock = self._clocks[frame.camera]
        fault = clock.admit(int(frame.t_ns), face_ns=self._time_without(frame.camera))
        if clock.has_restarted:
            self._follow_clock(frame.camera)
        return fault

    def _time_without(self, camera: str) -> int | None:
        """The face's time, if a camera other than this one vouches for it."""
        for name, clock in self._clocks.items():
            heard_ns = self.health.cameras[name].last_t_ns
            if name == camera or heard_ns is None or self._t_ns is None or not clock.is_believed:
                continue
            if self._t_ns - heard_ns <= self._hold_ns:
                return self._t_ns
        return None

    def _follow_clock(self, camera: str) -> None:
        self.health.report(f"{camera}: capture times start anew; tracking goes on with them")
        self.paths[camera].forget_time()
        if self._time_without(camera) is None:
            self._t_ns = None
            self._fusion.forget_times()
            self.health.forget_times()

    def _watch_slip(self, t_ns: int) -> None:
        cameras = self._heard()
        watches = [self.paths[name].slip_watch for name in cameras]
        if self.health.fit.must_reread(watches, t_ns=t_ns):
            self.health.slips += 1
            for name in cameras:
                self.paths[name].note_slip()

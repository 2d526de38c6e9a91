"""What went wrong while tracking, and how often."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from typing import Final

from mien.capture.frame_source import Link
from mien.runtime.faults import Fault
from mien.runtime.fit import FitWatch

_LOG = logging.getLogger("mien")
REPORT_EVERY_NS: Final = 1_000_000_000


@dataclass(slots=True)
class CameraHealth:
    """One camera's frames so far."""

    frames: int = 0
    """Frames used."""
    inferences: int = 0
    """... that the network looked at; in the others nothing had moved."""
    faults: dict[str, int] = field(default_factory=dict)
    """Frames that were of no use, by kind: see `mien.runtime.faults.KINDS`."""
    last_reason: str = ""
    """Why the last bad frame was bad."""
    dropped: int = 0
    """Frames of a live camera that a newer one overtook before they were looked at."""
    last_t_ns: int | None = None
    """Capture time of the last used frame, nanoseconds, on the face's clock."""
    is_silent: bool = False
    """True while it has given no usable frame for so long that its word does not count."""
    link: Link = field(default_factory=Link)
    """How the connection to a live camera stands: up to date even while no frame comes."""

    @property
    def bad_frames(self) -> int:
        """Frames counted and skipped."""
        return sum(self.faults.values())

    def count_used(self, t_ns: int, *, inferences: int) -> None:
        """Count a used frame, and how often the network has looked so far."""
        self.frames += 1
        self.inferences = inferences
        self.last_t_ns = t_ns

    @property
    def is_heard(self) -> bool:
        """True: it has given a usable frame, and is not silent."""
        return self.last_t_ns is not None and not self.is_silent


@dataclass(slots=True)
class Health:
    """What an app shows its support: read it at any time."""

    cameras: dict[str, CameraHealth] = field(default_factory=dict)
    states: int = 0
    """Face states given out."""
    wearer: str = ""
    """Whose profile `Tracker.choose` took; empty if nobody was recognised, or not yet."""
    slips: int = 0
    """How often the headset slipped on the face: the neutral was read again."""
    fit: FitWatch = field(default_factory=FitWatch)
    """How the headset sits: `fit.is_tight` where it rides on the face (A16)."""
    source_error: str = ""
    """Why the source stopped early; empty if it ran to its end."""
    _reported_ns: int | None = None
    _first_ns: int | None = None

    @property
    def bad_frames(self) -> int:
        """Frames skipped, all cameras together."""
        return sum(camera.bad_frames for camera in self.cameras.values())

    def count_bad(self, camera: str, fault: Fault) -> None:
        """Count a bad frame; log it, at most one report per second of capture time."""
        health = self.cameras.setdefault(camera, CameraHealth())
        health.faults[fault.kind] = health.faults.get(fault.kind, 0) + 1
        health.last_reason = fault.reason
        self.report(f"{camera}: frame skipped: {fault.reason} ({health.bad_frames} so far)")

    def report(self, message: str) -> None:
        """Log a warning, unless one was logged less than a second of capture time ago."""
        newest_ns = max((c.last_t_ns or 0 for c in self.cameras.values()), default=0)
        if self._reported_ns is None or newest_ns - self._reported_ns >= REPORT_EVERY_NS:
            self._reported_ns = newest_ns
            _LOG.warning(message)

    def forget_times(self) -> None:
        """Time starts anew: no camera has been heard in it."""
        self._reported_ns = self._first_ns = None
        for camera in self.cameras.values():
            camera.last_t_ns = None

    def note_silence(self, *, t_ns: int, limit_ns: int) -> None:
        """Mark the cameras that have been silent for longer than `limit_ns`, and those back."""
        first_ns = self._first_ns = t_ns if self._first_ns is None else self._first_ns
        for name, camera in self.cameras.items():
            heard_ns = first_ns if camera.last_t_ns is None else camera.last_t_ns
            is_silent = t_ns - heard_ns >= limit_ns
            if is_silent and not camera.is_silent:
                self.report(f"{name}: nothing usable for {limit_ns / 1e6:g} ms; values at neutral")
            camera.is_silent = is_silent

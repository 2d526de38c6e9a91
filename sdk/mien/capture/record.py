"""Records cameras into a session: one thread per camera, every frame written as it comes.

The only place in mien, beside the live camera itself, that reads a clock.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from mien.capture.camera_feed import CameraFeed, Recordable, open_feeds
from mien.capture.cues import Cue
from mien.capture.ending_signals import ending_signals
from mien.capture.frame_source import Link
from mien.capture.rig_file import read_rig
from mien.capture.session_writer import SessionWriter
from mien.errors import SessionError, SourceError
from mien.types import CameraModel

CUE_SLACK_NS: Final = 100_000_000
"""A cue that the recording ends this much too early for still counts as done."""
_WATCH_S: Final = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraReport:
    """What one camera gave."""

    frames: int
    """Frames written."""
    bad_frames: int
    """Frames that could not be decoded or written."""
    last_reason: str
    """Why the last bad frame was bad."""
    stop_reason: str
    """Why the camera ended before it was told to; empty if it did not."""
    losses: int = 0
    """How often it was lost; it was sought again each time."""
    loss_reason: str = ""
    """Why it was lost last, or never came."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordReport:
    """What a recording gave."""

    path: Path
    cameras: dict[str, CameraReport]
    cues: tuple[Cue, ...]
    """Cues that were done."""
    is_interrupted: bool
    """True: ended by Ctrl-C, or by a polite kill."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordHooks:
    """What the caller wants to hear; called from the thread that called `record`."""

    on_cue: Callable[[Cue], None] = field(default=lambda _cue: None)
    """A cue starts: tell the wearer (live cameras only)."""
    on_progress: Callable[[dict[str, int]], None] = field(default=lambda _frames: None)
    """Frames written per camera, some 20 times a second."""
    stop: threading.Event = field(default_factory=threading.Event)
    """Set it to end the recording."""


def record(
    out: Path | str,
    cameras: Mapping[str, Recordable],
    *,
    rig: Path | None = None,
    seconds: float | None = None,
    cues: Sequence[Cue] = (),
    fps: float | None = None,
    meta: Mapping[str, Any] | None = None,
    hooks: RecordHooks | None = None,
) -> RecordReport:
    """Record cameras into a new session until they end, the time is up, or Ctrl-C (or SIGTERM).

    Times in the session count from its start if the cameras are live; stored sources keep
    their own. A camera that stops, or cannot be written, is reported and the others go on.

    Args:
        out: A new or empty folder.
        cameras: Camera name -> what to record; sources that are already open are closed too.
        rig: A `rig.toml`; default: what the sources say.
        seconds: How long, above 0; default: to the end of the last cue, else until stopped.
        cues: What the wearer shall do, on the session's clock. Those that were done whole
            stay in the session.
        fps: Asked of live cameras; nominal rate of the videos.
        meta: What else `session.toml` says, such as `wearer`.
        hooks: Whom to tell.

    Raises:
        SourceError: If a camera cannot be opened, there is none, or live and stored sources
            are mixed.
        SessionError: If `out` is not empty, a cue breaks a rule, or no camera gave a frame.
    """
    if seconds is not None and not seconds > 0:
        raise SourceError(f"seconds: expected above 0, got {seconds}")
    hooks = hooks or RecordHooks()
    feeds = open_feeds(cameras, rig=rig, fps=fps)
    try:
        about = {"source": "record", "fps": fps or 60.0} | dict(meta or {})
        with SessionWriter(out, _models(feeds, rig), meta=about) as writer:
            # The whole plan first: should the process be killed, it is not lost.
            writer.write_cues(cues)
            is_interrupted = _run(writer, feeds, hooks=hooks, plan=_Plan(seconds, cues))
            done = done_cues(cues, max(feed.last_ns for feed in feeds))
            writer.write_cues(done)
            _require_frames(writer, feeds)
    finally:
        for feed in feeds:
            feed.close()
    return RecordReport(
        path=Path(out),
        cameras={feed.name: _report(feed, writer) for feed in feeds},
        cues=done,
        is_interrupted=is_interrupted,
    )


def done_cues(cues: Sequence[Cue], last_ns: int) -> tuple[Cue, ...]:
    """The cues that were done before the last frame.

    A neutral that was cut short stays, cut; a take needs the neutral after it.
    """
    done: list[Cue] = []
    for cue in cues:
        if cue.end_ns <= last_ns + CUE_SLACK_NS:
            done.append(cue)
        elif cue.kind == "neutral" and cue.start_ns <= last_ns:
            done.append(replace(cue, end_ns=last_ns + 1))
    while done and done[-1].kind == "take":
        done.pop()
    return tuple(done)


def _models(feeds: Sequence[CameraFeed], rig: Path | None) -> dict[str, CameraModel]:
    told = {} if rig is None else read_rig(rig)
    return {feed.name: told.get(feed.name, feed.source.rig[feed.name]) for feed in feeds}


def _require_frames(writer: SessionWriter, feeds: Sequence[CameraFeed]) -> None:
    if not any(writer.counts.values()):
        got = "; ".join(f"{feed.name}: {_why_nothing(feed)}" for feed in feeds)
        raise SessionError(f"{writer.path}: expected at least one frame, got none: {got}")


def _why_nothing(feed: CameraFeed) -> str:
    link = feed.source.links.get(feed.name, Link())
    return feed.stop_reason or link.reason or feed.source.last_reason or "0"


def _report(feed: CameraFeed, writer: SessionWriter) -> CameraReport:
    link = feed.source.links.get(feed.name, Link())
    return CameraReport(
        frames=writer.counts.get(feed.name, 0),
        bad_frames=feed.source.bad_frames,
        last_reason=feed.source.last_reason if feed.source.bad_frames else "",
        stop_reason=feed.stop_reason,
        losses=link.losses,
        loss_reason=link.reason,
    )


class _Plan:
    """What shall happen when, in nanoseconds from the start."""

    def __init__(self, seconds: float | None, cues: Sequence[Cue]) -> None:
        self.limit_ns = None if seconds is None else round(seconds * 1e9)
        self.end_ns = max((cue.end_ns for cue in cues), default=None)
        if self.limit_ns is not None:
            self.end_ns = self.limit_ns
        self.cues = deque(cues)


def _run(
    writer: SessionWriter, feeds: Sequence[CameraFeed], *, hooks: RecordHooks, plan: _Plan
) -> bool:
    """Carry all feeds to their end; True if a signal was it."""
    with ending_signals(hooks.stop) as received:
        start_ns = time.monotonic_ns()
        for feed in feeds:
            feed.start(writer, hooks.stop, origin_ns=start_ns, limit_ns=plan.limit_ns)
        try:
            while any(feed.is_running for feed in feeds) and not hooks.stop.is_set():
                hooks.on_progress(writer.counts)
                elapsed_ns = time.monotonic_ns() - start_ns
                if feeds[0].source.is_live and _is_over(plan, elapsed_ns, hooks):
                    break
                hooks.stop.wait(_WATCH_S)
        finally:
            hooks.stop.set()
            for feed in feeds:
                feed.join()
    return bool(received)


def _is_over(plan: _Plan, elapsed_ns: int, hooks: RecordHooks) -> bool:
    while plan.cues and plan.cues[0].start_ns <= elapsed_ns:
        hooks.on_cue(plan.cues.popleft())
    return plan.end_ns is not None and elapsed_ns >= plan.end_ns

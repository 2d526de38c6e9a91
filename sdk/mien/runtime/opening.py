"""The opening of a session: cues that an enrolment can follow, before anything spontaneous."""

from __future__ import annotations

from dataclasses import replace

from mien.capture.cues import Cue
from mien.capture.session import Session
from mien.errors import SessionError
from mien.runtime.enrolment import LONGEST_S


def script_of(session: Session) -> tuple[Cue, ...]:
    """A session's cues up to its first spontaneous stretch, at most a minute of them.

    Returns:
        Cues with times from the session's first frame on.

    Raises:
        SessionError: If it begins with none.
    """
    start_ns = start_of(session)
    script: list[Cue] = []
    for cue in session.cues():
        is_over = (cue.end_ns - start_ns) * 1e-9 > LONGEST_S
        if is_over or cue.kind == "spontaneous":
            break
        first_ns, last_ns = (max(t_ns - start_ns, 0) for t_ns in (cue.start_ns, cue.end_ns))
        if last_ns > first_ns:
            script.append(replace(cue, start_ns=first_ns, end_ns=last_ns))
    if not script:
        raise SessionError(f"{session.path}: expected cues before a spontaneous stretch, got none")
    return tuple(script)


def start_of(session: Session) -> int:
    """Capture time of a session's first frame, nanoseconds."""
    return min(int(session.times_ns(camera)[0]) for camera in session.cameras)

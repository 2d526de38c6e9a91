"""What the labeller did, take by take: accepted, or refused and why (A9)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class TakeRecord:
    """One value of one take, as one camera saw it."""

    session: str
    take: int
    """Number within the session, as in the label table."""
    name: str
    camera: str
    start_ns: int
    peak_ns: int
    end_ns: int
    peak_px: float
    """Metric at the peak, crop pixels."""
    share: float
    """Peak over the session's largest accepted one; 0 if none was accepted."""
    snr: float
    """Peak over the noise at rest."""
    refusal: str
    """Why it is not used; empty: it is."""


@dataclass(frozen=True, slots=True)
class SessionReport:
    """One session."""

    session: str
    frames: int
    """Frames of all cameras."""
    rows: int
    """Labels by source "metric"; the rest says what was at rest."""
    takes: tuple[TakeRecord, ...]
    unused: tuple[str, ...] = ()
    """Streams of the session, such as "audio", that the labeller did not use."""

    @property
    def refused(self) -> tuple[TakeRecord, ...]:
        """Takes that are not used."""
        return tuple(take for take in self.takes if take.refusal)


@dataclass(frozen=True, slots=True)
class LabelReport:
    """All sessions of one `label_sessions`."""

    sessions: tuple[SessionReport, ...]
    failed: Mapping[str, str]
    """Session -> why it has no labels at all."""

    @property
    def takes(self) -> tuple[TakeRecord, ...]:
        """Every take of every session."""
        return tuple(take for session in self.sessions for take in session.takes)

    def by_value(self) -> Mapping[str, tuple[int, int]]:
        """Value name -> (accepted, refused) takes over all sessions, by name."""
        counts: dict[str, tuple[int, int]] = {}
        for take in self.takes:
            accepted, refused = counts.get(take.name, (0, 0))
            counts[take.name] = (accepted + (not take.refusal), refused + bool(take.refusal))
        return dict(sorted(counts.items()))

    def empty(self) -> Mapping[str, str]:
        """Session without one measured label -> its most frequent reason."""
        return {one.session: _usual_reason(one) for one in self.sessions if not one.rows}

    def unused(self) -> Mapping[str, int]:
        """Stream -> how many sessions have it; the labeller used none."""
        return dict(sorted(Counter(s for one in self.sessions for s in one.unused).items()))

    def as_json(self) -> dict[str, Any]:
        """Plain data for `--json`."""
        return {
            "values": {
                name: {"accepted": accepted, "refused": refused}
                for name, (accepted, refused) in self.by_value().items()
            },
            "sessions": [asdict(session) for session in self.sessions],
            "failed": dict(self.failed),
            "empty": dict(self.empty()),
            "unused": dict(self.unused()),
        }


def _usual_reason(session: SessionReport) -> str:
    reasons = Counter(take.refusal for take in session.refused)
    if not reasons:
        return "no take was cued"
    reason, count = reasons.most_common(1)[0]
    return f"{count} of {len(session.takes)} takes were refused alike: {reason}"

"""Where the sessions of a run come from: what its model says of itself, and its card repeats."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from mien.capture.session import open_session

KEYS: Final[tuple[str, ...]] = ("source", "split", "head", "rig")
"""Entries of `session.toml` that are counted."""


def provenance(sessions: Sequence[Path]) -> dict[str, Any]:
    """How many sessions there are, of how many wearers, and of what kinds.

    Args:
        sessions: Session folders; the result holds no path of them.

    Returns:
        `sessions`, `wearers`, and for each of `KEYS` a count by name, `unknown` where a session
        does not say.

    Raises:
        SessionError: If a session cannot be read.
    """
    told = [open_session(path).meta for path in sessions]
    return {
        "sessions": len(told),
        "wearers": len({str(meta.get("wearer", number)) for number, meta in enumerate(told)}),
        **{
            key: dict(sorted(Counter(str(meta.get(key, "unknown")) for meta in told).items()))
            for key in KEYS
        },
    }

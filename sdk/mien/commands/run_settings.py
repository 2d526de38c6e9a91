"""Settings of a run as a command line and a run file give them: found sessions, nothing missing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from mien.errors import ConfigError

_SESSIONS: Final = ("sessions", "validation_sessions", "scenes", "validation_scenes")
_NEEDED: Final = {
    "sessions": "sessions: expected at least one, got none; name them, or give --config",
    "validation_sessions": "validation_sessions: expected at least one, got none; give --validate",
    "out": "out: expected a folder, got none; give --out",
}


def with_sessions(
    settings: Mapping[str, Any], given: Mapping[str, Sequence[Path] | None]
) -> dict[str, Any]:
    """The settings with every folder of sessions replaced by what lies in it.

    Args:
        settings: Arguments of `TrainConfig`.
        given: Sessions of the command line by the same names; they win.

    Raises:
        SessionError: If a path holds no session.
    """
    from mien.studio.evaluate import find_sessions

    found = {name: given.get(name) or settings.get(name, ()) for name in _SESSIONS}
    return {
        **settings,
        **{name: tuple(find_sessions(paths)) if paths else () for name, paths in found.items()},
    }


def require_complete(settings: Mapping[str, Any]) -> None:
    """Refuse settings that lack what no run can do without.

    Raises:
        ConfigError: With the remedy.
    """
    for name, problem in _NEEDED.items():
        if not settings.get(name):
            raise ConfigError(problem)

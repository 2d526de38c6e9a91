"""Recordings of other sensors that a session may carry. They are named; nothing here reads them.

The door for an audio or a depth input: `[streams]` of `session.toml` says which file holds it,
on the clock of the session, and whoever wants it opens `session.path / session.streams["audio"]`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from mien.capture.problems import Problem, shown

STREAMS: Final = ("audio", "depth")
"""What a stream may be called."""
KEY: Final = "streams"


def streams_of(meta: Mapping[str, Any]) -> dict[str, str]:
    """Stream -> its file inside the session, of a `session.toml` without problems."""
    named: dict[str, str] = dict(meta.get(KEY, {}))
    return {name: named[name] for name in STREAMS if name in named}


def stream_problems(path: Path, meta: Mapping[str, Any]) -> list[Problem]:
    """What is wrong with `[streams]` of the `session.toml` at `path`."""
    named = meta.get(KEY, {})
    if not isinstance(named, dict):
        return [Problem(str(path), None, f"expected a table [{KEY}], got {shown(named)}")]
    return [Problem(str(path), None, fault) for fault in _faults(named)]


def _faults(named: Mapping[str, Any]) -> Iterator[str]:
    for name, file in named.items():
        if name not in STREAMS:
            yield f"expected {KEY} named {', '.join(STREAMS)}, got {shown(name)}"
        elif not isinstance(file, str) or not file or Path(file).name != file:
            yield f"expected {KEY}.{name} to name a file of this folder, got {shown(file)}"


def absent_streams(path: Path, streams: Mapping[str, str]) -> Iterator[Problem]:
    """Named streams whose file is not in the session folder `path`."""
    for name, file in streams.items():
        if not (path / file).is_file():
            yield Problem(str(path / file), None, f"expected the file of {KEY}.{name}, got none")


def stream_files(streams: Mapping[str, str]) -> set[str]:
    """Names of files that belong to streams: the recordings, and times beside them."""
    return {*streams.values(), *(f"{Path(file).stem}.times.csv" for file in streams.values())}

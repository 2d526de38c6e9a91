"""Makes room for a new session without ever deleting what is not one."""

from __future__ import annotations

from pathlib import Path

from mien import schema
from mien.capture.session import (
    CUES_FILE,
    META_FILE,
    RIG_FILE,
    TRUTH_FILE,
    is_complete,
    is_session,
    times_file,
    video_file,
)
from mien.capture.table_file import part_path
from mien.errors import SessionError


def prepare_folder(path: Path, *, is_restart: bool) -> None:
    """Make the folder; it must be new, empty, or an incomplete session that may go.

    Args:
        path: The folder.
        is_restart: True: what a killed writer left there is deleted.

    Raises:
        SessionError: If it cannot be made, or holds anything else.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        got = "a file" if path.is_file() else error.strerror
        raise SessionError(
            f"{path}: expected a folder to write, got {got}; name another"
        ) from error
    if is_restart and not is_complete(path):
        _clear(path)
    left = sorted(entry.name for entry in path.iterdir())
    if left:
        raise SessionError(
            f"{path}: expected a new or empty folder, got one with {left[0]}; name another"
        )


def _clear(path: Path) -> None:
    """Delete what a killed writer left; session.toml last, which says that it is incomplete."""
    names = [META_FILE]
    if is_session(path):
        tables = (RIG_FILE, CUES_FILE, TRUTH_FILE, META_FILE)
        names = [*map(video_file, schema.CAMERAS), *map(times_file, schema.CAMERAS), *tables]
    for name in names:
        part_path(path / name).unlink(missing_ok=True)
        if is_session(path):
            (path / name).unlink(missing_ok=True)

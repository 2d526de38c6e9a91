"""One-line files in which Linux tells of a machine."""

from __future__ import annotations

from pathlib import Path


def line(path: Path) -> str:
    """The first line; empty if there is no such file, or it may not be read."""
    try:
        return path.read_text(encoding="utf-8", errors="replace").split("\n", 1)[0].strip()
    except OSError:
        return ""


def number(path: Path) -> int | None:
    """The first line as a number; None if it is none."""
    try:
        return int(line(path))
    except ValueError:
        return None

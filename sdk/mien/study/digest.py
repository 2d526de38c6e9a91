"""A digest of all that a measurement depends on: a stored one is used only while it holds."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path
from typing import Final

import mien

_ENDS: Final = 1 << 16
"""So much of either end of a video is read; its times and its size tell the rest."""
_CODE: Final = (
    *("_core*", "config.py", "schema.py", "metrics.py", "vision/*.py", "train/label*.py"),
    *("train/metric.py", "train/regions.py", "train/takes.py", "train/sliding.py"),
    *("train/spot*.py", "study/label_measure.py", "study/frame_difference.py"),
    *("study/micro_truth.py", "study/spot_score.py", "study/variants.py"),
)
"""What a stored measurement went through; pages and tables are made anew from it."""


def measurement_digest(session: Path, settings: object) -> str:
    """16 hex digits that change with the session's files, the settings or our own code."""
    parts = (code_digest(), repr(settings), *map(_file_digest, sorted(session.iterdir())))
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


@cache
def code_digest() -> str:
    """Of the modules that label and measure."""
    root = Path(mien.__file__).parent
    files = sorted(path for pattern in _CODE for path in root.glob(pattern))
    digest = hashlib.sha256()
    for path in files:
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def _file_digest(path: Path) -> str:
    if not path.is_file():
        return path.name
    size = path.stat().st_size
    with path.open("rb") as file:
        ends = file.read(_ENDS)
        file.seek(max(size - _ENDS, 0))
        ends += file.read(_ENDS)
    return f"{path.name} {size} {hashlib.sha256(ends).hexdigest()}"

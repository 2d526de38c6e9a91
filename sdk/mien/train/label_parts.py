"""Labels of single sessions, kept until the whole table is written, so that no work is lost.

A part is a label file of one session that carries its report, and that is named after
everything its content depends on: the bytes of the session, the settings and this software.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Final

import mien
from mien.capture.session import (
    CUES_FILE,
    META_FILE,
    RIG_FILE,
    open_session,
    times_file,
    video_file,
)
from mien.errors import TrainError
from mien.train.label_config import LabelConfig
from mien.train.label_file import read_about, software, write_labels
from mien.train.label_regions import regions_text
from mien.train.label_report import SessionReport, TakeRecord
from mien.train.labeller import Labelled

REPORT: Final = "report"
_CHUNK_BYTES: Final = 1 << 20


def parts_folder(out: Path) -> Path:
    """Where the parts of a label file stand until it is whole."""
    return out.with_name(out.name + ".parts")


def part_path(folder: Path, session: Path, key: str) -> Path:
    """The part of one session."""
    return folder / f"{session.name}-{key}.parquet"


def session_key(path: Path, config: LabelConfig) -> str:
    """16 hexadecimal digits that change with what the labels of a session depend on.

    The truth is no part of it: the labeller does not read it.

    Raises:
        SessionError: If it is no session.
        OSError: If a file cannot be read.
    """
    whole = hashlib.blake2b(digest_size=8)
    for text in (software(), code_digest(), repr(config), path.name):
        whole.update(f"{text}\n".encode())
    cameras = open_session(path).cameras
    tables = [META_FILE, RIG_FILE, CUES_FILE, *map(times_file, cameras)]
    for name in (*tables, *map(video_file, cameras)):
        whole.update(f"{name} {_digest(path / name)}\n".encode())
    return whole.hexdigest()


@cache
def code_digest() -> str:
    """Of every source file and compiled module of this package."""
    root = Path(mien.__file__).parent
    files = sorted(path for kind in ("*.py", "_core*") for path in root.rglob(kind))
    whole = hashlib.blake2b(digest_size=8)
    for path in files:
        if path.is_file():
            whole.update(f"{path.relative_to(root)} {_digest(path)}\n".encode())
    return whole.hexdigest()


def write_part(path: Path, labelled: Labelled, *, config: LabelConfig) -> None:
    """Write the labels of one session, whole or not at all."""
    name = labelled.report.session
    boxes = {view.camera: view.boxes for view in labelled.cameras}
    more = {REPORT: json.dumps(asdict(labelled.report)), **regions_text({name: boxes})}
    write_labels(labelled.table, path, config=config, more=more)


def is_part(path: Path) -> bool:
    """True for a part that was written whole."""
    try:
        return REPORT in read_about(path)
    except TrainError:
        return False


def read_report(path: Path) -> SessionReport:
    """The report that a part carries.

    Raises:
        TrainError: If it cannot be read.
    """
    fields = json.loads(read_about(path)[REPORT])
    fields["takes"] = tuple(TakeRecord(**take) for take in fields["takes"])
    fields["unused"] = tuple(fields["unused"])
    return SessionReport(**fields)


def _digest(path: Path) -> str:
    """Of a file's bytes; `none` where there is no such file."""
    if not path.exists():
        return "none"
    whole = hashlib.blake2b(digest_size=16)
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK_BYTES):
            whole.update(chunk)
    return whole.hexdigest()

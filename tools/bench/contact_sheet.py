"""Real frames beside rendered ones, as one picture.

    MIEN_DATA=DATA .venv/bin/python tools/bench/contact_sheet.py SESSION... --out sheet.jpg

DATA holds `eye_ir/*.mp4` and `mouth_ir/*.png`; without it the cells of the real frames stay
empty, and so they are in the sheet that the repository holds: the footage is not ours to pass on.
All are crops as the model gets them, before normalisation. First column real, the others
rendered: eyes above, mouths below.
"""

from __future__ import annotations

import argparse
import os
from itertools import islice
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np

from mien.capture.session import open_session
from mien.capture.sources import open_source
from mien.types import Gray8
from mien.vision.preprocess import Preprocessor

CELL, GAP = 168, 4
ROWS: Final = {"eye": 3, "mouth": 2}
_CAMERAS: Final = {"eye": ("eye_left", "eye_right"), "mouth": ("mouth",)}
_REAL: Final = {"eye": ("eye_ir", "*.mp4"), "mouth": ("mouth_ir", "*.png")}
_PAPER, _INK = 24, 150


def crop_at(source: Any, model: Any, *, frame: int) -> Gray8:  # noqa: ANN401
    """The crop of one frame of an open source, or of its last frame if it is shorter."""
    last = None
    for each in islice(source, frame + 1):
        last = each
    if last is None:
        raise SystemExit("frames: expected one or more, got none; name another session")
    return np.asarray(Preprocessor(model, size=CELL).run(last.gray).gray.copy())


def rendered_cell(session: Path, camera: str, *, frame: int) -> Gray8:
    """A crop of a session."""
    opened = open_session(session)
    return crop_at(opened.frames(camera), opened.rig[camera], frame=frame)


def real_cell(data: Path | None, kind: str, *, row: int) -> Gray8:
    """A real crop, or an empty cell that says so."""
    folder, pattern = _REAL[kind]
    found = sorted((data / folder).glob(pattern)) if data else []
    if not found:
        return empty_cell("real frame:", "needs the data")
    if kind == "mouth" and row >= len(found):
        return empty_cell("no further", "real frame")
    path = found[row % len(found)]
    source = open_source(path if kind == "eye" else path.parent, camera=_CAMERAS[kind][0], fps=30.0)
    return crop_at(source, source.rig[_CAMERAS[kind][0]], frame=80 * row if kind == "eye" else row)


def empty_cell(*lines: str) -> Gray8:
    """A cell with words in it."""
    cell = np.full((CELL, CELL), 40, np.uint8)
    for index, line in enumerate(lines):
        place = (14, CELL // 2 + 20 * index)
        cv2.putText(cell, line, place, cv2.FONT_HERSHEY_SIMPLEX, 0.5, _INK, 1, cv2.LINE_AA)
    return cell


def sheet(data: Path | None, sessions: list[Path], *, columns: int, frame: int) -> Gray8:
    """The whole picture."""
    rows = []
    for kind, count in ROWS.items():
        cells = iter((session, camera) for camera in _CAMERAS[kind] for session in sessions)
        for row in range(count):
            drawn = [real_cell(data, kind, row=row)]
            drawn += [
                rendered_cell(session, camera, frame=frame)
                for session, camera in islice(cells, columns)
            ]
            while len(drawn) <= columns:
                drawn.append(np.full((CELL, CELL), _PAPER, np.uint8))
            rows.append(np.hstack([_framed(cell) for cell in drawn]))
    return np.vstack(rows)


def _framed(cell: Gray8) -> Gray8:
    half = GAP // 2
    return np.pad(cell, half, constant_values=_PAPER)


def main() -> None:
    """Collect, draw, write."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("sessions", type=Path, nargs="+")
    parser.add_argument("--data", type=Path, default=os.environ.get("MIEN_DATA"))
    parser.add_argument("--columns", type=int, default=6, help="rendered ones in a row")
    parser.add_argument("--frame", type=int, default=40)
    parser.add_argument("--out", type=Path, required=True)
    given = parser.parse_args()
    data = Path(given.data) if given.data else None
    picture = sheet(data, given.sessions, columns=given.columns, frame=given.frame)
    given.out.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(given.out), picture, [cv2.IMWRITE_JPEG_QUALITY, 82])


if __name__ == "__main__":
    main()

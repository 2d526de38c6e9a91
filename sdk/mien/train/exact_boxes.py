"""Exact rectangles of a rendered session (`synth/TRUTH.md`), carried from the sensor into the crop.

What lies in a rectangle is taken for the ellipse that fills it: crops are turned against their
sensor by up to 36 degrees, and the corners of a turned rectangle reach half as far again as what
is in it. An upright, undistorted crop gets the very rectangle.
"""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from mien import schema
from mien.capture.lens import crop_from_sensor
from mien.capture.session import Session
from mien.errors import SessionError
from mien.runtime.unit_boxes import BOX_CLASSES
from mien.train.boxes import Boxes, within_crop
from mien.train.targets import kind_of
from mien.types import CameraModel

BOXES_FILE: Final = "truth_boxes.csv"
_POINTS: Final = 16
"""Of the ellipse; the four middles of the rectangle's sides are among them."""
_COLUMNS: Final = ("t_ns", "camera", "name", "x0_px", "y0_px", "x1_px", "y1_px")

_Table: TypeAlias = tuple[NDArray[np.int64], NDArray[np.intp], NDArray[np.float64]]
"""Times (R,), classes (R,) and sensor pixels (R, 4) of one camera's rows."""


def exact_boxes(
    session: Session, camera: str, t_ns: NDArray[np.int64], *, wanted: NDArray[np.bool_]
) -> Boxes:
    """What a rendered session knows of the rectangles in a camera's crop.

    Args:
        session: Rendered with `--truth boxes`.
        camera: One of `schema.CAMERAS`.
        t_ns: Shape (N,), capture times; the nearest instant counts.
        wanted: Which of them are asked for, shape (N, C): each costs a way through the lens.

    Returns:
        Shape (N, C, 4), shares of the crop, in the order of `BOX_CLASSES`; NaN where a region is
        not in the crop or not wanted, and everywhere if the session has no such file.

    Raises:
        SessionError: If the file is damaged.
    """
    found = np.full((*wanted.shape, 4), np.nan, np.float32)
    path = session.path / BOXES_FILE
    if not path.is_file():
        return found
    times, classes, sensor_px = _read(path, camera, class_names(camera))
    instants, instant = np.unique(times, return_inverse=True)
    if not len(instants):
        return found
    row_at = np.full((len(instants), wanted.shape[1]), -1)
    row_at[instant, classes] = np.arange(len(times))
    row = row_at[np.abs(instants[:, None] - t_ns[None]).argmin(axis=0)]
    is_there = wanted & (row >= 0)
    used, place = np.unique(row[is_there], return_inverse=True)
    found[is_there] = boxes_in_crop(session.rig[camera], sensor_px[used])[place]
    return found


def class_names(camera: str) -> tuple[str, ...]:
    """What `truth_boxes.csv` and label files call the classes of a camera, in their order."""
    kind = kind_of(camera)
    if kind == "mouth":
        return BOX_CLASSES[kind]
    side = camera.removeprefix("eye_")
    return tuple(
        f"{name}_{side}" if name in schema.EYE_OUTPUTS else name for name in BOX_CLASSES[kind]
    )


def boxes_in_crop(camera: CameraModel, sensor_px: NDArray[np.float64]) -> Boxes:
    """Rectangles of the sensor in a camera's crop.

    Args:
        camera: Its lens and crop.
        sensor_px: Corners in sensor pixels, shape (R, 4).

    Returns:
        Shape (R, 4), shares of the crop; NaN where too little of one is in the crop.
    """
    angle = np.linspace(0, 2 * np.pi, _POINTS, endpoint=False)
    round_ = np.stack([np.cos(angle), np.sin(angle)], axis=-1)
    middle = (sensor_px[:, None, :2] + sensor_px[:, None, 2:]) / 2
    half = (sensor_px[:, None, 2:] - sensor_px[:, None, :2]) / 2
    # In a crop of one pixel, whole numbers at its middle, its edges are at -0.5 and 0.5.
    points = crop_from_sensor(camera, middle + half * round_, size=1) + 0.5
    return within_crop(np.concatenate([points.min(axis=1), points.max(axis=1)], axis=-1))


def _read(path: Path, camera: str, names: tuple[str, ...]) -> _Table:
    number = {name: at for at, name in enumerate(names)}
    try:
        with path.open(newline="", encoding="utf-8") as file:
            lines = csv.reader(file)
            at = {column: place for place, column in enumerate(next(lines))}
            order = [at[column] for column in _COLUMNS]
            seen = ([line[place] for place in order] for line in lines)
            rows = [
                (int(t_ns), number[name], *map(float, edges))
                for t_ns, from_camera, name, *edges in seen
                if from_camera == camera and name in number
            ]
    except (LookupError, StopIteration, ValueError) as exc:
        raise SessionError(f"{path}: expected the columns of TRUTH.md, got {exc!r}") from exc
    table = np.array(rows, np.float64).reshape(-1, 6)
    times = np.array([row[0] for row in rows], np.int64)
    return times, table[:, 1].astype(np.intp), table[:, 2:]

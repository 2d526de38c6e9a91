"""The rectangle of what each unit moves, from the same takes that its labels come from (C1, C4).

A region is where the takes of a unit move the skin by at least `MOVED_SHARE` of its largest move,
as far as flow can be followed there. The metric's own weights are not used: they leave out what
several units share and what is noisy, and that belongs to the region all the same. (Rectangles of
two rendered train sessions met the exact ones with an overlap of 0.5 or more in 53 % of the frames
with those weights, in 77 % without.)
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from mien import schema
from mien.config import CROP_SIZE
from mien.errors import TrainError
from mien.runtime.unit_boxes import FACE
from mien.train.label_config import LabelConfig
from mien.train.label_file import read_about
from mien.train.label_rules import values_of, values_seen_by
from mien.train.label_tracks import CameraCrops, Track
from mien.train.metric import Grid, Residual, Template, learn_template
from mien.train.regions import side_window
from mien.types import CameraModel
from mien.vision.follow import grid_axis

MOVED_SHARE: Final = 0.35
MIN_TRUST_SHARE: Final = 0.3
"""Of the crop's 90 % quantile: what a point's confidence at rest must reach."""
MAIN_SHARE: Final = 0.1
"""Of what the largest connected part of the region moves: smaller parts are noise."""
FASTEST: Final = 0.98
"""Quantile over the region that stands for the largest move; single points may be wrong."""

UnitBoxes: TypeAlias = Mapping[str, tuple[float, float, float, float]]
"""Value name, or `face` -> x0, y0, x1, y1 as shares of the crop."""
Regions: TypeAlias = Mapping[str, Mapping[str, UnitBoxes]]
"""Session -> camera -> its rectangles."""
_KEY: Final = "regions"


def measure_boxes(
    name: str,
    view: CameraCrops,
    tracks: Sequence[Track],
    *,
    residuals: Sequence[Residual],
    templates: Mapping[str, Template],
    config: LabelConfig,
) -> UnitBoxes:
    """Rectangles of the face and of each unit that a camera was cued.

    Args:
        name: One of `schema.CAMERAS`.
        view: Its crops.
        tracks: Displacement per segment.
        residuals: The same without the motion of the headset.
        templates: The way of each value; lids, which are read otherwise, have none yet.
        config: Settings.
    """
    trust = np.mean([track.trust[track.segment.neutral].mean(axis=0) for track in tracks], axis=0)
    seen = np.asarray(trust >= MIN_TRUST_SHARE * np.quantile(trust, 0.9))
    boxes = {FACE: _around(seen)}
    for value in values_seen_by(name):
        asked = [
            residual
            for track, residual in zip(tracks, residuals, strict=True)
            if track.segment.take and value in values_of(track.segment.take)
        ]
        window = value_window(value, name, view.camera, step_px=config.grid_step_px)
        if not asked or not (seen & (window > 0)).any():
            continue
        template = templates.get(value) or learn_template(asked, window)
        boxes[value] = _around(moved_region(template.direction, seen & (window > 0)))
    return boxes


def moved_region(direction: NDArray[np.float32], heard: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Points of `heard`, shape (h, w), that a way of shape (h, w, 2) moves far enough."""
    speed = np.sqrt((direction**2).sum(axis=-1))
    moved = heard & (speed >= MOVED_SHARE * np.quantile(speed[heard], FASTEST))
    count, part = cv2.connectedComponents(moved.astype(np.uint8))
    total = [float(speed[part == number].sum()) for number in range(1, count)]
    large = [number for number, sum_ in enumerate(total, 1) if sum_ >= MAIN_SHARE * max(total)]
    region: NDArray[np.bool_] = np.isin(part, large)
    return region


def value_window(value: str, name: str, camera: CameraModel, *, step_px: int) -> Grid:
    """Where a value may be seen: half of the mouth for one side of it, else everywhere."""
    share = (grid_axis(CROP_SIZE, step_px) + 0.5) / CROP_SIZE
    if name != schema.MOUTH_CAMERA or not schema.UNIT_OF_VALUE[value].sided:
        return np.ones((len(share), len(share)), np.float32)
    return side_window(camera, value.rpartition("_")[2], share)


def regions_text(regions: Regions) -> dict[str, str]:
    """What a label file says of regions, as an entry of its metadata."""
    ordered = {
        session: {
            camera: {name: [round(edge, 4) for edge in box] for name, box in boxes.items()}
            for camera, boxes in cameras.items()
        }
        for session, cameras in sorted(regions.items())
    }
    return {_KEY: json.dumps(ordered)}


def read_regions(path: Path) -> Regions:
    """Rectangles that a label file carries; none for one that was written before there were any.

    Raises:
        TrainError: If it is no Parquet file, or what it says of regions is damaged.
    """
    try:
        found: Regions = json.loads(read_about(path).get(_KEY, "{}"))
    except ValueError as exc:
        raise TrainError(f"{path}: {_KEY}: expected JSON, got {exc}") from exc
    return found


def _around(region: NDArray[np.bool_]) -> tuple[float, float, float, float]:
    """Rectangle of the grid cells of a region that is not empty."""
    sides = []
    for axis in (0, 1):
        at = np.flatnonzero(region.any(axis=axis))
        sides.append((at[0] / region.shape[1 - axis], (at[-1] + 1) / region.shape[1 - axis]))
    (x0, x1), (y0, y1) = sides
    return float(x0), float(y0), float(x1), float(y1)

"""Real clips through the whole labeller: blinks marked by hand, a smile, and a film without a face.

The clips are of others (see the README of the data they come with) and stand for cameras of a
headset: a rectangle of the picture is the camera's crop. Rectangles and marks were made once, by
eye, and stand here; nothing is fitted to what the labeller says.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from mien import schema
from mien.capture.cues import CueKind
from mien.capture.video import gray_frames
from mien.errors import TrainError
from mien.metrics import pearson_r
from mien.study.clips import Box, Spans, clip_camera, crop_clip, cues_of, label_clip
from mien.train.label_config import LabelConfig
from mien.train.label_curves import TakeCurve
from mien.train.labeller import label_crops
from mien.types import CameraModel, Gray8

EYE, EYE_MARKS = "eye_ir/eyeloop_short_human_3blink.mp4", "eye_ir/eyeloop_blinks.json"
SMILE, NO_FACE = "face_rgb/pyfeat_single_face.mp4", "face_rgb/pyfeat_no_face.mp4"
EYE_FPS, SMILE_FPS, NO_FACE_FPS = 77.86, 30.0, 23.67

MARGIN_FRAMES: Final = 39
"""Half a second: the eye is cued so much before and after a mark, or 40 % of the way to the next
blink; the cues do not give the marks away."""
ONSET_LEFT: Final = 0.10
"""A lid has begun to close at this share of its way: A9's beginning of a take."""
REOPENED_LEFT: Final = 0.125
"""The marks call an eye reopened when the lid is off the pupil; with a ruler on those three
frames 0.13, 0.09 and 0.13 of the lid's way are then left."""

SMILE_FACE: Final[Mapping[str, Box]] = {
    "eye_left": (293, 125, 363, 195),
    "eye_right": (222, 127, 292, 197),
    "mouth": (230, 175, 370, 315),
}
SMILE_MIDDLE_PX: Final = (297.0, 245.0)
SMILE_REST, SMILE_LAST = 14, 66
"""Frames before the first are neutral; after the second the smile falls and the clip ends, before
the face is at rest. The clip is therefore played to there and back: it ends as it began."""
MOUTH_WIDTH_PX: Final[Mapping[int, float]] = {
    0: 52.6, 8: 52.8, 14: 51.8, 16: 50.0, 17: 52.6, 18: 56.4, 19: 59.0, 20: 63.3, 22: 68.0,
    26: 71.0, 34: 70.3, 44: 70.0, 54: 71.3, 62: 72.3, 66: 68.7,
}  # fmt: skip
"""Frame -> from corner to corner of the mouth, pixels, by eye on four times enlarged pictures,
within 1.5."""
SKY: Final[Mapping[str, Box]] = {
    "eye_left": (500, 180, 740, 420),
    "eye_right": (220, 180, 460, 420),
    "mouth": (360, 250, 600, 490),
}
"""Around the letters, where the film moves most."""
SKY_UNITS: Final = ("lip_corner_puller", "jaw_drop", "lip_pucker", "brow_lowerer", "lid_closure")
SKY_CUES: Final = ((25, 65), (10, 40), (40, 75), (60, 88), (6, 88), (30, 50))
"""Frames in which a movement is cued; in some of them the letters come or go."""
FACING: Final = ((1.0, 0, 0, 0), (0, -1.0, 0, -65.0), (0, 0, -1.0, 70.0), (0, 0, 0, 1.0))
PX_PER_MM: Final = 1.13
"""Of the smile clip: 71 px between pupils for an average 63 mm."""
MOUTH_DISTANCE_MM: Final = 58.0
"""From a camera at `FACING` to the lips."""


@dataclass(frozen=True, slots=True)
class Footage:
    """What the clips showed; curves are for the pictures."""

    table: dict[str, Any]
    eye: NDArray[np.float64]
    """Lid closure of each frame, shape (N,); NaN where it is not known."""
    smile: NDArray[np.float64]
    """Mean of both lip corners, 1 = its largest, of each frame of the clip as it was played."""


def run_footage(folder: Path) -> Footage:
    """Label the clips of a folder.

    Raises:
        TrainError: If a clip or the marks are missing.
    """
    for name in (EYE, EYE_MARKS, SMILE, NO_FACE):
        if not (folder / name).is_file():
            raise TrainError(f"footage: expected {folder / name}, got no such file")
    blinks, eye = _blinks(folder)
    grin, smile = _smile(folder)
    return Footage({"blinks": blinks, "smile": grin, "no_face": _no_face(folder)}, eye, smile)


def _blinks(folder: Path) -> tuple[list[dict[str, Any]], NDArray[np.float64]]:
    frames = list(gray_frames(folder / EYE))
    marks = json.loads((folder / EYE_MARKS).read_text(encoding="utf-8"))["blinks"]
    rig = {"eye_left": clip_camera(frames[0])}
    labelled = label_clip(frames, rig, blink_cues(marks, len(frames)), fps=EYE_FPS)
    curve = np.full(len(frames), np.nan)
    for lid in labelled.cameras[0].eye.lids:
        curve[lid.segment.first : lid.segment.last] = lid.closure
    return [blink_row(curve, mark) for mark in marks], curve


def blink_cues(marks: Sequence[Mapping[str, int]], count: int) -> Spans:
    """Neutral and blink by turns, with generous blinks."""
    spans: list[tuple[int, int, CueKind, str]] = []
    at = 0
    ends = [0, *(mark["reopened"] for mark in marks)]
    starts = [*(mark["onset"] for mark in marks), count]
    for number, mark in enumerate(marks):
        before, after = mark["onset"] - ends[number], starts[number + 1] - mark["reopened"]
        first = mark["onset"] - min(MARGIN_FRAMES, round(0.4 * before))
        last = mark["reopened"] + min(MARGIN_FRAMES, round(0.4 * after))
        spans += [(at, first, "neutral", ""), (first, last, "blink", "")]
        at = last
    return [*spans, (at, count, "neutral", "")]


def blink_row(curve: NDArray[np.float64], mark: Mapping[str, int]) -> dict[str, Any]:
    """One blink beside its marks; frames.

    Args:
        curve: Lid closure of each frame, shape (N,), 0..1.
        mark: `onset`, `closed_first`, `closed_last` and `reopened`.
    """
    shut = (mark["closed_first"] + mark["closed_last"]) // 2
    below = np.flatnonzero(curve[:shut] < ONSET_LEFT)
    free = np.flatnonzero(curve[shut:] < REOPENED_LEFT)
    rest = np.flatnonzero(curve[shut:] < ONSET_LEFT)
    onset = int(below[-1]) + 1 if len(below) else None
    reopened = shut + int(free[0]) if len(free) else None
    return {
        "marked": [mark["onset"], mark["reopened"]],
        "found": [onset, reopened],
        "take_ends": shut + int(rest[0]) if len(rest) else None,
        "off": [
            None if found is None else found - told
            for found, told in zip(
                (onset, reopened), (mark["onset"], mark["reopened"]), strict=True
            )
        ],
        "peak": float(np.nanmax(curve[mark["onset"] : mark["reopened"]])),
    }


def _smile(folder: Path) -> tuple[dict[str, Any], NDArray[np.float64]]:
    there = list(gray_frames(folder / SMILE))[: SMILE_LAST + 1]
    frames = [*there, *there[-2::-1]]
    count = len(frames)
    rig = {name: _smile_camera(name, frames[0], box) for name, box in SMILE_FACE.items()}
    cues: Spans = [
        (0, SMILE_REST, "neutral", ""),
        (SMILE_REST, count - SMILE_REST, "take", "lip_corner_puller"),
        (count - SMILE_REST, count, "neutral", ""),
    ]
    labelled = label_clip(frames, rig, cues, fps=SMILE_FPS)
    takes = [seen for view in labelled.cameras if view.camera == "mouth" for seen in view.takes]
    sides = {seen.name: smile_side(seen) for seen in takes}
    curves = [_whole(seen, count) for seen in takes]
    mean = np.mean([curve / max(float(np.nanmax(curve)), 1e-9) for curve in curves], axis=0)
    return {"sides": sides, "marked_frames": len(MOUTH_WIDTH_PX)}, mean


def smile_side(seen: TakeCurve) -> dict[str, Any]:
    """One lip corner beside the width of the mouth."""
    curve = _whole(seen, 2 * SMILE_LAST + 1)
    width = np.array(list(MOUTH_WIDTH_PX.values()))
    rise = curve[list(MOUTH_WIDTH_PX)]
    known = np.isfinite(rise)
    # Pearson's r is left undefined for curves in weights that hardly move; these are in pixels.
    r = pearson_r(width[known], rise[known])
    return {
        "refusal": seen.take.refusal,
        "starts_at_frame": seen.segment.first + seen.take.start,
        "peak_px": seen.take.peak_px,
        "r_with_mouth_width": r,
    }


def _whole(seen: TakeCurve, count: int) -> NDArray[np.float64]:
    """The curve of a take over all frames of a clip, NaN outside its segment."""
    curve = np.full(count, np.nan)
    curve[seen.segment.first : seen.segment.last] = seen.curve
    return curve


def _no_face(folder: Path) -> dict[str, Any]:
    """Each unit cued at several places; none may be labelled, not even rest."""
    frames = list(gray_frames(folder / NO_FACE))
    rig = {name: clip_camera(frames[0], box) for name, box in SKY.items()}
    rows = usable = 0
    reasons: set[str] = set()
    views = crop_clip(frames, rig, fps=NO_FACE_FPS)
    for unit, (first, last) in product(SKY_UNITS, SKY_CUES):
        spans: Spans = [
            (0, first, "neutral", ""),
            (first, last, "take", unit),
            (last, len(frames), "neutral", ""),
        ]
        cues = cues_of(spans, NO_FACE_FPS)
        table = label_crops("no_face", views, cues, config=LabelConfig()).table
        rows, usable = rows + len(table), usable + int(table.mask.sum())
        reasons |= {table.refusals[code].partition(":")[0] for code in np.unique(table.refusal)}
    return {
        "tries": len(SKY_UNITS) * len(SKY_CUES),
        "rows": rows,
        "usable_rows": usable,
        "reasons": sorted(reasons),
    }


def _smile_camera(name: str, frame: Gray8, box: Box) -> CameraModel:
    """The telephone as a headset's camera that shows the face as large, right in front of it."""
    camera = clip_camera(frame, box)
    if name != schema.MOUTH_CAMERA:
        return replace(camera, is_mirrored=name == "eye_right")
    focal = PX_PER_MM * MOUTH_DISTANCE_MM
    middle_x, middle_y = SMILE_MIDDLE_PX
    return replace(camera, fx=focal, fy=focal, cx=middle_x, cy=middle_y, headset_from_camera=FACING)

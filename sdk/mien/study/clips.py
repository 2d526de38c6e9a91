"""A video clip as a session: rectangles of its picture stand for the cameras of a headset."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from mien.capture.cues import Cue, CueKind
from mien.capture.session import open_session
from mien.capture.session_writer import SessionWriter
from mien.train.label_tracks import CameraCrops
from mien.train.labeller import Labelled, label_session, read_crops
from mien.types import CameraModel, Frame, Gray8, centred_camera

Box = tuple[float, float, float, float]
"""Left, top, right, bottom, pixels."""
Spans = Sequence[tuple[int, int, CueKind, str]]
"""(first frame, last frame + 1, kind, name) of each cue."""


def label_clip(
    frames: Sequence[Gray8], rig: Mapping[str, CameraModel], spans: Spans, *, fps: float
) -> Labelled:
    """Write a clip down as a session, and label that."""
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / "clip"
        _write(path, frames, rig, spans=spans, fps=fps)
        return label_session(open_session(path))


def crop_clip(
    frames: Sequence[Gray8], rig: Mapping[str, CameraModel], *, fps: float
) -> dict[str, CameraCrops]:
    """Write a clip down as a session, and read its crops."""
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / "clip"
        _write(path, frames, rig, spans=[(0, len(frames), "neutral", "")], fps=fps)
        session = open_session(path)
        return {camera: read_crops(session, camera) for camera in session.cameras}


def cues_of(spans: Spans, fps: float) -> list[Cue]:
    """Frame numbers as capture times."""
    return [
        Cue(round(first * 1e9 / fps), round(last * 1e9 / fps), kind, name)
        for first, last, kind, name in spans
    ]


def clip_camera(frame: Gray8, box: Box | None = None) -> CameraModel:
    """A camera that reads a rectangle of the picture, or its largest centred square."""
    height, width = frame.shape
    camera = centred_camera(width, height)
    return camera if box is None else replace(camera, crop_xyxy_px=box)


def _write(
    path: Path,
    frames: Sequence[Gray8],
    rig: Mapping[str, CameraModel],
    *,
    spans: Spans,
    fps: float,
) -> None:
    meta = {"wearer": path.name, "fps": fps, "source": "footage"}
    with SessionWriter(path, rig, meta=meta) as writer:
        for at, gray in enumerate(frames):
            for camera in rig:
                writer.add(Frame(camera, round(at * 1e9 / fps), np.ascontiguousarray(gray)))
        writer.write_cues(cues_of(spans, fps))

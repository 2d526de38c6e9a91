"""From the tracks of one camera to one curve per take of each value it sees."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from mien import schema
from mien.config import CROP_SIZE
from mien.train.label_config import LabelConfig
from mien.train.label_rules import values_of, values_seen_by
from mien.train.label_segments import Segment
from mien.train.label_tracks import Track, grid_axis
from mien.train.metric import Residual, Template, learn_template, metric, without_drift
from mien.train.regions import find_reference, side_window, without_slip
from mien.train.takes import Curve, Take, find_take
from mien.types import CameraModel, Mask


@dataclass(frozen=True, slots=True)
class TakeCurve:
    """What one camera saw of one value during one segment."""

    name: str
    camera: str
    segment: Segment
    t_ns: NDArray[np.int64]
    """Capture times of the segment, shape (n,)."""
    curve: Curve
    """Metric without drift, shape (n,), crop pixels."""
    take: Take


@dataclass(frozen=True, slots=True)
class CameraCurves:
    """Everything that one camera tells."""

    camera: str
    t_ns: NDArray[np.int64]
    reference: Mask
    templates: Mapping[str, Template]
    takes: tuple[TakeCurve, ...]
    lids: tuple[TakeCurve, ...]
    """Lid closure in every segment, eye cameras only; `take` is empty for segments that do not
    ask for it."""


Tracks: TypeAlias = Sequence[Track]


def measure_camera(
    name: str, camera: CameraModel, tracks: Tracks, *, t_ns: NDArray[np.int64], config: LabelConfig
) -> CameraCurves:
    """Regions, directions and curves of one camera.

    Args:
        name: One of `schema.CAMERAS`.
        camera: Its model; says which side of the crop is the wearer's left.
        tracks: Displacement per segment.
        t_ns: Capture times of all frames of the camera, shape (N,).
        config: Settings.
    """
    grid = tracks[0].moved_px.shape[1:3] if tracks else (1, 1)
    reference = find_reference(tracks, config) if tracks else np.ones(grid, np.bool_)
    residuals = [_residual(track, reference, config) for track in tracks]
    templates: dict[str, Template] = {}
    takes: list[TakeCurve] = []
    for value in values_seen_by(name):
        asked = [at for at, track in enumerate(tracks) if value in _asked(track.segment)]
        if not asked:
            continue
        window = _window(value, camera, config) if name == schema.MOUTH_CAMERA else np.ones(grid)
        template = learn_template([residuals[at] for at in asked], window.astype(np.float32))
        templates[value] = template
        for at in asked:
            curve, drift_px = _curve(tracks[at], residuals[at], template, config=config)
            take = find_take(curve, residuals[at].neutral, config, drift_px=drift_px)
            takes.append(_take_curve(value, name, tracks[at], t_ns=t_ns, curve=curve, take=take))
    lids = _lids(name, tracks, residuals, templates=templates, t_ns=t_ns, config=config)
    return CameraCurves(name, t_ns, reference, templates, tuple(takes), lids)


def _residual(track: Track, reference: Mask, config: LabelConfig) -> Residual:
    moved = track.moved_px
    if config.has_reference:
        moved = without_slip(moved, track.trust, reference)
    return Residual(moved, track.trust, track.segment.neutral)


def _asked(segment: Segment) -> tuple[str, ...]:
    return values_of(segment.take) if segment.take else ()


def _window(value: str, camera: CameraModel, config: LabelConfig) -> NDArray[np.float32]:
    share = (grid_axis(CROP_SIZE, config.grid_step_px) + 0.5) / CROP_SIZE
    if not schema.UNIT_OF_VALUE[value].sided:
        return np.ones((len(share), len(share)), np.float32)
    return side_window(camera, value.rpartition("_")[2], share)


def _curve(
    track: Track, residual: Residual, template: Template, *, config: LabelConfig
) -> tuple[Curve, float]:
    curve = metric(residual, template, is_signed=config.is_signed)
    if not config.has_drift_removal:
        return curve, 0.0
    moving = np.flatnonzero(~track.segment.neutral)
    return without_drift(curve, track.segment.neutral, slice(int(moving[0]), int(moving[-1]) + 1))


def _take_curve(
    value: str, camera: str, track: Track, *, t_ns: NDArray[np.int64], curve: Curve, take: Take
) -> TakeCurve:
    segment = track.segment
    times = t_ns[segment.first : segment.last]
    return TakeCurve(value, camera, segment, times, curve, take)


def _lids(
    name: str,
    tracks: Tracks,
    residuals: Sequence[Residual],
    *,
    templates: Mapping[str, Template],
    t_ns: NDArray[np.int64],
    config: LabelConfig,
) -> tuple[TakeCurve, ...]:
    value = f"lid_closure_{name.rpartition('_')[2]}"
    template = templates.get(value)
    if template is None:
        return ()
    empty = Take(0, 0, 0, 0.0, 0.0)
    return tuple(
        _take_curve(
            value,
            name,
            track,
            t_ns=t_ns,
            curve=_curve(track, residual, template, config=config)[0],
            take=empty,
        )
        for track, residual in zip(tracks, residuals, strict=True)
    )

"""From the tracks of one camera to one curve per take of each value it sees."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from mien import schema
from mien.capture.cues import Cue
from mien.train.label_config import LabelConfig
from mien.train.label_eyes import EyeCurves, LidCurve, measure_eye
from mien.train.label_fit import rides
from mien.train.label_mixtures import MixtureCurve
from mien.train.label_regions import UnitBoxes, measure_boxes, value_window
from mien.train.label_rules import values_of, values_seen_by
from mien.train.label_segments import Segment
from mien.train.label_tracks import CameraCrops, Track
from mien.train.metric import Residual, Template, learn_template, metric, without_drift
from mien.train.regions import find_references
from mien.train.takes import Curve, Take, find_take, stray_rises
from mien.types import Mask
from mien.vision.motion import Slip, fit_slips, remove_slips

Tracks: TypeAlias = Sequence[Track]
CLEARER: Final = 1.2
"""So much further must takes stand out of the noise for the headset's ride to be kept in them."""
SHARED_BY: Final = 0.5
"""Share of the takes that must leave a point still for it to describe the headset."""


@dataclass(frozen=True, slots=True)
class TakeCurve:
    """What one camera saw of one value during one segment."""

    name: str
    camera: str
    segment: Segment
    t_ns: NDArray[np.int64]
    """Capture times of the segment, shape (n,)."""
    curve: Curve
    """Metric without drift, shape (n,), crop pixels; of lid closure a share of the opening."""
    take: Take


@dataclass(frozen=True, slots=True)
class CameraCurves:
    """Everything that one camera tells."""

    camera: str
    t_ns: NDArray[np.int64]
    reference: Mask
    """Points that most takes leave still, shape (h, w)."""
    templates: Mapping[str, Template]
    takes: tuple[TakeCurve, ...]
    eye: EyeCurves
    """Lids and gaze; empty for the mouth."""
    riding: tuple[str, ...] = ()
    """Values in whose takes the headset moves along (A16)."""
    mixtures: tuple[MixtureCurve, ...] = ()
    """What it tells of spontaneous stretches."""
    boxes: UnitBoxes = field(default_factory=dict)
    """Where in the crop each cued value and the face lie."""


def measure_camera(
    name: str,
    view: CameraCrops,
    tracks: Tracks,
    *,
    cues: Sequence[Cue],
    config: LabelConfig,
) -> CameraCurves:
    """Regions, directions and curves of one camera.

    Args:
        name: One of `schema.CAMERAS`.
        view: Its crops; the model says which side of the crop is the wearer's left.
        tracks: Displacement per segment.
        cues: Of the session.
        config: Settings.
    """
    if not tracks:
        return CameraCurves(name, view.t_ns, np.ones((1, 1), np.bool_), {}, (), EyeCurves())
    is_mouth = name == schema.MOUTH_CAMERA
    references = find_references(tracks, config, is_per_cue=is_mouth)
    slips = [_slips(*given, config) for given in zip(tracks, references, strict=True)]
    shared = np.mean(references, axis=0) >= SHARED_BY
    eye = measure_eye(name, view, tracks, slips=slips, reference=shared, cues=cues, config=config)
    lids = eye.lids
    bridged = lids if config.has_blink_bridging else ()
    hidden = [lid.is_blink for lid in bridged] or [np.zeros_like(t.segment.neutral) for t in tracks]
    residuals = [_residual(*given) for given in zip(tracks, slips, hidden, strict=True)]
    templates: dict[str, Template] = {}
    takes: list[TakeCurve] = []
    riding: list[str] = []
    for value in values_seen_by(name):
        asked = [at for at, track in enumerate(tracks) if value in _asked(track.segment)]
        if not asked:
            continue
        if lids and schema.UNIT_OF_VALUE[value].name == "lid_closure":
            takes += [_lid_take(value, name, lids[at], config=config) for at in asked]
            continue
        window = value_window(value, name, view.camera, step_px=config.grid_step_px)
        own = [residuals[at] for at in asked]
        template, measured = _learn(own, window, config)
        curves = [curve for curve, _ in measured]
        if rides([slips[at] for at in asked], curves, [one.neutral for one in own]):
            kept = [replace(residuals[at], moved_px=tracks[at].moved_px) for at in asked]
            whole = _learn(kept, window, config)
            if _clarity(whole[1]) > CLEARER * _clarity(measured):
                template, measured = whole
                riding.append(value)
        templates[value] = template
        for at, (curve, take) in zip(asked, measured, strict=True):
            segment = tracks[at].segment
            times = view.t_ns[segment.first : segment.last]
            takes.append(TakeCurve(value, name, segment, times, curve, take))
    boxes = measure_boxes(
        name, view, tracks, residuals=residuals, templates=templates, config=config
    )
    return CameraCurves(
        name, view.t_ns, shared, templates, tuple(takes), eye, riding=tuple(riding), boxes=boxes
    )


def _learn(
    residuals: Sequence[Residual], window: NDArray[np.float32], config: LabelConfig
) -> tuple[Template, list[tuple[Curve, Take]]]:
    template = learn_template(residuals, window)
    return template, [_measure(one, template, config) for one in residuals]


def _clarity(measured: Sequence[tuple[Curve, Take]]) -> float:
    """How far the takes stand out of the noise beside them."""
    return float(np.median([take.snr for _, take in measured]))


def _slips(track: Track, reference: Mask, config: LabelConfig) -> list[Slip]:
    if not config.has_reference:
        return [Slip()] * len(track.moved_px)
    return fit_slips(track.moved_px, track.trust, reference)


def _residual(track: Track, slips: Sequence[Slip], hidden: NDArray[np.bool_]) -> Residual:
    moved_px = remove_slips(track.moved_px, slips)
    return Residual(moved_px, track.trust, track.segment.neutral, hidden)


def _asked(segment: Segment) -> tuple[str, ...]:
    return values_of(segment.take) if segment.take else ()


def _measure(residual: Residual, template: Template, config: LabelConfig) -> tuple[Curve, Take]:
    curve = metric(residual, template, is_signed=config.is_signed)
    curve = _bridged(curve, residual.hidden)
    drift_px = 0.0
    if config.has_drift_removal:
        moving = np.flatnonzero(~residual.neutral)
        span = slice(int(moving[0]), int(moving[-1]) + 1)
        curve, drift_px = without_drift(curve, residual.neutral & ~residual.hidden, span)
    return curve, find_take(curve, residual.neutral, config, drift_px=drift_px)


def _bridged(curve: Curve, hidden: NDArray[np.bool_]) -> Curve:
    """The curve with its hidden frames drawn in straight (A11)."""
    if not hidden.any() or hidden.all():
        return curve
    frames = np.arange(len(curve))
    return np.interp(frames, frames[~hidden], curve[~hidden])


def _lid_take(value: str, camera: str, lid: LidCurve, *, config: LabelConfig) -> TakeCurve:
    stray = stray_rises(lid.closure, lid.segment.neutral, config)
    take = find_take(_bridged(lid.closure, stray), lid.segment.neutral & ~stray, config)
    return TakeCurve(value, camera, lid.segment, lid.t_ns, lid.closure, take)

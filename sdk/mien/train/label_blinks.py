"""Lid closure of one eye through the whole session, and the blinks in it (A11)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from mien import schema
from mien.config import CROP_SIZE
from mien.train.label_config import LabelConfig
from mien.train.label_lids import Features, learn_lids, short_closures, stable_features
from mien.train.label_rules import values_of
from mien.train.label_segments import Segment
from mien.train.label_tracks import CameraCrops, Track, grid_axis
from mien.train.takes import Curve
from mien.types import Mask
from mien.vision.flow import DenseFlow
from mien.vision.motion import Slip, fit_slip


@dataclass(frozen=True, slots=True)
class LidCurve:
    """Lid closure during one segment."""

    name: str
    segment: Segment
    t_ns: NDArray[np.int64]
    """Shape (n,)."""
    closure: Curve
    """Shape (n,), share of the widest closure of the session."""
    is_blink: NDArray[np.bool_]
    """Frames of a closure that nobody asked for, with a margin, shape (n,)."""


def measure_lids(
    name: str,
    view: CameraCrops,
    tracks: Sequence[Track],
    *,
    slips: Sequence[Sequence[Slip]],
    reference: Mask,
    config: LabelConfig,
) -> tuple[LidCurve, ...]:
    """Lid closure in every segment of an eye camera, from the closures that were cued.

    Args:
        name: Of the camera.
        view: Its crops.
        tracks: One per segment.
        slips: One per frame of each track, against the track's key frame.
        reference: Grid points that move only with the headset, shape (h, w).
        config: Settings.

    Returns:
        One curve per track; empty for the mouth camera and where no closure was cued.
    """
    value = f"lid_closure_{name.rpartition('_')[2]}"
    cued = [value in values_of(cue) for track in tracks for cue in track.segment.cues[:1]]
    if name == schema.MOUTH_CAMERA or not any(cued):
        return ()
    features = _features(view, tracks, slips=slips, reference=reference, config=config)
    pairs = list(zip(tracks, features, strict=True))
    closing = [f[~t.segment.neutral] for (t, f), asks in zip(pairs, cued, strict=True) if asks]
    calm = [f[_calm(t.segment)] for t, f in pairs]
    model = learn_lids(np.concatenate(closing), np.concatenate(calm))
    if model is None:
        return ()
    curves = []
    for (track, seen), asks in zip(pairs, cued, strict=True):
        times = view.t_ns[track.segment.first : track.segment.last]
        closure = model.closure(seen)
        is_blink = _blinks(closure, times, track.segment, asks=asks, config=config)
        curves.append(LidCurve(value, track.segment, times, closure, is_blink))
    return tuple(curves)


def _features(
    view: CameraCrops,
    tracks: Sequence[Track],
    *,
    slips: Sequence[Sequence[Slip]],
    reference: Mask,
    config: LabelConfig,
) -> list[Features]:
    """Features of each track, all slip-free against one key frame of the whole session."""
    usual = np.median(np.stack([track.key for track in tracks]), axis=0).round().astype(np.uint8)
    flow = DenseFlow(CROP_SIZE, CROP_SIZE, config.flow)
    axis = grid_axis(CROP_SIZE, config.grid_step_px).astype(int)
    grid = np.ix_(axis, axis)
    found = []
    for track, own in zip(tracks, slips, strict=True):
        seat = Slip()
        if config.has_reference:
            between = flow.run(usual, track.key)
            seat = fit_slip(between.flow_px[grid], between.confidence[grid], reference)
        crops = view.crops[track.segment.first : track.segment.last]
        sums = [_after(seat, slip) for slip in own]
        found.append(stable_features(crops, sums, reference, step_px=config.grid_step_px))
    return found


def _after(first: Slip, second: Slip) -> Slip:
    """Both slips in a row; their product is left out, being a thousandth of either."""
    sums = {name: getattr(first, name) + getattr(second, name) for name in ("a", "b", "tx", "ty")}
    return replace(Slip(), **sums)


def _eye_takes_part(segment: Segment) -> bool:
    """True when what was asked for moves the skin around the eye."""
    units = [schema.UNIT_OF_VALUE[name] for cue in segment.cues for name in values_of(cue)]
    return any("eye" in unit.cameras for unit in units) or segment.cues[0].kind == "spontaneous"


def _calm(segment: Segment) -> NDArray[np.bool_]:
    """Frames in which nothing around the eye was asked for, shape (n,)."""
    if _eye_takes_part(segment):
        return segment.neutral
    return np.ones_like(segment.neutral)


def _blinks(
    closure: Curve,
    t_ns: NDArray[np.int64],
    segment: Segment,
    *,
    asks: bool,
    config: LabelConfig,
) -> NDArray[np.bool_]:
    if asks:
        return np.zeros(len(closure), np.bool_)
    sudden = short_closures(closure, t_ns) if _eye_takes_part(segment) else closure
    at_ns = t_ns[sudden > config.blink_share]
    margin_ns = round(config.blink_margin_s * 1e9)
    near: NDArray[np.bool_] = np.zeros(len(closure), np.bool_)
    for t in at_ns:
        near |= np.abs(t_ns - t) <= margin_ns
    return near

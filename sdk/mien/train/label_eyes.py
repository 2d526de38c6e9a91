"""Lid closure, blinks and gaze of one eye through the whole session (A11)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from mien import schema
from mien.capture.cues import Cue
from mien.config import CROP_SIZE
from mien.train.label_config import LabelConfig
from mien.train.label_gaze import Angles, learn_gaze
from mien.train.label_lids import (
    OPEN_BELOW,
    Features,
    learn_lids,
    short_closures,
    stable_features,
)
from mien.train.label_rules import values_of
from mien.train.label_segments import Segment
from mien.train.label_tracks import CameraCrops, Track
from mien.train.metric import without_drift
from mien.train.sliding import running_median
from mien.train.takes import Curve
from mien.types import Mask
from mien.vision.flow import DenseFlow
from mien.vision.follow import grid_axis
from mien.vision.motion import Slip, fit_slip

STRAIGHT_S, KNOT_S = 40.0, 2.0
REST_S: Final = 1.0
MAX_REST: Final = 0.35
"""A lid that rests lower than this share of the way is not resting."""


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


@dataclass(frozen=True, slots=True)
class GazeCurve:
    """Gaze of one eye wherever it is open and nothing around it was asked for."""

    t_ns: NDArray[np.int64]
    """Shape (n,), increasing."""
    angle_rad: Angles
    """Yaw and pitch, shape (n, 2)."""
    lag_ns: int
    """By how much the eye follows a target later."""


@dataclass(frozen=True, slots=True)
class EyeCurves:
    """What one eye camera shows of the eye itself."""

    lids: tuple[LidCurve, ...] = ()
    """One per segment; empty where no closure was cued."""
    gaze: GazeCurve | None = None
    """None where no gaze was cued, or the pictures do not tell it."""


def measure_eye(
    name: str,
    view: CameraCrops,
    tracks: Sequence[Track],
    *,
    slips: Sequence[Sequence[Slip]],
    reference: Mask,
    cues: Sequence[Cue],
    config: LabelConfig,
) -> EyeCurves:
    """Lid closure and gaze of an eye camera through the session.

    Args:
        name: Of the camera.
        view: Its crops.
        tracks: One per segment.
        slips: One per frame of each track, against the track's key frame.
        reference: Grid points that move only with the headset, shape (h, w).
        cues: Of the session.
        config: Settings.
    """
    if name == schema.MOUTH_CAMERA:
        return EyeCurves()
    features = _features(view, tracks, slips=slips, reference=reference, config=config)
    seen = [
        _Seen(track.segment, view.t_ns[track.segment.first : track.segment.last], shown)
        for track, shown in zip(tracks, features, strict=True)
    ]
    lids = _lids(f"lid_closure_{name.rpartition('_')[2]}", seen, config)
    return EyeCurves(lids, _gaze(seen, lids, cues))


@dataclass(frozen=True, slots=True)
class _Seen:
    """One segment of one eye."""

    segment: Segment
    t_ns: NDArray[np.int64]
    features: Features


def _lids(value: str, seen: Sequence[_Seen], config: LabelConfig) -> tuple[LidCurve, ...]:
    cued = [value in values_of(part.segment.cues[0]) for part in seen]
    if not any(cued):
        return ()
    closing = [
        part.features[~part.segment.neutral] for part, asks in zip(seen, cued, strict=True) if asks
    ]
    calm = [part.features[_calm(part.segment)] for part in seen]
    model = learn_lids(
        np.concatenate(closing), np.concatenate(calm), is_gaze_free=config.has_gaze_correction
    )
    if model is None:
        return ()
    curves = []
    for part, asks in zip(seen, cued, strict=True):
        closure = model.closure(part.features)
        if asks or config.has_gaze_correction:
            closure = _from_rest(closure, part, asks=asks)
        is_blink = _blinks(closure, part.t_ns, part.segment, asks=asks, config=config)
        curves.append(LidCurve(value, part.segment, part.t_ns, closure, is_blink))
    return tuple(curves)


def _from_rest(closure: Curve, part: _Seen, *, asks: bool) -> Curve:
    """Closure above where the lids rest: they follow a gaze that is held low or high (A11).

    In a take rest is the line through the neutral stretches beside it; elsewhere the median
    over a time that no blink lasts.
    """
    if asks:
        moving = np.flatnonzero(~part.segment.neutral)
        span = slice(int(moving[0]), int(moving[-1]) + 1)
        rest: Curve = closure - without_drift(closure, part.segment.neutral, span)[0]
    else:
        rest = running_median(closure, part.t_ns, over_s=REST_S)
    held = np.clip(rest, 0, MAX_REST)
    lifted: Curve = (closure - held) / (1 - held)
    return lifted


def _gaze(seen: Sequence[_Seen], lids: Sequence[LidCurve], cues: Sequence[Cue]) -> GazeCurve | None:
    shut = [lid.closure > OPEN_BELOW for lid in lids] or [np.zeros(len(s.t_ns), bool) for s in seen]
    told = [part.segment.cues[0].kind == "gaze" for part in seen]
    if not any(told):
        return None
    taught = [
        (part.features[~closed], part.t_ns[~closed])
        for part, closed, is_told in zip(seen, shut, told, strict=True)
        if is_told
    ]
    model = learn_gaze(
        np.concatenate([shown for shown, _ in taught]),
        np.concatenate([t_ns for _, t_ns in taught]),
        cues,
    )
    if model is None:
        return None
    open_eye = [
        (part.t_ns[chosen], model.gaze(part.features[chosen]), np.full(chosen.sum(), is_told))
        for part, chosen, is_told in (
            (part, _calm(part.segment) & ~closed, is_told)
            for part, closed, is_told in zip(seen, shut, told, strict=True)
        )
    ]
    t_ns, first = np.unique(np.concatenate([t for t, _, _ in open_eye]), return_index=True)
    angle_rad = np.concatenate([angle for _, angle, _ in open_eye])[first]
    is_free = ~np.concatenate([told for _, _, told in open_eye])[first]
    angle_rad[is_free] -= _straight(angle_rad[is_free], t_ns[is_free])
    return GazeCurve(t_ns, angle_rad, model.lag_ns)


def _straight(angle_rad: Angles, t_ns: NDArray[np.int64]) -> Angles:
    """What the picture says of an eye that looks straight ahead, shape (n, 2), rad.

    A headset that sits otherwise than during the gaze cues shifts every reading. Nobody was told
    where to look, so the middle of `STRAIGHT_S` seconds is straight ahead: on four rendered train
    sessions the error fell from 0.068 to 0.042 rad, and that of no eye rose above 0.072.
    """
    if not len(t_ns):
        return angle_rad
    knots = np.arange(t_ns[0], t_ns[-1] + 1, round(KNOT_S * 1e9))
    reach_ns = round(STRAIGHT_S / 2 * 1e9)
    ends = [np.searchsorted(t_ns, (knot - reach_ns, knot + reach_ns)) for knot in knots]
    held = [slice(first, max(last, first + 1)) for first, last in ends]
    middles = np.stack([np.median(angle_rad[part], axis=0) for part in held])
    lines = [np.interp(t_ns, knots, middles[:, axis]) for axis in (0, 1)]
    return np.stack(lines, axis=1)


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
    return Slip(**sums)


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

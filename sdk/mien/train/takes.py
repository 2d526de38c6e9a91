"""Where a take begins, peaks and ends, or why it cannot be used (A9).

A curve is followed outwards from its peak: the take begins after the last frame below
`start_share` of the peak that comes before the first frame above `confirm_share`, and ends
likewise. Two thresholds, so that noise at one of them cannot begin or end a take.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from mien.train.label_config import LabelConfig

MAX_DRIFT_SHARE: Final = 0.3
"""A take that ends further than this share of its peak from its beginning did not end."""

Curve: TypeAlias = NDArray[np.floating[Any]]
"""Shape (N,), float: one movement metric over the frames of a segment."""


@dataclass(frozen=True, slots=True)
class Take:
    """One cued repetition, as the metric saw it. Frame numbers count within the segment."""

    start: int
    """First frame of the movement."""
    peak: int
    """First frame that belongs to the peak."""
    end: int
    """First frame after the movement."""
    peak_px: float
    """Largest metric, the median of three frames, crop pixels. (Rejected: the mean of all frames
    that belong to the peak; labels then came out 2 % too large.)"""
    noise_px: float
    """Deviation of the metric in the neutral stretches beside the take, crop pixels."""
    refusal: str = ""
    """Why the take is not used; empty: it is."""

    @property
    def snr(self) -> float:
        """Peak over noise."""
        return self.peak_px / max(self.noise_px, 1e-6)


def find_take(
    curve: Curve, neutral: NDArray[np.bool_], config: LabelConfig, *, drift_px: float = 0.0
) -> Take:
    """Segment one curve.

    Args:
        curve: Metric over a segment that holds one take, shape (N,), crop pixels.
        neutral: Frames cued neutral, shape (N,), bool.
        config: Thresholds.
        drift_px: Rest after the take less rest before it, before the drift line was taken off.

    Returns:
        The take; with `refusal` set when it does not rise and fall cleanly or is too small.
    """
    smooth = median3(curve)
    moving = np.flatnonzero(~neutral)
    if not len(moving) or not neutral.any():
        return Take(0, 0, 0, 0.0, 0.0, "no neutral stretch beside the take")
    top = max(float(smooth[moving].max()), 1e-9)
    # A hold has its largest frame anywhere, by noise; where it begins is told by the motion.
    peak = int(moving[np.argmax(smooth[moving] >= config.peak_share * top)])
    at_rest = np.flatnonzero(neutral)
    sides = (at_rest[at_rest < peak], at_rest[at_rest > peak])
    noise_px = max(deviation(curve[side]) for side in sides)
    start, end = _walk(smooth, top, config)
    refusal = _refusal(smooth, peak=peak, top=top, noise_px=noise_px, config=config)
    if not refusal and abs(drift_px) > MAX_DRIFT_SHARE * top:
        refusal = f"no clean fall: ends {drift_px:.2f} px from where it began"
    return Take(start, peak, end, top, noise_px, refusal)


def _walk(smooth: Curve, top: float, config: LabelConfig) -> tuple[int, int]:
    """(first, one past the last) frame of the movement; clipped to the segment."""
    confirmed = np.flatnonzero(smooth >= config.confirm_share * top)
    quiet = smooth < config.start_share * top
    before = np.flatnonzero(quiet[: confirmed[0]]) if len(confirmed) else np.empty(0, int)
    after = np.flatnonzero(quiet[confirmed[-1] :]) if len(confirmed) else np.empty(0, int)
    start = int(before[-1]) + 1 if len(before) else 0
    end = int(confirmed[-1] + after[0]) if len(after) else len(smooth)
    return start, end


def _refusal(smooth: Curve, *, peak: int, top: float, noise_px: float, config: LabelConfig) -> str:
    if top < config.min_peak_px:
        return f"moves {top:.2f} px at most, expected {config.min_peak_px:g} or more"
    if top < config.min_snr * noise_px:
        return f"peak {top:.2f} px is less than {config.min_snr:g} times the noise {noise_px:.2f}"
    quiet = smooth < config.start_share * top
    if not quiet[:peak].any():
        return "no clean rise: the curve never starts from rest"
    if not quiet[peak:].any():
        return "no clean fall: the curve never comes back to rest"
    high = smooth >= config.confirm_share * top
    # A dip that comes back to rest between two rises is two movements under one cue.
    rises = np.flatnonzero(high[1:] & ~high[:-1]) + 1
    for first, second in pairwise(rises):
        if quiet[first:second].any():
            return "rises more than once"
    return ""


def stray_rises(curve: Curve, neutral: NDArray[np.bool_], config: LabelConfig) -> NDArray[np.bool_]:
    """Rises that begin and end in rest while nothing is asked for, shape (N,): blinks of a lid.

    A cued closure has them beside it, where they would pass for noise or for a second movement.
    """
    smooth = median3(curve)
    asked = smooth[~neutral]
    is_high = smooth >= config.start_share * max(float(asked.max(initial=0.0)), 1e-9)
    edges = np.flatnonzero(np.diff(np.r_[False, is_high, False]))
    stray = np.zeros(len(curve), np.bool_)
    for first, stop in zip(edges[::2], edges[1::2], strict=True):
        around = slice(max(first - 1, 0), stop + 1)
        stray[around] |= bool(neutral[around].all())
    return stray


def median3(curve: Curve) -> Curve:
    """Median over three neighbours: takes out single-frame spikes, keeps edges."""
    if len(curve) < 3:
        return curve
    padded = np.concatenate([curve[:1], curve, curve[-1:]])
    smooth: Curve = np.median(np.stack([padded[:-2], padded[1:-1], padded[2:]]), axis=0)
    return smooth


def deviation(curve: Curve) -> float:
    """Robust standard deviation (1.4826 times the median absolute deviation)."""
    if not len(curve):
        return 0.0
    return float(1.4826 * np.median(np.abs(curve - np.median(curve))))

"""The movement metric: how far the skin has gone along the way of one unit (A7).

A *template* is that way: for each point of the crop the direction and relative length of its
movement in the takes of the unit (first principal component over space and direction together,
so that a pucker's convergence or a lid's closing needs no formula of its own), and a weight.
The metric of a frame is the weighted least-squares factor of the template in the residual
displacement, signed, in pixels of the region's root mean square.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from mien.train.label_tracks import Fields, Trusts
from mien.train.takes import Curve

Grid: TypeAlias = NDArray[np.float32]
"""Shape (h, w), float32."""

NOISE_FLOOR_PX: Final = 0.05
"""Flow is never trusted to better than this."""
REGION_SHARE: Final = 0.25
"""The region of a unit: where it moves at least this share of its fastest point."""
MAX_FRAMES: Final = 300
POWER_STEPS: Final = 12


@dataclass(frozen=True, slots=True)
class Residual:
    """Slip-free displacement over one segment."""

    moved_px: Fields
    trust: Trusts
    neutral: NDArray[np.bool_]
    hidden: NDArray[np.bool_]
    """Frames that a blink spoils, shape (N,)."""


@dataclass(frozen=True, slots=True)
class Template:
    """The way of one unit in one camera."""

    direction: NDArray[np.float32]
    """Shape (h, w, 2); root mean square 1 over the region."""
    weight: Grid
    """Shape (h, w), >= 0: how much a point says about the unit."""

    @property
    def region(self) -> NDArray[np.bool_]:
        """Points that the unit moves and the metric listens to, shape (h, w)."""
        return region_of(self.direction, self.weight)


def learn_template(takes: Sequence[Residual], window: Grid) -> Template:
    """The common way of the takes of one unit.

    Args:
        takes: Residuals of segments with that unit.
        window: Where the unit may be seen, shape (h, w), 0..1.

    Returns:
        The template, signed such that the takes are positive.
    """
    moved, trust = _moving(takes)
    noise = np.sqrt(np.mean([_power(_still(take)) for take in takes], axis=0))
    trusted = (window * trust.mean(axis=0) / (noise**2 + NOISE_FLOOR_PX**2)).astype(np.float32)
    rough = Template(_principal(moved, trusted), trusted)
    weight = (trusted * _consistency(moved, trust, rough)).astype(np.float32)
    direction = _principal(moved, weight)
    region = region_of(direction, weight)
    length = np.sqrt((direction[region] ** 2).sum(axis=-1).mean()) if region.any() else 1.0
    direction = direction / np.float32(max(length, 1e-9))
    return Template(direction, weight)


def metric(residual: Residual, template: Template, *, is_signed: bool = True) -> Curve:
    """The metric at each frame of a segment, shape (N,), crop pixels.

    Args:
        residual: Slip-free displacement.
        template: The way of the unit.
        is_signed: False gives the length of the motion in the region instead.
    """
    return factor(residual.moved_px, residual.trust, template, is_signed=is_signed)


def factor(moved_px: Fields, trust: Trusts, template: Template, *, is_signed: bool = True) -> Curve:
    """Least-squares factor of the template in each field, shape (N,)."""
    weight = trust * template.weight
    if not is_signed:
        within = weight * template.region
        power = (within * (moved_px**2).sum(axis=-1)).sum(axis=(1, 2))
        unsigned: Curve = np.sqrt(power / np.maximum(within.sum(axis=(1, 2)), 1e-9))
        return unsigned
    along = (moved_px * template.direction).sum(axis=-1)
    length = (template.direction**2).sum(axis=-1)
    top = (weight * along).sum(axis=(1, 2))
    curve: Curve = top / np.maximum((weight * length).sum(axis=(1, 2)), 1e-9)
    return curve


def without_drift(curve: Curve, neutral: NDArray[np.bool_], take: slice) -> tuple[Curve, float]:
    """The curve minus the line through the neutral stretches before and after a take (A8).

    Args:
        curve: Shape (N,).
        neutral: Frames cued neutral, shape (N,).
        take: Frames of the take: separates before from after.

    Returns:
        The straightened curve, and how much the line rises between the two stretches.
    """
    frames = np.arange(len(curve))
    before, after = neutral & (frames < take.start), neutral & (frames >= take.stop)
    ends = [
        (float(frames[part].mean()), float(np.median(curve[part])))
        for part in (before, after)
        if part.any()
    ]
    if not ends:
        return curve, 0.0
    at, level = zip(*ends, strict=True)
    straight: Curve = curve - np.interp(frames, at, level)
    return straight, level[-1] - level[0]


def region_of(direction: NDArray[np.float32], weight: Grid) -> NDArray[np.bool_]:
    """Points that move at least `REGION_SHARE` of the fastest listened-to point, shape (h, w)."""
    speed = np.sqrt((direction**2).sum(axis=-1))
    heard = weight > 0.05 * weight.max()
    fastest = np.quantile(speed[heard], 0.98) if heard.any() else np.inf
    chosen: NDArray[np.bool_] = heard & (speed >= REGION_SHARE * fastest)
    return chosen


def _moving(takes: Sequence[Residual]) -> tuple[Fields, Trusts]:
    """Frames cued to move, of all takes, thinned to `MAX_FRAMES`."""
    moving = [~take.neutral & ~take.hidden for take in takes]
    if not any(chosen.any() for chosen in moving):
        moving = [~take.neutral for take in takes]
    moved = np.concatenate([take.moved_px[at] for take, at in zip(takes, moving, strict=True)])
    trust = np.concatenate([take.trust[at] for take, at in zip(takes, moving, strict=True)])
    stride = -(-len(moved) // MAX_FRAMES)
    return moved[::stride], trust[::stride]


def _still(take: Residual) -> Fields:
    chosen = take.neutral & ~take.hidden
    return take.moved_px[chosen if chosen.any() else take.neutral]


def _power(moved_px: Fields) -> Grid:
    """Mean square length of each point, shape (h, w)."""
    power: Grid = (moved_px**2).sum(axis=-1).mean(axis=0)
    return power


def _principal(moved_px: Fields, weight: Grid) -> NDArray[np.float32]:
    """First principal direction of fields (not centred: rest is 0), shape (h, w, 2).

    `einsum`, not `@`: BLAS would split these small products over threads, which costs more than
    it gives and makes the last bits depend on their number.
    """
    root = np.sqrt(weight)[..., None]
    rows = (moved_px * root).reshape(len(moved_px), -1).astype(np.float64)
    loudest = (rows**2).sum(axis=1)
    way = rows[loudest >= np.quantile(loudest, 0.8)].mean(axis=0)
    for _ in range(POWER_STEPS):
        way = np.einsum("np,n->p", rows, np.einsum("np,p->n", rows, way))
        way /= max(float(np.sqrt((way**2).sum())), 1e-12)
    scores = np.einsum("np,p->n", rows, way)
    scores *= np.sign(scores.sum()) or 1.0
    # The fields' own scale, per point: a weight must not shorten what it weighs.
    flat = moved_px.reshape(len(moved_px), -1)
    direction = np.einsum("np,n->p", flat, scores) / max(float((scores**2).sum()), 1e-12)
    shaped: NDArray[np.float32] = direction.reshape(moved_px.shape[1:]).astype(np.float32)
    return shaped


def _consistency(moved_px: Fields, trust: Trusts, template: Template) -> Grid:
    """Share of each point's motion that the template explains, shape (h, w), 0..1."""
    amount = factor(moved_px, trust, template)
    left = moved_px - amount[:, None, None, None].astype(np.float32) * template.direction
    explained = 1 - _power(left) / np.maximum(_power(moved_px), NOISE_FLOOR_PX**2)
    share: Grid = np.clip(explained, 0, 1)
    return share

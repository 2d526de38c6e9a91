"""How far the lids of an eye are shut: what the lid's margin has swept over.

A lid moves faster and further than flow can follow, folds away the skin it moves and uncovers
what no earlier frame showed, so the metric of the other units fails on it (measured on rendered
sessions: r 0.74 to 0.89; this one 0.96). Its metric is the appearance of the slip-free crop
along the way from open to shut:

    p = way . (features - rest),   way = (C + ridge)^-1 d, scaled such that way . d = 1

with d the first principal direction of the cued closures and C the covariance of the open eye,
so that a turning iris, which changes the picture as much, counts as little as can be. p is then
read off along the path that the closing eye takes: a moving edge changes the picture in
proportion to the ground it covers, so the length of that path is the margin's travel.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from mien.train.label_tracks import Crops
from mien.train.sliding import white_top_hat
from mien.train.takes import Curve
from mien.types import Mask
from mien.vision.motion import Slip

Features: TypeAlias = NDArray[np.float32]
"""Slip-free gray crops, reduced and freed of gain, shape (N, h * w)."""

RIDGE: Final = 1.0
"""Added to the covariance of the open eye, in units of its mean variance."""
OPEN_BELOW: Final = 0.25
"""Frames further along than this do not describe the open eye."""
REGION_SHARE: Final = 0.10
"""The eye is where closing changes the picture by this share of the largest change."""
PATH_STEPS: Final = 10
MAX_OPEN_FRAMES: Final = 800
BLINK_S: Final = 0.4
"""A closure narrower than this is a blink, also where the lids take part in something else."""


@dataclass(frozen=True, slots=True)
class LidModel:
    """The way from open to shut of one eye in one session."""

    region: NDArray[np.bool_]
    """Which features it reads."""
    rest: NDArray[np.float64]
    way: NDArray[np.float64]
    at: NDArray[np.float64]
    """p at the knots of the path, increasing."""
    travel: NDArray[np.float64]
    """Share of the path's length at the knots, 0..1."""

    def closure(self, features: Features) -> Curve:
        """Share of the widest closure seen in the session, shape (N,), 0..1."""
        apart = features[:, self.region] - self.rest
        travelled: Curve = np.interp(np.einsum("np,p->n", apart, self.way), self.at, self.travel)
        return travelled


def stable_features(
    crops: Crops, slips: Sequence[Slip], reference: Mask, *, step_px: int
) -> Features:
    """What the eye looks like with the headset's slip undone.

    Args:
        crops: Shape (N, S, S), uint8.
        slips: Of each crop against its key frame, in grid coordinates.
        reference: Grid points that move only with the headset, shape (h, w); their mean and
            deviation set the gain.
        step_px: Crop pixels per grid step.
    """
    import cv2

    height, width = reference.shape
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    found = np.empty((len(crops), height, width), np.float32)
    for at, (crop, slip) in enumerate(zip(crops, slips, strict=True)):
        moved = similarity(slip, step_px=step_px, size=crop.shape[0])
        still = cv2.warpAffine(
            crop, moved, crop.shape[::-1], flags=flags, borderMode=cv2.BORDER_REPLICATE
        )
        found[at] = cv2.resize(still, (width, height), interpolation=cv2.INTER_AREA)
    flat = found.reshape(len(crops), -1)
    level = flat[:, reference.ravel()].mean(axis=1, keepdims=True)
    features: Features = (flat - level) / (flat.std(axis=1, keepdims=True) + 3)
    return features


def similarity(slip: Slip, *, step_px: int, size: int) -> NDArray[np.float64]:
    """2x3 matrix that maps a pixel of the key frame to where the slip took it."""
    a, b = slip.a / step_px, slip.b / step_px
    middle = step_px // 2 + step_px * (size // step_px - 1) / 2
    x, y = slip.tx - (a - b) * middle, slip.ty - (a + b) * middle
    return np.array([[1 + a, -b, x], [b, 1 + a, y]])


def learn_lids(closing: Features, calm: Features, *, is_gaze_free: bool = True) -> LidModel | None:
    """Learn one eye.

    Args:
        closing: Features of frames cued to close, shape (N, p).
        calm: Features of frames in which nothing around the eye was asked for; blinks among
            them are found and left out.
        is_gaze_free: False: read the way of the closures itself, whatever a turning eye does
            along it (ablation of A11).

    Returns:
        The model; None if there are too few frames to learn from.
    """
    if len(closing) < 2 * PATH_STEPS or len(calm) < 2 * PATH_STEPS:
        return None
    rest = np.median(calm, axis=0)
    whole = _principal(closing - rest)
    region = np.abs(whole) >= REGION_SHARE * np.abs(whole).max()
    shut = whole[region]
    open_eye = calm[:: -(-len(calm) // MAX_OPEN_FRAMES)][:, region].astype(np.float64)
    middle, way = rest[region].astype(np.float64), shut / (shut @ shut)
    for _ in range(3):
        is_open = (open_eye - middle) @ way < OPEN_BELOW
        if not is_open.any():
            return None
        middle = open_eye[is_open].mean(axis=0)
        if is_gaze_free:
            way = _discriminant(open_eye[is_open] - middle, shut)
    apart = np.concatenate([closing, calm])[:, region] - middle
    at, travel = _path(apart, np.einsum("np,p->n", apart, way))
    return LidModel(region, middle, way, at, travel)


def _principal(apart: NDArray[np.floating[Any]]) -> NDArray[np.float64]:
    """First principal direction, as long as the widest closure, towards closing."""
    rows = apart.astype(np.float64)
    way = rows[np.argsort((rows**2).sum(axis=1))[-len(rows) // 3 :]].mean(axis=0)
    for _ in range(12):
        way = np.einsum("np,n->p", rows, np.einsum("np,p->n", rows, way))
        way /= max(float(np.sqrt((way**2).sum())), 1e-12)
    scores = np.einsum("np,p->n", rows, way)
    sign = np.sign(scores.sum()) or 1.0
    widest: NDArray[np.float64] = way * sign * np.quantile(scores * sign, 0.95)
    return widest


def _discriminant(apart: NDArray[np.float64], shut: NDArray[np.float64]) -> NDArray[np.float64]:
    """The functional that gives 1 for `shut` and varies least over `apart`."""
    covariance = np.einsum("ni,nj->ij", apart, apart) / len(apart)
    ridge = RIDGE * np.trace(covariance) / len(covariance) + 1e-9
    way = np.linalg.solve(covariance + ridge * np.eye(len(covariance)), shut)
    scaled: NDArray[np.float64] = way / (way @ shut)
    return scaled


def _path(
    apart: NDArray[np.floating[Any]], p: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(p, share of the path's length) at knots from open to shut."""
    closed = p[p > 2 * OPEN_BELOW]
    top = float(np.quantile(closed, 0.9)) if len(closed) else 1.0
    edges = np.linspace(0.08, 1.0, PATH_STEPS) * top
    knots = [apart[np.abs(p) < 0.05 * top].mean(axis=0)]
    at = [0.0]
    for low, high in pairwise(edges):
        within = (p >= low) & (p < high)
        if within.sum() >= 3:
            knots.append(apart[within].mean(axis=0))
            at.append(float(p[within].mean()))
    steps = np.sqrt((np.diff(np.stack(knots), axis=0) ** 2).sum(axis=1))
    travel = np.concatenate([[0.0], np.cumsum(steps)])
    return np.array(at), travel / max(float(travel[-1]), 1e-9)


def short_closures(closure: Curve, t_ns: NDArray[np.int64]) -> Curve:
    """What of a closure lasts less than `BLINK_S`, shape (N,)."""
    return white_top_hat(closure, t_ns, over_s=BLINK_S)

"""Draws what gets in the way of a headset's cameras, with the mask and the covered area (E4).

A cover is drawn in gray levels, as a camera would see it; the crops that the network learns from
hold locally normalised values. `occlude` therefore takes the crop for an image of middling
contrast, lays the cover over it and normalises again: around a cover the skin changes as it does
in a real crop, far from it nothing changes, to the last bit.

A tongue is no cover here: it is a movement with a unit of its own.

Shape suffixes: H height, W width.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from mien.config import CROP_SIZE, PreprocessConfig
from mien.schema import CameraKind

Rng = np.random.Generator
Mask = NDArray[np.uint8]
"""Opacity, shape (H, W), 0..255."""
Plane = NDArray[np.float32]
"""Shape (H, W)."""

COVERED: Final = 64
"""Opacity from which a pixel counts as covered."""
_MIDDLE_GRAY, _GRAY_PER_UNIT = 120.0, 25.0
"""A crop's real 0 and 1 as gray levels: skin in the middle of the range, deviation 19."""
_TRIES = 9
_CLOSE = 0.06
"""A cover's area may be off by this share of the area asked for."""
_WORN_AT_REST = 0.7
"""Chance that what is worn was there when the neutral was taken."""


@dataclass(frozen=True, slots=True)
class Cover:
    """Something in front of a crop."""

    kind: str
    mask: Plane
    """Opacity, shape (128, 128), 0..1."""
    gray: Plane
    """Its brightness, gray levels, same shape."""
    area: float
    """Covered share of the crop, 0..1."""
    is_smear: bool = False
    """It blurs what is behind it and keeps half of it."""
    is_in_neutral: bool = False
    """It was worn when the neutral was taken."""


def draw_cover(kind: str, area: float, key: tuple[int, ...]) -> Cover:
    """Draw a cover of about a given area.

    Args:
        kind: One of `COVERS`.
        area: Share of the crop, 0..1. Some kinds cannot grow so far (lashes): `Cover.area` is
            what was reached.
        key: The only source of chance.
    """
    drawing = COVERS[kind]
    mask = _grown(drawing.draw, area, key)
    rng = np.random.default_rng((*key, 1))
    return Cover(
        kind,
        (mask / 255).astype(np.float32),
        _brightness(rng, drawing.gray),
        covered_area(mask),
        is_smear=kind == "smear",
        is_in_neutral=drawing.is_worn and bool(rng.random() < _WORN_AT_REST),
    )


def _grown(draw: Callable[[Rng, float], Mask], area: float, key: tuple[int, ...]) -> Mask:
    """The drawing at the size that covers the area, found by halving."""
    low, high, size = 0.0, 1.0, area
    mask = draw(np.random.default_rng(key), size)
    for _ in range(_TRIES):
        reached = covered_area(mask)
        if abs(reached - area) <= _CLOSE * area:
            break
        low, high = (size, high) if reached < area else (low, size)
        size = (low + high) / 2
        mask = draw(np.random.default_rng(key), size)
    return mask


def covered_area(mask: Mask) -> float:
    """Share of the pixels that a mask covers, 0..1."""
    return float(np.count_nonzero(mask >= COVERED) / mask.size)


def occlude(x_HW: Plane, cover: Cover, preprocess: PreprocessConfig) -> Plane:
    """Lay a cover over a crop.

    Args:
        x_HW: Real input values of one crop, shape (128, 128), float32; left as it is.
        cover: What lies over it.
        preprocess: How crops are normalised.

    Returns:
        Same shape, float32; equal to `x_HW` farther from the cover than the window reaches.
    """
    behind_HW: Plane = np.clip(_MIDDLE_GRAY + _GRAY_PER_UNIT * x_HW, 0, 255).astype(np.float32)
    shown_HW = cover.gray
    if cover.is_smear:
        blurred_HW = cv2.GaussianBlur(behind_HW, (0, 0), 4.0)
        shown_HW = ((blurred_HW + cover.gray) / 2).astype(np.float32)
    covered_HW = behind_HW + cover.mask * (shown_HW - behind_HW)
    after_HW = _normalised(covered_HW, preprocess)
    kept_HW = x_HW + after_HW - _normalised(behind_HW, preprocess)
    is_far = cv2.boxFilter(cover.mask, -1, (preprocess.window_px,) * 2, normalize=False) < 1e-3
    mixed_HW = kept_HW + cover.mask * (after_HW - kept_HW)
    covered: Plane = np.where(is_far, x_HW, mixed_HW).astype(np.float32)
    return covered


def _normalised(gray_HW: Plane, preprocess: PreprocessConfig) -> Plane:
    """The preprocessing of `mien.vision`, in float and without rounding."""
    box = (preprocess.window_px, preprocess.window_px)
    mean_HW = cv2.blur(gray_HW, box)
    variance_HW = cv2.blur(gray_HW * gray_HW, box) - mean_HW * mean_HW
    spread_HW = np.sqrt(np.maximum(variance_HW, 0))
    normal_HW = (gray_HW - mean_HW) / (spread_HW + np.float32(preprocess.std_floor))
    kept: Plane = normal_HW.astype(np.float32)
    return kept


def _brightness(rng: Rng, levels: tuple[float, float]) -> Plane:
    """A level with light that falls off across it, and grain."""
    coarse = rng.normal(0, 0.12, (4, 4)).astype(np.float32)
    shade = cv2.resize(coarse, (CROP_SIZE, CROP_SIZE), interpolation=cv2.INTER_CUBIC)
    grain = rng.normal(0, 2.5, (CROP_SIZE, CROP_SIZE)).astype(np.float32)
    level: Plane = np.clip(rng.uniform(*levels) * (1 + shade) + grain, 0, 255).astype(np.float32)
    return level


def _blank() -> Mask:
    return np.zeros((CROP_SIZE, CROP_SIZE), np.uint8)


def _points(xy: NDArray[np.float64]) -> NDArray[np.int32]:
    """Places in crop sides as OpenCV's fixed point of 1/16 pixel."""
    return np.round(xy * CROP_SIZE * 16).astype(np.int32)


def _stroke(mask: Mask, xy: NDArray[np.float64], thickness_px: float) -> None:
    cv2.polylines(
        mask, [_points(xy)], isClosed=False, color=255, thickness=max(1, round(thickness_px)),
        lineType=cv2.LINE_AA, shift=4,
    )  # fmt: skip


def _bent(start: NDArray[np.float64], end: NDArray[np.float64], bend: float) -> NDArray[np.float64]:
    """A curve between two places; `bend` is how far its middle lies off the line."""
    along = np.linspace(0, 1, 12)[:, None]
    side = np.array([-(end - start)[1], (end - start)[0]])
    curve: NDArray[np.float64] = (
        start + along * (end - start) + 4 * bend * along * (1 - along) * side
    )
    return curve


def _from_edge(rng: Rng) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """A place outside the crop, and the direction from it to somewhere near the middle."""
    angle = rng.uniform(0, 2 * np.pi)
    start = 0.5 + 0.85 * np.array([np.cos(angle), np.sin(angle)])
    to = rng.uniform(0.25, 0.75, 2)
    return start, (to - start) / np.linalg.norm(to - start)


def _hair(rng: Rng, size: float) -> Mask:
    mask = _blank()
    root, towards = _from_edge(rng)
    count = 90
    roots = root + rng.normal(0, 0.28, (count, 2))
    ends = roots + towards * rng.uniform(0.7, 1.7, (count, 1)) + rng.normal(0, 0.12, (count, 2))
    bends, thick = rng.uniform(-0.15, 0.15, count), rng.uniform(1, 3.2, count)
    for number in range(1 + int(size * (count - 1))):
        _stroke(mask, _bent(roots[number], ends[number], bends[number]), thick[number])
    return mask


def _lashes(rng: Rng, size: float) -> Mask:
    mask = _blank()
    count = int(rng.integers(16, 34))
    lid_y, droop = rng.uniform(0.12, 0.45), rng.uniform(0.02, 0.12)
    x = np.linspace(rng.uniform(0.02, 0.15), rng.uniform(0.85, 0.98), count)
    lean, thick = rng.normal(0, 0.12, count), rng.uniform(1, 2.2, count)
    reach = rng.uniform(0.6, 1.0, count)
    for number in range(count):
        start = np.array([x[number], lid_y + droop * (2 * x[number] - 1) ** 2])
        length = reach[number] * (0.04 + 0.6 * size)
        end = start + length * np.array([lean[number] + 0.5 * (x[number] - 0.5), 1.0])
        _stroke(mask, _bent(start, end, 0.1), thick[number] * (1 + 3 * size))
    return mask


def _glasses(rng: Rng, size: float) -> Mask:
    mask = _blank()
    centre = _points(rng.uniform(0.3, 0.7, 2))
    axes = _points(rng.uniform((0.42, 0.3), (0.7, 0.55)))
    angle, thick = rng.uniform(-15, 15), max(1, round(1 + 100 * size))
    cv2.ellipse(
        mask, centre.tolist(), axes.tolist(), angle, 0, 360, 255, thick, cv2.LINE_AA, 4
    )  # fmt: skip
    return mask


def _strap(rng: Rng, size: float) -> Mask:
    """The headset's own edge or a strap: everything beyond a curved line."""
    mask = _blank()
    start, towards = _from_edge(rng)
    across = np.array([-towards[1], towards[0]])
    edge = 0.5 - 0.75 * towards + towards * 1.5 * size
    bow = rng.uniform(-0.2, 0.2)
    line = _bent(edge - across * 1.2, edge + across * 1.2, bow / 2)
    outside = np.stack([start + across * 3 - towards * 2, start - across * 3 - towards * 2])
    cv2.fillPoly(mask, [_points(np.concatenate([line, outside]))], 255, cv2.LINE_AA, 4)
    return mask


def _finger(rng: Rng, size: float) -> Mask:
    mask = _blank()
    start, towards = _from_edge(rng)
    across = np.array([-towards[1], towards[0]])
    count = int(rng.integers(1, 4))
    reach, bends = rng.uniform(0.7, 1.2, count), rng.uniform(-0.06, 0.06, count)
    wide = 0.04 + 0.55 * size / np.sqrt(count)
    for number in range(count):
        root = start + across * (number - (count - 1) / 2) * wide * 1.12
        end = root + towards * reach[number] * (0.7 + 0.4 * size)
        _stroke(mask, _bent(root, end, bends[number]), wide * CROP_SIZE)
    return mask


def _smear(rng: Rng, size: float) -> Mask:
    mask = _blank()
    middle, angle = rng.uniform(0.2, 0.8, 2), float(rng.uniform(0, 180))
    for number in range(4):
        place = _points(middle + rng.normal(0, 0.1 + 0.1 * number, 2))
        axes = _points(rng.uniform(0.2, 1.0, 2) * (0.02 + 0.75 * size))
        cv2.ellipse(
            mask, place.tolist(), axes.tolist(), angle, 0, 360, 255, -1, cv2.LINE_AA, 4
        )  # fmt: skip
    return _softened(mask, rng.uniform(1.5, 4), opacity=float(rng.uniform(0.6, 1.0)))


def _glare(rng: Rng, size: float) -> Mask:
    mask = _blank()
    place, radius = rng.uniform(0.1, 0.9, 2), 0.02 + 0.65 * size
    towards = rng.normal(0, 1, 2)
    towards /= np.linalg.norm(towards)
    cv2.circle(mask, _points(place).tolist(), int(radius * CROP_SIZE * 16), 255, -1, cv2.LINE_AA, 4)
    _stroke(mask, np.stack([place - 2 * towards, place + 2 * towards]), 1 + 40 * size)
    return _softened(mask, rng.uniform(0.8, 3), opacity=1.0)


def _beard(rng: Rng, size: float) -> Mask:
    """Short hairs on the chin, the jaw and above the lip; they leave the mouth between them."""
    mask = _blank()
    count = 1800
    places = rng.uniform((0.02, 0.3), (0.98, 1.05), (count, 2))
    is_lip = np.hypot((places[:, 0] - 0.5) / 0.3, (places[:, 1] - 0.56) / 0.1) < 1
    places = places[~is_lip]
    lean, length = rng.normal(0, 0.5, len(places)), rng.uniform(0.03, 0.08, len(places))
    thick = rng.uniform(1, 1.8, len(places))
    for number in range(1 + int(size * (len(places) - 1))):
        lie = np.array([np.sin(lean[number]), np.cos(lean[number])]) * length[number]
        _stroke(mask, np.stack([places[number], places[number] + lie]), thick[number])
    return mask


def _microphone(rng: Rng, size: float) -> Mask:
    """A boom from one side with foam at its end."""
    mask = _blank()
    side = float(rng.integers(2))
    root, end = np.array([1.3 * side - 0.15, rng.uniform(0.5, 1.0)]), rng.uniform(0.3, 0.7, 2)
    _stroke(mask, _bent(root, end, rng.uniform(-0.1, 0.1)), 2 + 30 * size)
    axes = (np.array([0.03, 0.025]) + np.array([0.75, 0.6]) * size) * CROP_SIZE * 16
    cv2.ellipse(
        mask, _points(end).tolist(), np.round(axes).astype(int).tolist(), rng.uniform(0, 180), 0,
        360, 255, -1, cv2.LINE_AA, 4,
    )  # fmt: skip
    return mask


def _softened(mask: Mask, deviation_px: float, *, opacity: float) -> Mask:
    soft = cv2.GaussianBlur(mask, (0, 0), deviation_px)
    return (soft * opacity).astype(np.uint8)


@dataclass(frozen=True, slots=True)
class _Drawing:
    draw: Callable[[Rng, float], Mask]
    """Mask of a size 0..1; a larger size covers more."""
    gray: tuple[float, float]
    """Levels it may have."""
    is_worn: bool
    """It stays: the neutral may show it too."""


COVERS: Final[dict[str, _Drawing]] = {
    "hair": _Drawing(_hair, (5, 90), is_worn=False),
    "lashes": _Drawing(_lashes, (5, 50), is_worn=True),
    "glasses": _Drawing(_glasses, (5, 70), is_worn=True),
    "strap": _Drawing(_strap, (3, 90), is_worn=True),
    "finger": _Drawing(_finger, (100, 230), is_worn=False),
    "smear": _Drawing(_smear, (60, 220), is_worn=True),
    "glare": _Drawing(_glare, (235, 255), is_worn=False),
    "beard": _Drawing(_beard, (10, 80), is_worn=True),
    "microphone": _Drawing(_microphone, (10, 80), is_worn=True),
}
"""How each kind is drawn."""
COVERS_OF: Final[dict[CameraKind, tuple[str, ...]]] = {
    "eye": ("hair", "lashes", "glasses", "strap", "finger", "smear", "glare"),
    "mouth": ("hair", "beard", "microphone", "strap", "finger", "smear", "glare"),
}
"""What can get in the way of each kind of camera."""

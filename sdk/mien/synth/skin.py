"""Paints one wearer's skin in texture space: what a near-infrared camera sees of it.

At 850 nm skin is bright and soft: melanin and blood hardly absorb, so freckles and redness are
faint, while hair, stubble and cosmetics with carbon stay dark (Anderson and Parrish, "The
Optics of Human Skin", 1981).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from mien.synth.beard import paint_beard
from mien.synth.head import Head
from mien.synth.strokes import (
    Layer,
    Texels,
    blurred,
    draw_line,
    landmark_texels,
    multiply_spot,
)

SIZE: Final = 2048
"""Side of the texture, texels: about 7 per millimetre of face."""

_GRAY: Final = 128.0
_BROWS: Final = ((22, 23, 24, 25, 26), (21, 20, 19, 18, 17))
_EYES: Final = ((42, 43, 44, 45, 46, 47), (39, 38, 37, 36, 41, 40))
_LIPS: Final = tuple(range(48, 60))
_NOSTRILS: Final = (32, 34)


@dataclass(frozen=True, slots=True, kw_only=True)
class SkinLook:
    """How one wearer's skin looks; every field is drawn by `draw_skin`."""

    albedo: float
    blotch: float
    pore: float
    oil: float
    brow_dark: float
    brow_hairs: int
    brow_thick_px: float
    brow_drop_px: float
    brow_length_px: float
    lid_dark: float
    liner: float
    under_eye: float
    lip: float
    stubble: float
    beard: float
    moustache: float
    sparkle: float
    creases: int
    wrinkles: float
    """How deep skin folds when the face moves, 0..1."""


def draw_skin(rng: np.random.Generator) -> SkinLook:
    """Draw a wearer's skin."""
    has_makeup = rng.random() < 0.25
    has_beard, has_moustache = rng.random(2) < (0.16, 0.2)
    return SkinLook(
        albedo=rng.uniform(0.42, 0.72),
        blotch=rng.uniform(0.02, 0.07),
        pore=rng.uniform(0.6, 1.6),
        oil=rng.uniform(0.1, 1.4),
        brow_dark=rng.uniform(0.4, 0.88),
        brow_hairs=int(rng.integers(250, 800)),
        brow_thick_px=rng.uniform(16, 38),
        brow_drop_px=rng.uniform(8, 48),
        brow_length_px=rng.uniform(30, 54),
        lid_dark=rng.uniform(0.1, 0.35) if has_makeup else rng.uniform(0.0, 0.1),
        liner=rng.uniform(0.5, 0.85) if has_makeup else rng.uniform(0.1, 0.5),
        under_eye=rng.uniform(0.0, 0.15),
        lip=rng.uniform(0.72, 1.12),
        stubble=max(0.0, rng.uniform(-0.5, 0.6)),
        beard=rng.uniform(0.3, 0.85) if has_beard else 0.0,
        moustache=rng.uniform(0.3, 0.85) if has_beard or has_moustache else 0.0,
        sparkle=max(0.0, rng.uniform(-0.3, 1.0)),
        creases=int(rng.integers(0, 9)),
        wrinkles=rng.uniform(0.1, 1.0),
    )


def paint_skin(head: Head, look: SkinLook, rng: np.random.Generator) -> NDArray[np.uint8]:
    """Paint the texture.

    Returns:
        Shape (SIZE, SIZE, 4), uint8, row 0 at v = 0: albedo; slope along u and along v, 128 =
        flat; oiliness.
    """
    import cv2

    uv = landmark_texels(head, SIZE)
    albedo = look.albedo * (1.0 + look.blotch * _clouds(rng, (90.0, 28.0, 8.0)))
    height = look.pore * (0.42 * _clouds(rng, (2.2, 1.2)) + 0.2 * _clouds(rng, (7.0,)))
    oil = np.clip(look.oil * (0.55 + 0.35 * _clouds(rng, (60.0, 6.0))), 0, 0.6)
    _wet(height, oil, uv, look=look, rng=rng)
    for brow, eye in zip(_BROWS, _EYES, strict=True):
        _paint_lids(albedo, uv[list(eye)], look, has_lines=head.has_lid_lines)
        _paint_creases(height, uv[list(eye)], look, rng=rng)
        _paint_brow(albedo, uv[list(brow)], look, rng=rng)
    _paint_lips(albedo, height, oil, points=uv[list(_LIPS)], look=look, rng=rng)
    _paint_stubble(albedo, uv, look, rng=rng)
    paint_beard(albedo, uv, rng, beard=look.beard, moustache=look.moustache)
    for nostril in _NOSTRILS:
        multiply_spot(albedo, uv[nostril] - (0, 40), (13, 13), darkness=0.75)
    slope_u = cv2.Sobel(height, cv2.CV_32F, 1, 0, ksize=3) * 16
    slope_v = -cv2.Sobel(height, cv2.CV_32F, 0, 1, ksize=3) * 16
    layers = (albedo * 255, slope_u + _GRAY, slope_v + _GRAY, oil * 255)
    image = np.stack([np.clip(layer, 0, 255) for layer in layers], axis=-1)
    return np.ascontiguousarray(image[::-1].astype(np.uint8))


def _clouds(rng: np.random.Generator, sigmas_px: tuple[float, ...]) -> Layer:
    """Smooth noise with unit variance, equal parts of the given scales, tiling."""
    import cv2

    total = np.zeros((SIZE, SIZE), np.float32)
    for sigma in sigmas_px:
        step = max(1, int(sigma / 2))
        small = SIZE // step
        grid = rng.standard_normal((small, small), dtype=np.float32)
        grid = blurred(grid, sigma / step)
        grid /= max(float(grid.std()), 1e-9)
        total += cv2.resize(grid, (SIZE, SIZE), interpolation=cv2.INTER_CUBIC)
    return total / np.float32(np.sqrt(len(sigmas_px)))


def _wet(
    height: Layer, oil: Layer, uv: Texels, *, look: SkinLook, rng: np.random.Generator
) -> None:
    """Tiny facets that shine, in patches: moist skin as an infrared camera sees it."""
    if look.sparkle <= 0:
        return
    facets = np.clip(_clouds(rng, (2.0, 1.2)) - 1.1, 0, 1)
    dry = np.ones((SIZE, SIZE), np.float32)
    for eye in _EYES:
        # Moist under the eye, towards the nose.
        inner, width = uv[eye[0]], float(np.linalg.norm(uv[eye[3]] - uv[eye[0]]))
        place = inner + (uv[eye[3]] - inner) * 0.3 + (0, 0.35 * width)
        multiply_spot(dry, place, (width * 0.4, width * 0.14), darkness=1.0)
    patches = np.clip(_clouds(rng, (110.0, 40.0)) + 0.2 + 1.6 * (1.0 - dry), 0, 1.5)
    wet = np.clip(look.sparkle * 1.4 * facets * patches, 0, 0.9)
    oil += (1.0 - oil) * wet
    height += 0.8 * wet


def _paint_lids(albedo: Layer, eye: Texels, look: SkinLook, *, has_lines: bool) -> None:
    centre, width = eye.mean(axis=0), float(np.linalg.norm(eye[3] - eye[0]))
    up = np.array([0.0, -width])
    for place, radius, darkness in (
        (centre + up * 0.16, (width * 0.34, width * 0.13), look.lid_dark),
        (centre - up * 0.25, (width * 0.34, width * 0.12), look.under_eye),
    ):
        multiply_spot(albedo, place, radius, darkness=darkness)
    if not has_lines:
        return
    line = np.zeros((SIZE, SIZE), np.float32)
    draw_line(line, eye[:4], ink=1.0, thick_px=5)
    draw_line(line, eye[[3, 4, 5, 0]], ink=0.5, thick_px=4)
    x0, x1 = int(eye[:, 0].min() - 40), int(eye[:, 0].max() + 40)
    y0, y1 = int(centre[1] - 60), int(centre[1] + 60)
    part = blurred(line[y0:y1, x0:x1], 1.6)
    albedo[y0:y1, x0:x1] *= 1.0 - look.liner * np.clip(part, 0, 1)


def _paint_creases(height: Layer, eye: Texels, look: SkinLook, *, rng: np.random.Generator) -> None:
    """Crow's feet beside the eye and lines under it."""
    outer, inner = eye[3], eye[0]
    width = float(np.linalg.norm(outer - inner))
    outward = float(np.sign(outer[0] - inner[0]))
    steps = np.linspace(0, 1, 12)[:, None]
    layer = np.zeros((SIZE, SIZE), np.float32)
    for _ in range(look.creases):
        if rng.random() < 0.5:
            rise = rng.uniform(-0.35, 0.35)
            start = outer + np.array([outward * rng.uniform(0.1, 0.3), rise]) * width
            turn = rise
        else:
            place = (outward * rng.uniform(0.1, 0.7), rng.uniform(0.15, 0.5))
            start, turn = inner + np.array(place) * width, rng.uniform(-0.1, 0.3)
        length = rng.uniform(0.25, 0.6) * width
        bend = np.array([0.0, rng.normal(0, 0.2)])
        path = start + length * (steps * np.array([outward, turn]) + steps**2 * bend)
        draw_line(layer, path, ink=rng.uniform(0.5, 2.0), thick_px=2)
    height -= blurred(layer, 1.8) * 2.0


def _paint_brow(albedo: Layer, brow: Texels, look: SkinLook, *, rng: np.random.Generator) -> None:
    outward = float(np.sign(brow[-1, 0] - brow[0, 0]))
    ink = np.zeros((SIZE, SIZE), np.float32)
    knots = np.linspace(0, 1, len(brow))
    along = rng.beta(1.2, 1.3, look.brow_hairs)
    thick = look.brow_thick_px * np.interp(along, [0, 0.25, 0.7, 1], [0.8, 1.0, 0.75, 0.25])
    across = rng.uniform(-1, 1, look.brow_hairs)
    x = np.interp(along, knots, brow[:, 0])
    y = np.interp(along, knots, brow[:, 1]) + look.brow_drop_px + across * thick
    # Hairs rise at the nose, lie along the middle and fall at the tail.
    angle = np.interp(along, [0, 0.3, 1], [1.25, 0.5, -0.25]) + across * 0.35
    angle += rng.normal(0, 0.16, look.brow_hairs)
    length = look.brow_length_px * rng.uniform(0.6, 1.2, look.brow_hairs)
    for one in range(look.brow_hairs):
        step = np.array([outward * np.cos(angle[one]), -np.sin(angle[one])])
        root = np.array([x[one], y[one]])
        bend = np.array([outward * 0.25, 0.25]) * length[one]
        path = [root, root + step * length[one] * 0.5, root + step * length[one] + bend * 0.3]
        draw_line(ink, np.array(path), ink=rng.uniform(0.5, 1.0), thick_px=2)
    soft = blurred(ink, 9.0)
    cover = np.clip(0.55 * np.clip(soft * 1.3, 0, 1) + 0.7 * blurred(ink, 0.8), 0, 1)
    albedo *= 1.0 - look.brow_dark * cover


def _paint_lips(
    albedo: Layer,
    height: Layer,
    oil: Layer,
    *,
    points: Texels,
    look: SkinLook,
    rng: np.random.Generator,
) -> None:
    import cv2

    mask = np.zeros((SIZE, SIZE), np.float32)
    cv2.fillPoly(mask, [points.round().astype(np.int32)], 1.0, cv2.LINE_AA)
    mask = blurred(mask, 5.0)
    albedo *= 1.0 + (look.lip - 1.0) * mask
    grooves = rng.standard_normal((1, SIZE), dtype=np.float32)
    grooves = blurred(grooves, 2.5)
    height *= 1.0 - 0.7 * mask
    height += mask * grooves * 2.0
    oil *= 1.0 - 0.45 * mask


def _paint_stubble(albedo: Layer, uv: Texels, look: SkinLook, *, rng: np.random.Generator) -> None:
    import cv2

    if look.stubble <= 0:
        return
    area = np.zeros((SIZE, SIZE), np.float32)
    jaw = uv[[3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13]] + (0, 60)
    ring = np.concatenate([jaw, uv[[35, 33, 31]] + (0, 25)])
    cv2.fillPoly(area, [ring.round().astype(np.int32)], 1.0)
    cv2.fillPoly(area, [uv[list(_LIPS)].round().astype(np.int32)], 0.0)
    area = blurred(area, 14.0)
    dots = (rng.random((SIZE, SIZE), dtype=np.float32) < 0.02).astype(np.float32)
    dots = np.clip(blurred(dots, 1.1) * 5.0, 0, 1)
    albedo *= 1.0 - look.stubble * area * (0.25 + 0.75 * dots)

"""Wrinkles that deepen with the face: which units fold the skin where, and the painted folds.

Four groups, one channel of a texture each: across the forehead, between the brows, around the
outer corner and under the eye, over the nose and beside the mouth.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from mien import schema
from mien.synth.head import Head
from mien.synth.strokes import Layer, Texels, blurred, draw_line, landmark_texels

SIZE: Final = 1024
"""Side of the texture; wrinkles are softer than pores."""
_UNITS: Final = (
    (("outer_brow_raiser", 0.7), ("inner_brow_raiser", 0.6)),
    (("brow_lowerer", 1.0), ("inner_brow_raiser", 0.2)),
    (("cheek_raiser", 0.7), ("lid_tightener", 0.5), ("lid_closure", 0.15)),
    (("nose_wrinkler", 0.6), ("lip_corner_puller", 0.5), ("upper_lip_raiser", 0.4)),
)
"""Per group: units and how far each contracts it."""
_DEPTH: Final = 60.0
_FLAT: Final = 128.0


def contraction(values: NDArray[np.float32], age: float) -> tuple[tuple[float, ...], ...]:
    """How far each group is folded on the left and on the right, 0..1.5 each.

    Args:
        values: Shape (VALUE_COUNT,).
        age: 0: none, 1: folds also stay a little at rest.
    """
    sides = []
    for side in schema.SIDES:
        amounts = []
        for group in _UNITS:
            drive = sum(w * float(values[schema.VALUE_INDEX[f"{u}_{side}"]]) for u, w in group)
            amounts.append(age * (0.15 + min(drive, 1.35)))
        sides.append(tuple(amounts))
    return tuple(sides)


def paint_wrinkles(head: Head, rng: np.random.Generator) -> NDArray[np.uint8]:
    """Paint the folds' depth.

    Returns:
        Shape (SIZE, SIZE, 4), uint8, row 0 at v = 0; 128: flat, more: deeper.
    """
    uv = landmark_texels(head, SIZE)
    layers = [np.zeros((SIZE, SIZE), np.float32) for _ in _UNITS]
    _forehead(layers[0], uv, rng)
    _frown(layers[1], uv, rng)
    for eye in ((42, 45), (39, 36)):
        _eye_corner(layers[2], uv[list(eye)], rng)
    _nose_and_mouth(layers[3], uv, rng)
    image = np.stack([_profile(layer) for layer in layers], axis=-1)
    return np.ascontiguousarray(image[::-1].astype(np.uint8))


def _profile(layer: Layer) -> Layer:
    """A fold is a dark line between two bright shoulders."""
    line = blurred(layer, 1.3)
    return np.clip(_FLAT + _DEPTH * (1.6 * line - 1.1 * blurred(layer, 3.0)), 0, 255)


def _line(layer: Layer, path: Texels, rng: np.random.Generator, *, ink: float) -> None:
    wobble = np.cumsum(rng.normal(0, 0.35, path.shape), axis=0)
    draw_line(layer, path + wobble, ink=ink, thick_px=int(rng.integers(1, 3)))


def _forehead(layer: Layer, uv: Texels, rng: np.random.Generator) -> None:
    left, right = uv[26], uv[17]
    top = uv[[19, 24]].mean(axis=0)
    up = top - uv[[27, 28]].mean(axis=0)
    up = up / max(float(np.linalg.norm(up)), 1e-6)
    width = float(np.linalg.norm(left - right))
    t = np.linspace(-0.42, 0.42, 24)[:, None]
    for row in range(int(rng.integers(2, 5))):
        rise = width * (0.12 + 0.075 * row + rng.uniform(-0.01, 0.01))
        arch = width * 0.05 * (1 - (t / 0.42) ** 2)
        path = top + t * (left - right) + up * (rise + arch)
        start, end = sorted(rng.integers(0, 24, 2))
        path = path[max(0, start - 6) : min(24, end + 6)]
        if len(path) > 4:
            _line(layer, path, rng, ink=rng.uniform(0.5, 1.0))


def _frown(layer: Layer, uv: Texels, rng: np.random.Generator) -> None:
    middle, span = uv[[21, 22]].mean(axis=0), uv[22] - uv[21]
    down = uv[28] - middle
    t = np.linspace(-0.35, 0.35, 12)[:, None]
    for place in (-0.22, 0.2, 0.02)[: int(rng.integers(1, 4))]:
        lean = rng.normal(0, 0.06)
        path = middle + (place + lean * t) * span + t * down * rng.uniform(0.7, 1.3)
        _line(layer, path, rng, ink=rng.uniform(0.6, 1.1))


def _eye_corner(layer: Layer, eye: Texels, rng: np.random.Generator) -> None:
    inner, outer = eye
    along = outer - inner
    across = np.array([-along[1], along[0]])
    across = across * np.sign(across[1] or 1.0)
    t = np.linspace(0, 1, 12)[:, None]
    for _ in range(int(rng.integers(3, 7))):
        angle, length = rng.uniform(-0.6, 0.7), rng.uniform(0.2, 0.5)
        start = outer + along * rng.uniform(0.1, 0.25) + across * angle * 0.25
        path = start + t * length * (along + across * angle) + across * 0.05 * t**2
        _line(layer, path, rng, ink=rng.uniform(0.4, 0.9))
    for _ in range(int(rng.integers(1, 4))):
        drop, share = rng.uniform(0.22, 0.5), rng.uniform(0.3, 0.8)
        sag = across * (drop + 0.12 * np.sin(np.pi * t) - 0.1 * t)
        _line(layer, inner + along * (0.1 + share * t) + sag, rng, ink=rng.uniform(0.3, 0.7))


def _nose_and_mouth(layer: Layer, uv: Texels, rng: np.random.Generator) -> None:
    t = np.linspace(0, 1, 14)[:, None]
    for wing, corner in ((35, 54), (31, 48)):
        outward = np.sign(uv[corner, 0] - uv[33, 0])
        width = abs(uv[54, 0] - uv[48, 0])
        start = uv[wing] + np.array([outward * 0.1 * width, 0.0])
        end = uv[corner] + np.array([outward * rng.uniform(0.12, 0.25) * width, 0.0])
        bow = np.array([outward * 0.12 * width, 0.0]) * np.sin(np.pi * t)
        _line(layer, start + t * (end - start) + bow, rng, ink=rng.uniform(0.6, 1.2))
    side = uv[35] - uv[31]
    for _ in range(int(rng.integers(2, 5))):
        at = uv[27] + (uv[28] - uv[27]) * rng.uniform(-0.3, 0.9)
        _line(layer, at + side * (t - 0.5) * rng.uniform(0.5, 1.0), rng, ink=rng.uniform(0.3, 0.8))

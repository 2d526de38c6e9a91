"""The cases of tests/golden/core_hashes.txt through the compiled Python module.

Seeded inputs are made as tests/cpp/images.h and core_hashes.cpp make them, outputs hashed as there,
so that the module in a wheel is held to the very lines that every build of the core is held to.
Needs NumPy and the installed package alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from mien import _core

Array = NDArray[Any]
_FNV_START: Final = 14695981039346656037
_FNV_PRIME: Final = 1099511628211
_PREPROCESS: Final = re.compile(
    r"preprocess (\d+)x(\d+) (\w+) -> (\d+) (\w+) rotation_deg=(-?\d+) window_px=(\d+)"
)
_FLOW: Final = re.compile(
    r"flow (\d+)x(\d+) levels=(\d+) window_px=(\d+) updates=(\d+) smoothing_px=(\d+)"
)
_FOLLOW: Final = re.compile(r"follow (\d+)x(\d+) step_px=(\d+) is_held=([01])")
_MEDIAN: Final = re.compile(r"median (\d+) of (\d+)x(\d+)")
_MOTION: Final = re.compile(r"motion (\d+)x(\d+) regions=(\d+)")
_ONE_EURO: Final = re.compile(r"one_euro count=(\d+) beta=([\d.]+)")
_BYTES_PER_PIXEL: Final = {"gray8": 1, "yuyv": 2, "bgr8": 3}
"""The case of NV12 has an odd height, which Python's shape of it cannot say."""
_DISTORTION: Final = {
    "pinhole": (),
    "radtan": (-0.21, 0.07, 1e-3, -2e-3, -0.01),
    "fisheye": (-0.03, 0.012, -0.006, 0.001),
}
_DEFAULT_FLOW: Final = {"levels": 5, "window_px": 10, "updates": 1, "smoothing_px": 14}
_KEY_GAIN: Final = {5: 0.7}
"""Of the cases of following, by their step in pixels, where it is not 0.3."""
_FOLLOWED_FRAMES: Final = 5
_CUTOFFS_HZ: Final = {0.8: (3.0, 1.0), 20.0: (0.5, 3.0)}
"""Of the One Euro cases, by their beta: at rest, and of the speed."""


def fnv1a(arrays: list[Array]) -> str:
    """The hash of the arrays' bytes, 16 hexadecimal digits."""
    state = _FNV_START
    for array in arrays:
        for byte in array.tobytes():
            state = ((state ^ byte) * _FNV_PRIME) & 0xFFFFFFFFFFFFFFFF
    return f"{state:016x}"


def outputs(case: str) -> list[Array] | None:
    """What the core gives on a case's inputs, in the order it is hashed; None for an unknown case.

    Args:
        case: The name, a golden line without its hash.
    """
    for pattern, run in (
        (_PREPROCESS, _preprocess),
        (_FLOW, _flow),
        (_FOLLOW, _follow),
        (_MEDIAN, _median),
        (_MOTION, _motion),
        (_ONE_EURO, _one_euro),
    ):
        if found := pattern.fullmatch(case):
            if pattern is _PREPROCESS and found[3] not in _BYTES_PER_PIXEL:
                return None
            return list(run(*found.groups()))
    return None


class Random:
    """The generator of tests/cpp/images.h, many numbers at a time."""

    def __init__(self, seed: int) -> None:
        self._state = (seed * 2654435761 + 1) & 0xFFFFFFFF

    def next(self, count: int) -> NDArray[np.uint32]:
        """The next numbers, 0..2^24 - 1."""
        powers = np.cumprod(np.full(count, 1664525, np.uint32), dtype=np.uint32)
        sums = np.cumsum(np.concatenate([[1], powers[:-1]]), dtype=np.uint32)
        states = powers * np.uint32(self._state) + sums * np.uint32(1013904223)
        self._state = int(states[-1])
        return np.asarray(states >> np.uint32(8))

    def unit(self, count: int) -> NDArray[np.float64]:
        """The next numbers as 0..1."""
        return self.next(count) / 16777216.0


def noise(width: int, height: int, seed: int) -> NDArray[np.uint8]:
    """Shape (height, width), every pixel its own."""
    return (Random(seed).next(width * height) % 256).astype(np.uint8).reshape(height, width)


def _lattice(x: Array, y: Array, octave: int) -> NDArray[np.float64]:
    mix = (
        x.astype(np.int32).view(np.uint32) * np.uint32(73856093)
        ^ y.astype(np.int32).view(np.uint32) * np.uint32(19349663)
        ^ np.uint32(octave * 83492791 & 0xFFFFFFFF)
    )
    state = mix * np.uint32(2654435761) + np.uint32(1)
    for _ in range(2):
        state = state * np.uint32(1664525) + np.uint32(1013904223)
    return 2 * ((state >> np.uint32(8)) / 16777216.0) - 1


def texture(
    width: int, height: int, *, shift_x: float = 0, shift_y: float = 0
) -> NDArray[np.uint8]:
    """Shape (height, width): value noise of four sizes, moved by a shift in pixels."""
    y, x = np.meshgrid(np.arange(height) - shift_y, np.arange(width) - shift_x, indexing="ij")
    gray = np.full((height, width), 128.0)
    for octave in range(4):
        side = 6.0 * 2**octave
        column, row = np.floor(x / side), np.floor(y / side)
        fx, fy = x / side - column, y / side - row
        fx, fy = fx * fx * (3 - 2 * fx), fy * fy * (3 - 2 * fy)
        upper, lower = (
            _lattice(column, r, octave) * (1 - fx) + _lattice(column + 1, r, octave) * fx
            for r in (row, row + 1)
        )
        gray += (20 + 6 * octave) * (upper * (1 - fy) + lower * fy)
    pixels: NDArray[np.uint8] = np.floor(np.clip(gray, 0, 255) + 0.5).astype(np.uint8)
    return pixels


def _preprocess(*words: str) -> Iterator[Array]:
    width, height, size, rotation_deg, window_px = (int(words[i]) for i in (0, 1, 3, 5, 6))
    pixel_format, lens = words[2], words[4]
    core = _core.Preprocess(
        width=width,
        height=height,
        fx_fy_cx_cy=(0.9 * width, 0.92 * width, (width - 1) / 2, (height - 1) / 2),
        lens=lens,
        distortion=_DISTORTION[lens],
        crop_xyxy_px=(0.13 * width, 0.08 * height, 1.05 * width, 0.95 * height),
        rotation_deg=rotation_deg,
        is_mirrored=rotation_deg > 0,
        size=size,
        window_px=window_px,
        std_floor=6,
        scale=1 / 32,
        zero_point=0,
    )
    per_pixel = _BYTES_PER_PIXEL[pixel_format]
    for frame in (texture(width * per_pixel, height), noise(width * per_pixel, height, 5)):
        shape = (height, width) if per_pixel == 1 else (height, width, per_pixel)
        gray, quant = np.empty((size, size), np.uint8), np.empty((size, size), np.int8)
        core.run(frame.reshape(shape), gray, quant, pixel_format)
        yield from (gray, quant)


def _flow(*words: str) -> Iterator[Array]:
    width, height, levels, window_px, updates, smoothing_px = map(int, words)
    core = _core.DenseFlow(
        width=width,
        height=height,
        levels=levels,
        window_px=window_px,
        updates=updates,
        smoothing_px=smoothing_px,
    )
    first = texture(width, height)
    for second in (texture(width, height, shift_x=1.7, shift_y=-0.6), noise(width, height, 6)):
        flow_px = np.empty((height, width, 2), np.float32)
        confidence = np.empty((height, width), np.float32)
        core.run(first, second, flow_px, confidence)
        yield from (flow_px, confidence)


def _drifting_frames(count: int, width: int, height: int) -> NDArray[np.uint8]:
    """Frames that drift apart from the first one, in noise; shape (count, height, width)."""
    random, frames = Random(9), []
    for i in range(count):
        gray = texture(width, height, shift_x=1.3 * i, shift_y=-0.7 * i)
        shaken = random.next(width * height).reshape(height, width) % 5
        frames.append((gray // 2 + shaken).astype(np.uint8))
    return np.array(frames)


def _follow(*words: str) -> Iterator[Array]:
    width, height, step_px, is_held = map(int, words)
    core = _core.Follower(
        width=width,
        height=height,
        **_DEFAULT_FLOW,
        step_px=step_px,
        key_gain=_KEY_GAIN.get(step_px, 0.3),
        is_held=bool(is_held),
    )
    frames = _drifting_frames(_FOLLOWED_FRAMES, width, height)
    rows, columns = (len(range(step_px // 2, side, step_px)) for side in (height, width))
    moved_px = np.empty((_FOLLOWED_FRAMES, rows, columns, 2), np.float32)
    trust = np.empty((_FOLLOWED_FRAMES, rows, columns), np.float32)
    core.run(frames[1], frames, moved_px, trust)
    yield from (moved_px, trust)


def _median(*words: str) -> Iterator[Array]:
    count, width, height = map(int, words)
    median = np.empty((height, width), np.float32)
    _core.median_image(_drifting_frames(count, width, height), median)
    yield median


def _motion_field(width: int, height: int, random: Random) -> NDArray[np.float32]:
    """A slip, a part that moves otherwise, noise, and a pixel that is not a number."""
    a, b, tx, ty = 0.01, -0.02, 1.25, -0.5
    x = np.arange(width) - (width - 1) / 2
    y = (np.arange(height) - (height - 1) / 2)[:, np.newaxis]
    flow_px = np.stack([tx + a * x + -b * y, ty + b * x + a * y], axis=2).astype(np.float32)
    flow_px[2 * height // 3 + 1 :] += np.float32(3)
    shaken = 0.2 * random.unit(flow_px.size) - 0.1
    flow_px += shaken.astype(np.float32).reshape(flow_px.shape)
    flow_px.reshape(height, -1)[5, 5] = np.nan
    return flow_px


def _motion(*words: str) -> Iterator[Array]:
    width, height, count = map(int, words)
    random = Random(7)
    flow_px = _motion_field(width, height, random)
    confidence = random.unit(width * height).astype(np.float32).reshape(height, width)
    weights = np.maximum(random.unit(width * height * count) - 0.6, 0).astype(np.float32)
    core = _core.RegionMotion(
        weights.reshape(count, height, width), np.ones((height, width), np.uint8)
    )
    values = np.empty((count, 5), np.float32)
    slip = core.run(flow_px, confidence, values)
    rest_px = np.empty_like(flow_px)
    _core.remove_slip(flow_px, *slip[:4], rest_px)
    rest_px.reshape(height, -1)[5, 5] = 0
    yield from (values, np.array(slip, np.float64), rest_px)


def _one_euro(count_text: str, beta_text: str) -> Iterator[Array]:
    count, beta = int(count_text), float(beta_text)
    min_cutoff_hz, derivative_cutoff_hz = _CUTOFFS_HZ[beta]
    core = _core.OneEuro(
        count=count,
        min_cutoff_hz=min_cutoff_hz,
        beta=beta,
        derivative_cutoff_hz=derivative_cutoff_hz,
    )
    random, t_ns = Random(8), 0
    for step in range(300):
        passed = int(random.next(1)[0]) % 20000
        t_ns += 1000 * passed * (step % 11 != 0)
        values = random.unit(count).astype(np.float32)
        values[int(random.next(1)[0]) % count] = np.nan
        core.step(values, t_ns, values)
        yield values

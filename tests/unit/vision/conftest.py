"""Images that the tests of the vision room make for themselves."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

MakeTexture = Callable[..., NDArray[np.uint8]]


@pytest.fixture(scope="session")
def texture() -> MakeTexture:
    """`texture(height, width, seed=0)`: smooth, and nowhere like itself."""
    return make_texture


@pytest.fixture(scope="session")
def noise() -> MakeTexture:
    """`noise(height, width, seed=0)`: every pixel on its own."""
    return make_noise


def make_noise(height: int, width: int, *, seed: int = 0) -> NDArray[np.uint8]:
    return np.random.default_rng(seed).integers(0, 256, (height, width), dtype=np.uint8)


def make_texture(height: int, width: int, *, seed: int = 0) -> NDArray[np.uint8]:
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[0:height, 0:width].astype(np.float64)
    gray = np.full((height, width), 128.0)
    for side, gain in ((6, 25), (12, 30), (24, 35), (48, 40)):
        lattice = rng.uniform(-1, 1, (height // side + 2, width // side + 2))
        gray += gain * _between(lattice, y / side, x / side)
    return np.clip(np.round(gray), 0, 255).astype(np.uint8)


def _between(
    lattice: NDArray[np.float64], y: NDArray[np.float64], x: NDArray[np.float64]
) -> NDArray[np.float64]:
    row, column = y.astype(int), x.astype(int)
    fy, fx = (t * t * (3 - 2 * t) for t in (y - row, x - column))
    upper = lattice[row, column] * (1 - fx) + lattice[row, column + 1] * fx
    lower = lattice[row + 1, column] * (1 - fx) + lattice[row + 1, column + 1] * fx
    return np.asarray(upper * (1 - fy) + lower * fy)

"""Makes rendered crops as varied as real ones: fit, optics, light, sensor, things in the way.

Larger things in the way are drawn by `mien.train.occluder`, for the samples that are to be covered.

Labels stay as they are, a turned or shifted crop being a headset that sits otherwise; only a
flipped mouth swaps its sides. Geometry and blur go through OpenCV on 8-bit codes, which is
thirty times faster on a CPU than `grid_sample`; the noise comes from a bank for the same reason.

A crop and its neutral are changed alike, but for a small slip between them and for what comes
and goes (spots, covers that are not worn, noise). Now and then the neutral is left out: the
first frames of a wearer have none.

Shape suffixes: B batch, C channels (2: present, neutral), H height, W width, U outputs.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

import cv2
import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 - torch's own habit
from numpy.typing import NDArray
from torch import Tensor

from mien.config import PreprocessConfig
from mien.train.config import AugmentConfig
from mien.train.occluder import Cover, occlude
from mien.train.targets import MOUTH_FLIP

Codes = NDArray[np.int8]
Rng = np.random.Generator

_NOISE_BANK = 1 << 21
_BEND_GRID = 5
"""Points along a side that a bend is drawn at."""


def real_values(codes_BCHW: Codes, preprocess: PreprocessConfig) -> Tensor:
    """Codes as what the network computes with: same shape, float32."""
    x_BCHW = torch.from_numpy(np.ascontiguousarray(codes_BCHW)).float()
    return (x_BCHW - preprocess.zero_point) * preprocess.scale


class Changed(NamedTuple):
    """A batch of changed crops; R of the B are covered."""

    x_BCHW: Tensor
    """Real input values, shape (B, 2, H, W), float32, within what int8 can hold."""
    source_from_crop_B23: NDArray[np.float64]
    """Pixel of the changed crop -> pixel of the crop as it was, so that what lies in the image
    can be moved with it."""
    is_covered_B: Tensor
    """bool."""
    twin_RCHW: Tensor
    """The covered ones moved and blurred alike, without cover, light, spots or noise (E5)."""


class Augmenter:
    """Changes batches of crops, every crop in its own way."""

    def __init__(self, config: AugmentConfig, preprocess: PreprocessConfig) -> None:
        self.config = config
        self.preprocess = preprocess
        bank = np.random.default_rng(0).standard_normal(_NOISE_BANK, np.float32)
        self._noise = torch.from_numpy(bank)

    def run(
        self, codes_BCHW: Codes, rng: Rng, *, covers: Sequence[Cover | None] | None = None
    ) -> Changed:
        """Change a batch.

        Args:
            codes_BCHW: int8 codes, present and neutral, shape (B, 2, H, W); left as they are.
            rng: The only source of chance; the same state gives the same batch.
            covers: What lies over each crop; None: over none of them.

        Returns:
            The crops, where each pixel came from, and the twins of those that are covered.
        """
        is_known_B = (codes_BCHW[:, 1] != self.preprocess.zero_point).any(axis=(1, 2)) & (
            rng.random(len(codes_BCHW)) >= self.config.drop_neutral
        )
        moved_BCHW, source_from_crop_B23 = self._moved(codes_BCHW, rng)
        x_BCHW = real_values(moved_BCHW, self.preprocess)
        is_covered_B = np.zeros(len(x_BCHW), bool)
        is_covered_B[: len(covers or ())] = [cover is not None for cover in covers or ()]
        twin_RCHW = x_BCHW[torch.from_numpy(is_covered_B)]
        twin_RCHW[torch.from_numpy(~is_known_B[is_covered_B]), 1] = 0.0
        cover_batch(x_BCHW, covers or (), self.preprocess)
        x_BCHW = self._relit(x_BCHW, rng)
        for _ in range(2 if self.config.spots else 0):
            x_BCHW[:, :1] += _spots(x_BCHW[:, :1], self.config.spots, rng)
        if self.config.noise:
            x_BCHW = x_BCHW + self._grain(x_BCHW, rng)
        low, high = ((code - self.preprocess.zero_point) for code in (-128, 127))
        x_BCHW = x_BCHW.clamp(low * self.preprocess.scale, high * self.preprocess.scale)
        x_BCHW[torch.from_numpy(~is_known_B), 1] = 0.0
        return Changed(x_BCHW, source_from_crop_B23, torch.from_numpy(is_covered_B), twin_RCHW)

    def _moved(self, codes_BCHW: Codes, rng: Rng) -> tuple[Codes, NDArray[np.float64]]:
        """Shift, zoom, turn, shear; then blur or sharpen. The neutral slips a little besides."""
        bytes_BCHW = codes_BCHW.view(np.uint8) ^ np.uint8(0x80)
        out_BCHW = np.empty_like(bytes_BCHW)
        matrices_B23 = np.empty((len(codes_BCHW), 2, 3))
        for sources, targets, kept in zip(bytes_BCHW, out_BCHW, matrices_B23, strict=True):
            side = targets.shape[-1]
            matrix, blur = self._matrix(side, rng), self._blur(rng)
            kept[:] = matrix
            bend_HWC = self._bend(side, rng)
            for number, (source, target) in enumerate(zip(sources, targets, strict=True)):
                if number:
                    matrix = matrix.copy()
                    matrix[:, 2] += rng.normal(0, self.config.slip * side, 2)
                _warp(source, target, matrix, bend_HWC=bend_HWC, blur=blur)
        return (out_BCHW ^ np.uint8(0x80)).view(np.int8), matrices_B23

    def _bend(self, side: int, rng: Rng) -> NDArray[np.float32] | None:
        """Smooth displacement in pixels, (H, W, 2): the same expression on another face."""
        if not self.config.bend:
            return None
        coarse = rng.normal(0, self.config.bend * side, (_BEND_GRID, _BEND_GRID, 2))
        fine = cv2.resize(coarse.astype(np.float32), (side, side), interpolation=cv2.INTER_CUBIC)
        return fine.astype(np.float32, copy=False)

    def _blur(self, rng: Rng) -> tuple[int, float]:
        """Side of a box and how much of it is mixed in."""
        share = float(rng.uniform(-self.config.blur / 3, self.config.blur))
        return int(rng.choice((3, 5))), share

    def _matrix(self, side: int, rng: Rng) -> NDArray[np.float64]:
        """Affine map about the middle of the crop, 2 x 3, target pixel -> source pixel."""
        c = self.config
        angle = np.deg2rad(rng.uniform(-c.rotation_deg, c.rotation_deg))
        size = np.exp(rng.uniform(-c.zoom, c.zoom))
        aspect, shear = np.exp(rng.uniform(-c.shear, c.shear)), rng.uniform(-c.shear, c.shear)
        cos, sin = np.cos(angle), np.sin(angle)
        turn = np.array([[cos, -sin], [sin, cos]]) / size
        linear = turn @ np.array([[aspect, shear], [0.0, 1 / aspect]])
        middle = np.full(2, (side - 1) / 2)
        shift = rng.uniform(-c.shift, c.shift, 2) * side
        return np.column_stack([linear, middle + shift - linear @ middle])

    def _relit(self, x_BCHW: Tensor, rng: Rng) -> Tensor:
        c, count = self.config, len(x_BCHW)
        if c.contrast:
            gain_B = np.exp(rng.uniform(-c.contrast, c.contrast, count))
            x_BCHW = x_BCHW * _tensor(gain_B).view(-1, 1, 1, 1)
        if c.shading:
            coarse_BC44 = _tensor(rng.normal(0, c.shading, (count, 1, 4, 4)))
            size = (x_BCHW.shape[2], x_BCHW.shape[3])
            x_BCHW = x_BCHW + F.interpolate(coarse_BC44, size, mode="bilinear", align_corners=True)
        return x_BCHW

    def _grain(self, x_BCHW: Tensor, rng: Rng) -> Tensor:
        count, area = len(x_BCHW), x_BCHW[0].numel()
        starts = rng.integers(0, len(self._noise) - area, count)
        grain_BCHW = torch.stack([self._noise[s : s + area] for s in starts]).view_as(x_BCHW)
        return grain_BCHW * _tensor(rng.uniform(0, self.config.noise, count)).view(-1, 1, 1, 1)


def cover_batch(
    x_BCHW: Tensor, covers: Sequence[Cover | None], preprocess: PreprocessConfig
) -> None:
    """Lay covers over crops, in place; over their neutrals too where they were worn then.

    Args:
        x_BCHW: Real input values, present and neutral, shape (B, 2, H, W), float32, on the CPU.
        covers: One for each crop, None for a clean one; or none at all.
        preprocess: How crops are normalised.
    """
    for pair_CHW, cover in zip(x_BCHW.numpy(), covers, strict=False):
        if cover is None:
            continue
        pair_CHW[0] = occlude(pair_CHW[0], cover, preprocess)
        if cover.is_in_neutral and pair_CHW[1].any():
            pair_CHW[1] = occlude(pair_CHW[1], cover, preprocess)


def _warp(
    source: NDArray[np.uint8],
    target: NDArray[np.uint8],
    matrix: NDArray[np.float64],
    *,
    bend_HWC: NDArray[np.float32] | None,
    blur: tuple[int, float],
) -> None:
    edge = cv2.BORDER_REFLECT_101
    if bend_HWC is None:
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        cv2.warpAffine(source, matrix, target.shape[::-1], target, flags=flags, borderMode=edge)
    else:
        places_HWC = cv2.transform(_grid(target.shape[0]), matrix.astype(np.float32)) + bend_HWC
        columns, rows = cv2.split(places_HWC)
        cv2.remap(source, columns, rows, cv2.INTER_LINEAR, dst=target, borderMode=edge)
    side, share = blur
    if share:
        cv2.addWeighted(cv2.blur(target, (side, side)), share, target, 1 - share, 0, target)


@cache
def _grid(side: int) -> NDArray[np.float32]:
    """Column and row of each pixel, (H, W, 2)."""
    rows, columns = np.mgrid[:side, :side].astype(np.float32)
    return np.dstack([columns, rows])


def drawn_flips(count: int, rng: Rng) -> Tensor:
    """Which mouth crops of a batch are flipped left to right: about half, shape (B,), bool."""
    return torch.from_numpy(rng.random(count) < 0.5)


def flip_mouths(
    x_BCHW: Tensor, target_BU: Tensor, weight_BU: Tensor, *, flips_B: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    """Flip some mouth crops left to right, and swap the sides of their labels."""
    swap = list(MOUTH_FLIP)
    return (
        torch.where(flips_B.view(-1, 1, 1, 1), x_BCHW.flip(3), x_BCHW),
        torch.where(flips_B[:, None], target_BU[:, swap], target_BU),
        torch.where(flips_B[:, None], weight_BU[:, swap], weight_BU),
    )


def _tensor(array: NDArray[np.float64]) -> Tensor:
    return torch.from_numpy(array.astype(np.float32))


def _spots(x_BCHW: Tensor, chance: float, rng: Rng) -> Tensor:
    """Gaussian spots of both signs, mostly bright: glints."""
    count, _, height, width = x_BCHW.shape
    is_there_B = rng.random(count) < chance
    amplitude_B = _tensor(rng.uniform(-1.5, 5.0, count) * is_there_B)
    sides = []
    for side in (height, width):
        place_B = rng.uniform(0, side, count)
        radius_B = np.exp(rng.uniform(np.log(0.008), np.log(0.08), count)) * side
        along = (np.arange(side)[None, :] - place_B[:, None]) / radius_B[:, None]
        sides.append(_tensor(np.exp(-0.5 * along**2)))
    rows_BH, columns_BW = sides
    return (amplitude_B[:, None, None] * rows_BH[:, :, None] * columns_BW[:, None, :])[:, None]

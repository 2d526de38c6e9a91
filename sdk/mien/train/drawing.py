"""Draws the batches that a network learns from: which samples how changed, all of it by chance.

Shape suffixes: B batch, C channels, H height, W width.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from mien.runtime.wearer_vector import VECTOR_SIZE
from mien.train.augment import Augmenter, Changed, drawn_flips, flip_mouths
from mien.train.boxes import moved_boxes
from mien.train.config import TrainConfig
from mien.train.heads.emotion import forget_some
from mien.train.heads.segmentation import GRID, UNKNOWN
from mien.train.network import MAP_SIZE
from mien.train.occluder import Cover
from mien.train.occlusion import EqualMix
from mien.train.pixels import moved_pixels
from mien.train.samples import Samples
from mien.train.targets import MOUTH_FLIP
from mien.train.tasks import Batch

REGIONS: Final = 2 * MAP_SIZE
"""Regions of the attention along a side."""


class Drawing:
    """Augmented batches of the samples of one kind of camera."""

    def __init__(self, samples: Samples, config: TrainConfig, *, key: tuple[int, ...]) -> None:
        self._samples, self._key = samples, key
        self._augmenter = Augmenter(config.augment, config.samples.preprocess)
        self._mix = EqualMix(len(samples), config.occlusion, key=key)
        scene = samples.scene
        # Who shares a headset with nobody would be told by the headset.
        is_told = (scene.person >= 0) & (scene.headset >= 0)
        self.persons, first = np.unique(scene.person[is_told], return_index=True)
        """Wearers by class of the identity task."""
        self.headsets = scene.headset[is_told][first].astype(np.int64)
        """... and which headset each of them had."""
        place = np.searchsorted(self.persons, scene.person)
        self._class_of_person = np.where(is_told, place, -1).astype(np.int64)
        self.vectors = np.zeros((len(samples), VECTOR_SIZE), np.float32)
        """What a headset would have cached of each sample's wearer; zeros: nothing yet."""

    def batch(self, index: NDArray[np.intp], *, epoch: int, key: tuple[int, ...]) -> Batch:
        """Some samples, changed.

        Args:
            index: Which.
            epoch: Decides which of them are covered.
            key: Besides the run's own key, the only source of chance.
        """
        rng = np.random.default_rng((*self._key, *key))
        covers = self._mix.covers(index, epoch=epoch, kind=self._samples.kind)
        codes = self._samples.pairs(index, rng=rng)
        changed = self._augmenter.run(codes, rng, covers=covers)
        batch = self._as_seen(index, changed, covers=covers, rng=rng)
        if self._samples.kind == "mouth":
            return flipped(batch, drawn_flips(len(index), rng))
        return batch

    def _as_seen(
        self,
        index: NDArray[np.intp],
        changed: Changed,
        *,
        covers: Sequence[Cover | None],
        rng: np.random.Generator,
    ) -> Batch:
        samples, scene = self._samples, self._samples.scene
        return Batch(
            x_BCHW=changed.x_BCHW,
            target_BU=torch.from_numpy(samples.targets[index]),
            weight_BU=torch.from_numpy(samples.weights[index]),
            person_B=torch.from_numpy(self._class_of_person[index]),
            emotion_B=torch.from_numpy(scene.emotion[index].astype(np.int64)),
            aperture_B=torch.from_numpy(scene.aperture[index]),
            fallback_BF=torch.from_numpy(scene.fallback[index]),
            fallback_weight_BF=torch.from_numpy(scene.fallback_weight[index]),
            classes_BHW=torch.from_numpy(self._classes(index, changed.source_from_crop_B23)),
            boxes_BCF=torch.from_numpy(
                moved_boxes(scene.boxes[index], changed.source_from_crop_B23)
            ),
            vector_BI=torch.from_numpy(forget_some(self.vectors[index], rng)),
            seen_B1HW=torch.from_numpy(seen_regions(covers)),
            is_covered_B=changed.is_covered_B,
            twin_RCHW=changed.twin_RCHW,
        )

    def _classes(
        self, index: NDArray[np.intp], source_from_crop_B23: NDArray[np.float64]
    ) -> NDArray[np.uint8]:
        samples = self._samples
        classes = np.full((len(index), GRID, GRID), UNKNOWN, np.uint8)
        for out, number, matrix in zip(classes, index, source_from_crop_B23, strict=True):
            pixels = samples.pixels[samples.part[number]]
            if pixels is not None:
                out[:] = moved_pixels(pixels[samples.row[number]], matrix)
        return classes


def seen_regions(covers: Sequence[Cover | None]) -> NDArray[np.float32]:
    """Share of each region that no cover hides, shape (B, 1, 8, 8)."""
    seen = np.ones((len(covers), 1, REGIONS, REGIONS), np.float32)
    for out, cover in zip(seen, covers, strict=True):
        if cover is not None:
            out[0] -= cv2.resize(cover.mask, (REGIONS, REGIONS), interpolation=cv2.INTER_AREA)
    return seen.clip(0, 1)


def flipped(batch: Batch, flips_B: Tensor) -> Batch:
    """Mouths of which some are seen in a mirror."""
    x_BCHW, target_BU, weight_BU = flip_mouths(
        batch.x_BCHW, batch.target_BU, batch.weight_BU, flips_B=flips_B
    )
    return replace(
        batch,
        x_BCHW=x_BCHW,
        target_BU=target_BU,
        weight_BU=weight_BU,
        classes_BHW=_mirrored(batch.classes_BHW, flips_B),
        boxes_BCF=torch.where(
            flips_B[:, None, None], mirrored_boxes(batch.boxes_BCF), batch.boxes_BCF
        ),
        seen_B1HW=_mirrored(batch.seen_B1HW, flips_B),
        twin_RCHW=_mirrored(batch.twin_RCHW, flips_B[batch.is_covered_B]),
    )


def mirrored_boxes(boxes_BCF: Tensor) -> Tensor:
    """Rectangles of mouths in a mirror: left is right, and the sides of units swap."""
    swapped_BCF = boxes_BCF[:, [*MOUTH_FLIP, len(MOUTH_FLIP)]]  # the face comes last
    x0, y0, x1, y1, shown = swapped_BCF.unbind(-1)
    return torch.stack([1 - x1, y0, 1 - x0, y1, shown], dim=-1)


def _mirrored(x: Tensor, flips_B: Tensor) -> Tensor:
    return torch.where(flips_B.view(-1, *([1] * (x.ndim - 1))), x.flip(-1), x)

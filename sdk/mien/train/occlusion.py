"""The mix of clean and covered samples, and its two halves (E1, E2).

The mixed set holds every sample twice: as it is, and covered at random. An epoch goes once
through the samples, each either clean or covered; with a share of one half the next epoch takes
the other of the two, so that two epochs are one pass through the mixed set.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from mien.errors import TrainError
from mien.schema import CameraKind
from mien.train.config import OcclusionConfig
from mien.train.occluder import COVERS_OF, Cover, draw_cover

_BANK: Final = 512
"""Covers of a kind of camera that a run draws: one costs as much as several training samples."""


class EqualMix:
    """Which samples are covered in which epoch, and by what."""

    def __init__(self, count: int, config: OcclusionConfig, *, key: tuple[int, ...]) -> None:
        self.config = config
        self._key = key
        self._bank: dict[int, Cover] = {}
        order = np.random.default_rng((*key, count)).permutation(count)
        self._place = (order + 0.5) / count

    def is_covered(self, index: NDArray[np.intp], *, epoch: int) -> NDArray[np.bool_]:
        """Shape (len(index),); over all samples the share is `config.share`."""
        share = self.config.share
        covered: NDArray[np.bool_] = (self._place[index] + epoch * (1 - share)) % 1.0 < share
        return covered

    def covers(
        self, index: NDArray[np.intp], *, epoch: int, kind: CameraKind
    ) -> list[Cover | None]:
        """What lies over each sample in an epoch; None: it is clean.

        The same samples get other covers in later passes through the mixed set.
        """
        turn = int(epoch * self.config.share)
        return [
            self._cover(kind, (*self._key, turn, sample)) if is_covered else None
            for sample, is_covered in zip(
                index.tolist(), self.is_covered(index, epoch=epoch), strict=True
            )
        ]

    def _cover(self, kind: CameraKind, key: tuple[int, ...]) -> Cover:
        number = int(np.random.default_rng(key).integers(_BANK))
        if number not in self._bank:
            self._bank[number] = random_cover(kind, self.config, key=(*self._key, number))
        return self._bank[number]


def random_cover(kind: CameraKind, config: OcclusionConfig, *, key: tuple[int, ...]) -> Cover:
    """Any cover of a kind of camera; the same for the same key (E4)."""
    rng = np.random.default_rng(key)
    name = COVERS_OF[kind][int(rng.integers(len(COVERS_OF[kind])))]
    return draw_cover(name, float(rng.uniform(config.smallest, config.largest)), key)


def cover_of_area(kind: CameraKind, area: float, *, key: tuple[int, ...]) -> Cover:
    """A cover of a given area, of any kind that can grow so far; exact to a tenth."""
    names = np.random.default_rng(key).permutation(COVERS_OF[kind]).tolist()
    for name in names:
        cover = draw_cover(name, area, key)
        if abs(cover.area - area) <= 0.1 * area:
            return cover
    raise TrainError(f"area: expected 0.005..0.6, got {area}; no {kind} cover can be so large")


def halves(
    sessions: Sequence[Path], share: float, *, seed: int
) -> tuple[tuple[Path, ...], tuple[Path, ...]]:
    """Split sessions in those to train on and those to verify on (E2).

    Args:
        sessions: Folders, one wearer each; a wearer is in one part only.
        share: Of the sessions that verify, 0..0.5.
        seed: Of the split.

    Raises:
        TrainError: If a part would be empty.
    """
    count = round(share * len(sessions))
    if share and not 0 < count < len(sessions):
        raise TrainError(
            f"occlusion.verification_share: expected enough sessions for both parts, "
            f"got {len(sessions)}; give more sessions"
        )
    chosen = set(np.random.default_rng(seed).permutation(len(sessions))[:count].tolist())
    trained = tuple(path for number, path in enumerate(sessions) if number not in chosen)
    return trained, tuple(sessions[number] for number in sorted(chosen))

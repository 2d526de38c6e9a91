"""Brings together what all cameras saw of one instant.

Shape suffixes: N samples of all cameras, I instants, K classes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray

from mien.schema import CameraKind
from mien.train.samples import Samples
from mien.train.targets import KINDS

_APART_NS: Final = 8_000_000
"""Cameras of one instant are closer than this, frames of one camera are not."""


def instants(samples: Mapping[CameraKind, Samples]) -> dict[CameraKind, NDArray[np.intp]]:
    """Number of the instant of each sample, by kind; the same for all cameras of a session."""
    session = np.concatenate([samples[kind].scene.session for kind in KINDS])
    t_ns = np.concatenate([samples[kind].t_ns for kind in KINDS])
    order = np.lexsort((t_ns, session))
    is_next = (np.diff(t_ns[order]) > _APART_NS) | (np.diff(session[order]) != 0)
    number = np.empty(len(order), np.intp)
    number[order] = np.concatenate([[0], np.cumsum(is_next)]) if len(order) else order
    split = np.cumsum([len(samples[kind]) for kind in KINDS])[:-1]
    return dict(zip(KINDS, np.split(number, split), strict=True))


def fused(
    values_NK: NDArray[np.floating],
    confidence: NDArray[np.floating],
    *,
    instant: NDArray[np.intp],
    count: int,
) -> NDArray[np.float64]:
    """Mean of the samples of each instant, weighted by confidence.

    Args:
        values_NK: Of each sample.
        confidence: Shape (N,), 0..1.
        instant: Shape (N,), from `instants`.
        count: Number of instants.

    Returns:
        Shape (I, K); NaN where no camera counts.
    """
    total = np.zeros((count, values_NK.shape[1]))
    trust = np.zeros(count)
    np.add.at(total, instant, values_NK * confidence[:, None])
    np.add.at(trust, instant, confidence)
    is_seen = trust > 0
    mean = np.full_like(total, np.nan)
    mean[is_seen] = total[is_seen] / trust[is_seen, None]
    return mean

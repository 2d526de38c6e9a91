"""Verification pairs: how well a feature tells whether two pictures show one person (D1)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from mien.train.faces.faces import Portraits

Pairs: TypeAlias = NDArray[np.intp]
"""Rows of two pictures, shape (P, 2)."""

MOST_PAIRS: Final = 3000
"""Of each kind; more change the third digit of an equal error rate."""
MOST_PORTRAITS: Final = 2000
"""Of which pairs are drawn; all pairs of a large data set would not fit into memory."""
ROC_AT: Final = (0.001, 0.01, 0.05, 0.1, 0.2)
"""Shares of false matches at which the curve is told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """How well identity features do on pairs of people that were not learned from."""

    people: int
    pairs: tuple[int, int]
    """Pairs of one person, and of two."""
    equal_error_rate: float
    """Where as many pairs of one person are refused as of two are matched, 0..1."""
    roc: tuple[tuple[float, float], ...]
    """Share of false matches, and share of true ones that it takes."""


def draw_pairs(portraits: Portraits, *, seed: int) -> tuple[Pairs, Pairs]:
    """Pairs of one person from different recordings, and as many of two people.

    Returns:
        Rows of both kinds, at most `MOST_PAIRS` each; empty where there are none.
    """
    rng = np.random.default_rng((seed, len(portraits)))
    rows = _of_some_people(portraits, rng)
    first, second = (rows[at] for at in np.triu_indices(len(rows), k=1))
    is_same = portraits.people[first] == portraits.people[second]
    is_apart = portraits.takes[first] != portraits.takes[second]
    all_pairs = np.stack([first, second], axis=1)
    same = _some(all_pairs[is_same & is_apart], MOST_PAIRS, rng)
    return same, _some(all_pairs[~is_same], len(same), rng)


def _of_some_people(portraits: Portraits, rng: np.random.Generator) -> NDArray[np.intp]:
    """All rows, or those of so many whole people as there is room for."""
    names, of_person, counts = np.unique(portraits.people, return_inverse=True, return_counts=True)
    order = rng.permutation(len(names))
    is_in = np.zeros(len(names), np.bool_)
    is_in[order[np.cumsum(counts[order]) <= MOST_PORTRAITS]] = True
    return np.flatnonzero(is_in[of_person])


def _some(pairs: Pairs, count: int, rng: np.random.Generator) -> Pairs:
    return pairs[rng.permutation(len(pairs))[:count]]


def verify_identity(
    features: NDArray[np.float32], portraits: Portraits, *, seed: int
) -> Verification | None:
    """Score features by the cosine between them.

    Args:
        features: One per portrait, shape (N, D).
        portraits: Of people that the features were not learned from, shape (N, ...).
        seed: Of the choice of pairs.

    Returns:
        None where no person has two recordings, or there is one person only.
    """
    same, different = draw_pairs(portraits, seed=seed)
    if not len(same) or not len(different):
        return None
    length = np.linalg.norm(features, axis=1, keepdims=True)
    unit = features / np.maximum(length, 1e-12)
    alike = [(unit[pairs[:, 0]] * unit[pairs[:, 1]]).sum(axis=1) for pairs in (same, different)]
    curve = roc(alike[0], alike[1])
    return Verification(
        people=len(np.unique(portraits.people)),
        pairs=(len(same), len(different)),
        equal_error_rate=equal_error_rate(curve),
        roc=tuple((at, true_matches(curve, at)) for at in ROC_AT),
    )


def roc(same: NDArray[np.floating], different: NDArray[np.floating]) -> NDArray[np.float64]:
    """The curve over all thresholds.

    Args:
        same: How alike the pairs of one person are, shape (S,).
        different: How alike those of two people are, shape (D,).

    Returns:
        Shape (T, 2): share of false matches and of true ones, both from 0 to 1, not falling.
    """
    # Pairs that are equally alike are matched together.
    thresholds = np.unique(np.concatenate([same, different]))[::-1]
    shares = [
        1 - np.searchsorted(np.sort(scores), thresholds, side="left") / len(scores)
        for scores in (different, same)
    ]
    curve = np.stack(shares, axis=1)
    return np.concatenate([np.zeros((1, 2)), curve])


def equal_error_rate(curve: NDArray[np.float64]) -> float:
    """Where the share of false matches meets that of refused true ones, between two points."""
    excess = curve[:, 0] - (1 - curve[:, 1])
    after = int(np.argmax(excess >= 0))
    step = excess[after] - excess[after - 1]
    part = -excess[after - 1] / step
    return float(curve[after - 1, 0] + part * (curve[after, 0] - curve[after - 1, 0]))


def true_matches(curve: NDArray[np.float64], at: float) -> float:
    """Share of true matches where at most a share `at` of the others match falsely."""
    return float(curve[curve[:, 0] <= at, 1].max())

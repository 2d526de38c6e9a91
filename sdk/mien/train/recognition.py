"""How well vectors tell wearers apart, on pairs of enrolments of different visits (D1).

Only wearers of one headset are compared, and only across visits: otherwise a network would be
praised for telling cameras, or days, apart.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from mien.runtime.wearer_vector import likeness

Vectors = Mapping[str, NDArray[np.float32]]
"""Camera -> vector of an enrolment, see `wearer_vector`."""

FALSE_MATCHES: Final = (0.001, 0.01, 0.05, 0.1, 0.2)
"""Shares of false matches at which the curve is told."""


@dataclass(frozen=True, slots=True)
class Visit:
    """One enrolment of one wearer."""

    person: int
    headset: int
    session: int
    vectors: Vectors


@dataclass(frozen=True, slots=True)
class Likes:
    """How alike the two enrolments of each pair are."""

    same: NDArray[np.float64]
    """Pairs of one wearer, shape (S,)."""
    other: NDArray[np.float64]
    """Pairs of two wearers, shape (D,)."""


def pairs(visits: Sequence[Visit]) -> list[tuple[Visit, Visit]]:
    """All pairs of enrolments in one headset that is known, from different sessions."""
    return [
        (one, other)
        for place, one in enumerate(visits)
        for other in visits[place + 1 :]
        if one.headset == other.headset >= 0 and one.session != other.session
    ]


def visit_likeness(one: Visit, other: Visit, cameras: Sequence[str] | None = None) -> float:
    """Mean likeness over the cameras that both have, or over some of them."""
    shared = [c for c in one.vectors if c in other.vectors and (cameras is None or c in cameras)]
    likes = [likeness(one.vectors[c], other.vectors[c]) for c in shared]
    return float(np.mean(likes)) if likes else -1.0


def pair_likes(visits: Sequence[Visit], cameras: Sequence[str] | None = None) -> Likes:
    """Likeness of all pairs, of one wearer and of two."""
    scored = [(a.person == b.person, visit_likeness(a, b, cameras)) for a, b in pairs(visits)]
    return Likes(
        np.array([like for is_same, like in scored if is_same], np.float64),
        np.array([like for is_same, like in scored if not is_same], np.float64),
    )


def roc(likes: Likes) -> NDArray[np.float64]:
    """The curve over all thresholds.

    Returns:
        Shape (T, 2): share of false matches and of true ones, both from 0 to 1, not falling.
    """
    # Pairs that are equally alike are matched together.
    thresholds = np.unique(np.concatenate([likes.same, likes.other]))[::-1]
    shares = [
        1 - np.searchsorted(np.sort(scores), thresholds, side="left") / len(scores)
        for scores in (likes.other, likes.same)
    ]
    return np.concatenate([np.zeros((1, 2)), np.stack(shares, axis=1)])


def equal_error_rate(curve: NDArray[np.float64]) -> float:
    """Where the share of false matches meets that of refused true ones, between two points."""
    excess = curve[:, 0] + curve[:, 1] - 1
    after = int(np.argmax(excess >= 0))
    step = excess[after] - excess[after - 1]
    part = -excess[after - 1] / step
    return float(curve[after - 1, 0] + part * (curve[after, 0] - curve[after - 1, 0]))


def true_matches(curve: NDArray[np.float64], at: float) -> float:
    """Share of true matches where at most a share `at` of the others match falsely."""
    return float(curve[curve[:, 0] <= at, 1].max())

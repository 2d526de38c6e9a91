"""How well vectors tell wearers apart, on pairs of enrolments of different visits (D1).

Only wearers of one headset are compared, and only across visits: otherwise a network would be
praised for telling cameras, or days, apart.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mien.runtime.wearer_vector import likeness
from mien.train.faces.pairs import roc

Vectors = Mapping[str, NDArray[np.float32]]
"""View -> vector of an enrolment, see `wearer_vector`; a view is a camera or a kind of camera."""
Alike = Callable[[NDArray[np.float32], NDArray[np.float32]], float]


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


def visit_likeness(
    one: Visit, other: Visit, views: Sequence[str] | None = None, *, alike: Alike = likeness
) -> float:
    """Mean likeness over the views that both have, or over some of them; -1 if there is none."""
    shared = [v for v in one.vectors if v in other.vectors and (views is None or v in views)]
    likes = [alike(one.vectors[v], other.vectors[v]) for v in shared]
    return float(np.mean(likes)) if likes else -1.0


def pair_likes(
    visits: Sequence[Visit], views: Sequence[str] | None = None, *, alike: Alike = likeness
) -> Likes:
    """Likeness of all pairs, of one wearer and of two."""
    scored = [
        (one.person == other.person, visit_likeness(one, other, views, alike=alike))
        for one, other in pairs(visits)
    ]
    return Likes(
        np.array([like for is_same, like in scored if is_same], np.float64),
        np.array([like for is_same, like in scored if not is_same], np.float64),
    )


def curve_of(likes: Likes) -> NDArray[np.float64]:
    """False and true matches over all thresholds, see `roc`."""
    return roc(likes.same, likes.other)

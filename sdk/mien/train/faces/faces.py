"""What the networks learn from: faces with an expression, and portraits of people."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from mien.types import Gray8

Rows: TypeAlias = NDArray[np.intp]
NEUTRAL: Final = "neutral"


@dataclass(frozen=True, slots=True, kw_only=True)
class Faces:
    """Pictures with an expression each."""

    pictures: Gray8
    """Shape (N, side, side), uint8."""
    targets: NDArray[np.float32]
    """How likely each expression is, shape (N, C), 0..1; a row sums to 1."""
    people: NDArray[np.str_]
    """Whose face it is, shape (N,); empty where nobody knows."""
    expressions: tuple[str, ...]
    """Names of the C expressions."""
    action_units: NDArray[np.bool_]
    """Which units of FACS are coded, by number, shape (N, 0) where nobody coded them."""

    def __len__(self) -> int:
        return len(self.pictures)

    @property
    def truth(self) -> Rows:
        """The most likely expression of each, shape (N,)."""
        return np.asarray(self.targets.argmax(axis=1), np.intp)

    @property
    def is_neutral(self) -> NDArray[np.bool_]:
        """Shape (N,); nowhere, if neutral is not among the expressions."""
        if NEUTRAL not in self.expressions:
            return np.zeros(len(self), np.bool_)
        return np.asarray(self.truth == self.expressions.index(NEUTRAL))

    def take(self, rows: Rows) -> Faces:
        """Those of the given rows, in their order."""
        return replace(
            self,
            pictures=self.pictures[rows],
            targets=self.targets[rows],
            people=self.people[rows],
            action_units=self.action_units[rows],
        )

    def shuffled(self, seed: int) -> Faces:
        """A control: the expressions are dealt to the wrong pictures."""
        order = np.random.default_rng((seed, len(self))).permutation(len(self))
        return replace(self, targets=self.targets[order])


@dataclass(frozen=True, slots=True, kw_only=True)
class Portraits:
    """Pictures of people who are known."""

    pictures: Gray8
    """Shape (N, side, side), uint8."""
    people: NDArray[np.str_]
    """Who it is, shape (N,)."""
    takes: NDArray[np.str_]
    """Of which recording, shape (N,): two frames of one are too alike to be told a pair."""

    def __len__(self) -> int:
        return len(self.pictures)

    def of(self, people: set[str]) -> Portraits:
        """Those of some people."""
        rows = np.isin(self.people, sorted(people))
        return Portraits(
            pictures=self.pictures[rows], people=self.people[rows], takes=self.takes[rows]
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """What is learned from, and what is judged on."""

    name: str
    train: Faces
    test: Faces
    validation: Faces | None = None
    """Chooses the epoch; None: the last one is kept."""

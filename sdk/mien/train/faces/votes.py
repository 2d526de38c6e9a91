"""What ten people's votes on a picture say: one expression, how likely each is, or nothing.

Source: Barsoum, Zhang, Canton Ferrer and Zhang, "Training Deep Networks for Facial Expression
Recognition with Crowd-Sourced Label Distribution", ICMI 2016, and the program that its authors
published with the votes. Our wording of their rules:

* a single vote is a slip of one person: it does not count;
* majority: an expression with more than half of the votes that count, else nothing;
* soft: the expressions in the order of their votes, until three quarters of the votes that count
  are told. "Unknown" and "no face" end it. It must tell more than half of the votes with at most
  three expressions, else nothing;
* a picture that most hold for unknown or for no face is left out.
"""

from __future__ import annotations

from typing import Final, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

Voting: TypeAlias = Literal["majority", "soft"]
Votes: TypeAlias = NDArray[np.int64]

EXPRESSIONS: Final = (
    "neutral", "happiness", "surprise", "sadness", "anger", "disgust", "fear", "contempt",
)  # fmt: skip
"""In the order of the columns; "unknown" and "NF" follow."""
COLUMNS: Final = (*EXPRESSIONS, "unknown", "NF")
VOTINGS: Final[tuple[Voting, ...]] = ("majority", "soft")
_TOLD: Final = 0.75
_MOST_EXPRESSIONS: Final = 3


def target(votes: Votes, voting: Voting) -> NDArray[np.float32] | None:
    """What a picture is to be learned as.

    Args:
        votes: Counts in the order of `COLUMNS`, shape (10,).
        voting: By which rule.

    Returns:
        How likely each of `EXPRESSIONS` is, shape (8,), sum 1; None: the picture is left out.
    """
    counted = np.where(votes > 1, votes, 0)
    kept = _majority(counted) if voting == "majority" else _soft(counted)
    if not kept.any():
        return None
    return np.asarray(kept / kept.sum(), np.float32)


def _majority(votes: Votes) -> Votes:
    """Shape (8,), all 0 where there is no majority for an expression."""
    is_most = votes > votes.sum() / 2
    kept: Votes = np.where(is_most, votes, 0)[: len(EXPRESSIONS)]
    return kept


def _soft(votes: Votes) -> Votes:
    """Shape (8,), all 0 where the votes tell too little."""
    total = int(votes.sum())
    kept = np.zeros(len(EXPRESSIONS), np.int64)
    for count in sorted({int(vote) for vote in votes if vote}, reverse=True):
        if kept.sum() >= _TOLD * total or (kept > 0).sum() >= _MOST_EXPRESSIONS:
            break
        # Expressions with the same number of votes come and go together.
        tied = votes == count
        kept[tied[: len(EXPRESSIONS)]] = count
        if tied[len(EXPRESSIONS) :].any():
            break
    is_clear = kept.sum() > total / 2 and (kept > 0).sum() <= _MOST_EXPRESSIONS
    return kept if is_clear else np.zeros_like(kept)

"""Numbers of the study on published faces, from the confusions that its runs leave."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Results = Sequence[Mapping[str, Any]]
"""From `mien.train.faces.run.run_faces`: one per split and seed."""


def confusion(results: Results, name: str) -> NDArray[np.int64]:
    """Counts over all splits and seeds, truth by row; all 0 where nobody was asked."""
    classes = len(results[0]["expressions"])
    none = np.zeros((classes, classes), np.int64)
    found = [one["confusion"].get(name, none) for one in results]
    return np.asarray(np.sum(found, axis=0), np.int64)


def accuracy(counts: NDArray[np.int64]) -> float | None:
    """Share of all pictures that were told right; None of none."""
    total = int(counts.sum())
    return float(np.trace(counts)) / total if total else None


def by_class(counts: NDArray[np.int64]) -> list[float | None]:
    """Share of each expression's pictures that were told right; None of none."""
    totals = counts.sum(axis=1)
    right = np.diagonal(counts)
    return [float(r / n) if n else None for r, n in zip(right, totals, strict=True)]


def over_runs(results: Results, name: str) -> tuple[float | None, float | None]:
    """Mean of the accuracies of single runs, and their deviation; None of too few."""
    found = [accuracy(confusion([one], name)) for one in results]
    known = [one for one in found if one is not None]
    mean = float(np.mean(known)) if known else None
    return mean, float(np.std(known, ddof=1)) if len(known) > 1 else None


def sign_test(first: int, second: int) -> float:
    """How likely chance alone parts `first + second` pictures so unevenly; two-sided, exact.

    Source: McNemar's test on pictures that only one of two networks gets right.
    """
    total, fewer = first + second, min(first, second)
    tail = sum(math.comb(total, number) for number in range(fewer + 1))
    # In logarithms: 2 to the power of some thousand is no float.
    return min(1.0, math.exp(math.log(2 * tail) - total * math.log(2)))

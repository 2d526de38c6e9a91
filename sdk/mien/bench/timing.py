"""What many times of one thing come to."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Timing:
    """Microseconds; percentiles by nearest rank."""

    mean: float
    p50: float
    p90: float
    p99: float
    max: float


def summarise(times_ns: Sequence[int]) -> Timing:
    """The summary of at least one time, nanoseconds."""
    ordered = sorted(times_ns)

    def at(share: float) -> float:
        return ordered[max(math.ceil(share * len(ordered)), 1) - 1] * 1e-3

    return Timing(sum(ordered) * 1e-3 / len(ordered), at(0.5), at(0.9), at(0.99), at(1.0))

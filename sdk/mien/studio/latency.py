"""How long the stages of a step take, as percentiles."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Final

import numpy as np

WARM_UP_STEPS: Final = 5
"""The first steps fill caches and are left out."""


@dataclass(frozen=True, slots=True)
class StageLatency:
    """Percentiles of one stage over the frames, microseconds."""

    stage: str
    p50_us: float
    p99_us: float
    max_us: float

    def as_json(self) -> dict[str, object]:
        """The fields by name."""
        return asdict(self)


def summarise(per_step_ns: Mapping[str, Sequence[int]]) -> list[StageLatency]:
    """Percentiles per stage, in order, and of their sum as `total`; empty without steps."""
    table = np.array(list(per_step_ns.values()), np.float64)
    if table.size == 0:
        return []
    if table.shape[1] > 2 * WARM_UP_STEPS:
        table = table[:, WARM_UP_STEPS:]
    rows = dict(zip(per_step_ns, table, strict=True)) | {"total": table.sum(axis=0)}
    return [_latency(stage, row / 1e3) for stage, row in rows.items()]


def _latency(stage: str, times_us: np.ndarray[tuple[int], np.dtype[np.float64]]) -> StageLatency:
    p50_us, p99_us = np.percentile(times_us, (50, 99))
    return StageLatency(stage, float(p50_us), float(p99_us), float(times_us.max()))

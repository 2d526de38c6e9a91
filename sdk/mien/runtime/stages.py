"""How long each stage of a step took, by the caller's clock; for benchmarks only."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

STAGES: Final = ("preprocess", "flow", "motion", "model", "profile", "fusion")
"""In order; `profile` includes smoothing."""


class StageTimes:
    """Nanoseconds per stage and step. Without a clock it measures nothing."""

    def __init__(self, clock_ns: Callable[[], int] | None = None) -> None:
        self._clock_ns = clock_ns
        self._mark_ns = 0
        self._now = dict.fromkeys(STAGES, 0)
        self.per_step_ns: dict[str, list[int]] = {stage: [] for stage in STAGES}
        """Stage -> one entry per frame that gave a state."""

    def start(self) -> None:
        """Begin to measure."""
        if self._clock_ns is not None:
            self._mark_ns = self._clock_ns()

    def lap(self, stage: str) -> None:
        """Give the time since the last mark to `stage`."""
        if self._clock_ns is not None:
            now_ns = self._clock_ns()
            self._now[stage] += now_ns - self._mark_ns
            self._mark_ns = now_ns

    def end_step(self) -> None:
        """Close the entry of this step."""
        if self._clock_ns is None:
            return
        for stage in STAGES:
            self.per_step_ns[stage].append(self._now[stage])
            self._now[stage] = 0

"""Times of several functions side by side: in turns, so that a busy moment hits all of them."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

import numpy as np

Run = Callable[[], object]
BURST = 12
"""Calls in a row of one function, the first of which is not timed: it finds the caches as the
function before it left them."""


def medians_ns(runs: Mapping[str, Run], *, seconds: float) -> dict[str, float]:
    """The median time of one call of each function, nanoseconds.

    Bursts of all take turns until `seconds` are over, at least three times. A median, because on a
    shared machine the mean tells of others' work and the minimum of a lucky moment.
    """
    times: dict[str, list[int]] = {name: [] for name in runs}
    end = time.perf_counter() + seconds
    turns = 0
    while time.perf_counter() < end or turns < 3:
        for name, run in runs.items():
            times[name] += _burst_ns(run)
        turns += 1
    return {name: float(np.median(values)) for name, values in times.items()}


def _burst_ns(run: Run) -> list[int]:
    run()
    times = []
    for _ in range(BURST - 1):
        started = time.perf_counter_ns()
        run()
        times.append(time.perf_counter_ns() - started)
    return times

"""The One Euro filter beside the same in NumPy."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bench.kernel_table import Row, row
from bench.timing import medians_ns
from mien.config import SmoothingConfig
from mien.vision.smoothing import OneEuro

COUNT: Final = 64
STEP_NS: Final = 11_111_111

Values = NDArray[np.float64]


class NumpyOneEuro:
    """The filter of Casiez, Roussel and Vogel (CHI 2012) on vectors, in float64."""

    def __init__(self, config: SmoothingConfig) -> None:
        self._config = config
        self._state: tuple[Values, Values, int] | None = None

    def step(self, values: Values, t_ns: int) -> Values:
        """The smoothed values."""
        if self._state is None:
            self._state = (values, np.zeros_like(values), t_ns)
            return values
        last, slope, last_ns = self._state
        dt_s = (t_ns - last_ns) * 1e-9
        config = self._config
        share = _share(dt_s, config.derivative_cutoff_hz)
        slope = share * (values - last) / dt_s + (1 - share) * slope
        share = _share(dt_s, config.min_cutoff_hz + config.beta * np.abs(slope))
        smooth: Values = share * values + (1 - share) * last
        self._state = (smooth, slope, t_ns)
        return smooth


def _share(dt_s: float, cutoff_hz: Values | float) -> Values:
    turn = 2 * np.pi * dt_s * np.asarray(cutoff_hz)
    return turn / (turn + 1)


def rows(*, seconds: float) -> Iterator[Row]:
    """One step of 64 values."""
    rng = np.random.default_rng(1)
    track = np.cumsum(rng.normal(0, 0.03, (400, COUNT)), axis=0)
    config = SmoothingConfig()
    ours, peer = OneEuro(COUNT, config), NumpyOneEuro(config)
    out = np.zeros(COUNT, np.float32)
    error = 0.0
    for index, values in enumerate(track, 1):
        ours.step(values.astype(np.float32), index * STEP_NS, out=out)
        error = max(error, float(np.abs(peer.step(values, index * STEP_NS) - out).max()))
    clock = iter(range(len(track) + 1, 10**9))
    values = track[-1].astype(np.float32)
    ns = medians_ns(
        {
            "ours": lambda: ours.step(values, next(clock) * STEP_NS, out=out),
            "peer": lambda: peer.step(track[-1], next(clock) * STEP_NS),
        },
        seconds=seconds,
    )
    yield row(
        "one euro, largest difference",
        f"{COUNT} values",
        ns=ns["ours"],
        peer="NumPy float64",
        peer_ns=ns["peer"],
        most=1.0,
        error=error,
        holds=error < 1e-5,
    )

"""Low-lag smoothing for values that are still or fast by turns.

Source: Casiez, Roussel and Vogel, "1 Euro Filter", CHI 2012.
Differs: takes capture times instead of assuming a fixed rate.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from mien import _core
from mien.config import SmoothingConfig
from mien.vision.arrays import check_array, output_array

if TYPE_CHECKING:
    from mien.types import Values

DEFAULT_CONFIG = SmoothingConfig()


class OneEuro:
    """Smooths `count` values, each on its own.

    Args:
        count: Number of values, 1..4096.
        config: Cut-offs.

    Raises:
        ConfigError: If `count` is out of range.
    """

    def __init__(self, count: int, config: SmoothingConfig = DEFAULT_CONFIG) -> None:
        self._shape = (count,)
        self._core = _core.OneEuro(
            count=count,
            min_cutoff_hz=config.min_cutoff_hz,
            beta=config.beta,
            derivative_cutoff_hz=config.derivative_cutoff_hz,
        )

    def step(self, values: Values, t_ns: int, *, out: Values | None = None) -> Values:
        """The smoothed values at a capture time.

        Args:
            values: Shape (count,), float32. A value that is not finite leaves its channel as
                it was; a channel is 0 until its first finite value.
            t_ns: Capture time, nanoseconds. At a time that is not later than the last one
                nothing changes and the last output is given again.
            out: Where to write, shape (count,), float32; may be `values`.

        Returns:
            `out`, or a new array.

        Raises:
            FrameError: If a shape differs, or the values are not contiguous.
            TypeError: If a dtype is not as stated.
        """
        check_array("values", values, dtype=np.float32, shape=self._shape)
        smooth = output_array("out", out, dtype=np.float32, shape=self._shape)
        self._core.step(values, t_ns, smooth)
        return smooth

    def reset(self) -> None:
        """Forget all values and times."""
        self._core.reset()

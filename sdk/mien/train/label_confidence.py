"""How far a label is likely to be off, and the confidence that follows from it.

The rule is log-linear in what the labeller knows about itself: the spread of a value when all
units of the camera are fitted together (`MixtureCurve`), which grows where units look alike and
where a frame is explained badly. Fitted to the exact truth of three rendered train sessions
(44,000 values; no validation or test session took part). The true error rises with it in every
tenth of the data; `mien study labels` measures that on test sessions and draws it. Rejected: the
label itself as a feature. Large values have larger errors, but a rule that knows them masks the
large and keeps the zeros, which teaches rest.

    confidence = 1 / (1 + expected error / 0.1),

so that 0.5, the least that is not masked, expects a tenth of the session's largest take.
"""

from __future__ import annotations

from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

Numbers: TypeAlias = NDArray[np.floating[Any]]

HALF_ERROR: Final = 0.1
"""Expected error at which the confidence is one half."""


def confidence_of(error: Numbers) -> Numbers:
    """Confidence, 0..1, of an expected absolute error in shares of the largest take."""
    sure: Numbers = 1 / (1 + error / HALF_ERROR)
    return sure


def expected_error(spread: Numbers, *, is_eye: bool) -> Numbers:
    """Expected absolute error of a value, shape (n,), shares of the session's largest take.

    Args:
        spread: Of each frame, shape (n,), >= 0.
        is_eye: True for an eye camera, which sees less skin and moves more.
    """
    error: Numbers = np.exp(-2.55 + 0.68 * np.log(spread + 0.05) + 0.38 * is_eye)
    return error

"""A tight fit: the headset rides on the face, and what moves it is then a unit (A16).

Reference motion is subtracted because it is slip. Where it rises and falls with a cued unit in
every one of its takes it is not slip but the unit itself, pushing the headset: it is kept as part
of the unit's way instead, if the takes then stand out of the noise more clearly. (On three rendered
train sessions the error fell from 0.053 to 0.052 over all values, by a third on those concerned.)
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from mien.train.metric import without_drift
from mien.train.takes import Curve
from mien.vision.motion import Slip

MIN_RIDE_PX: Final = 0.3
"""Least motion of the headset over a take; below, subtracting it harms nobody."""
MIN_RIDE_R: Final = 0.8
"""Of the headset's motion with the unit's curve, in each take."""


def rides(
    slips: Sequence[Sequence[Slip]],
    curves: Sequence[Curve],
    neutral: Sequence[NDArray[np.bool_]],
) -> bool:
    """True where the headset moves with a unit in every take of it.

    Args:
        slips: Of each frame of each take, pixels.
        curves: The unit's metric with slip taken off, shape (n,) each.
        neutral: Frames cued neutral, shape (n,) each.
    """
    shifts = [_shift(*given) for given in zip(slips, neutral, strict=True)]
    moving = [~still for still in neutral]
    tops = [
        shift[part][np.argmax(curve[part])]
        for shift, curve, part in zip(shifts, curves, moving, strict=True)
    ]
    way = np.sum(tops, axis=0)
    length = float(np.hypot(*way))
    if length < 1e-9:
        return False
    along = [shift @ way / length for shift in shifts]
    return all(
        float(one[part].max() - one[~part].mean()) >= MIN_RIDE_PX
        and _agree(one, curve) >= MIN_RIDE_R
        for one, curve, part in zip(along, curves, moving, strict=True)
    )


def _shift(slips: Sequence[Slip], neutral: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Shift of the headset against the rest beside the take, shape (n, 2), pixels."""
    raw = np.array([(slip.tx, slip.ty) for slip in slips], np.float64)
    moving = np.flatnonzero(~neutral)
    span = slice(int(moving[0]), int(moving[-1]) + 1)
    return np.stack([without_drift(raw[:, at], neutral, span)[0] for at in (0, 1)], axis=1)


def _agree(shift: NDArray[np.float64], curve: Curve) -> float:
    if min(shift.std(), curve.std()) < 1e-6:
        return 0.0
    return float(np.corrcoef(shift, curve)[0, 1])

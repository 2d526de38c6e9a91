"""The rectangles of a session's samples: from its labels alone, or exact ones (C4)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mien import schema
from mien.capture.session import Session
from mien.runtime.unit_boxes import FACE
from mien.train.boxes import BoxRows, presence
from mien.train.exact_boxes import class_names, exact_boxes
from mien.train.label_regions import UnitBoxes
from mien.train.targets import Rows


def session_boxes(
    session: Session,
    camera: str,
    t_ns: NDArray[np.int64],
    *,
    values: Rows,
    weights: Rows,
    regions: UnitBoxes | None = None,
) -> BoxRows:
    """What the detection layer learns from one camera of a session.

    Args:
        session: Whose; its exact rectangles are read only where `regions` is None.
        camera: One of `schema.CAMERAS`.
        t_ns: Shape (N,), capture times.
        values: Labels at those times, shape (N, VALUE_COUNT).
        weights: Trust in them, same shape; 0 where there is no label.
        regions: Of this session and camera, from `read_regions`; None: exact truth.

    Returns:
        Shape (N, C, 5) in the order of `runtime.unit_boxes.BOX_CLASSES`.

    Raises:
        SessionError: If the session's file of exact rectangles is damaged.
    """
    names = class_names(camera)
    rows = np.full((len(t_ns), len(names), 5), np.nan, np.float32)
    for at, name in enumerate(names):
        rows[:, at, 4] = 1.0 if name == FACE else _shown(name, values, weights)
    if regions is None:
        rows[..., :4] = exact_boxes(session, camera, t_ns, wanted=rows[..., 4] > 0)
    else:
        for at, name in enumerate(names):
            rows[:, at, :4] = regions.get(name, np.nan)
    return rows


def _shown(name: str, values: Rows, weights: Rows) -> Rows:
    column = schema.VALUE_INDEX[name]
    return np.where(weights[:, column] > 0, presence(values[:, column]), np.nan)

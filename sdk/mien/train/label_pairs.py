"""Labels of one session beside the exact truth at the same times.

A label says "this share of the wearer's largest take" (A10): where that take was not a full one,
its truth is a multiple of the label, which no image can tell. `scaled` is the truth in the same
shares: over the largest truth that any accepted, cued take of that value in that session has.
One number per session and value, known from the truth alone and never fitted to the labels, so
that neither the shape of a curve nor the sizes of takes beside one another are forgiven.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from mien import schema
from mien.capture.values import ValueTable
from mien.train.labels import SOURCES, LabelTable

LEAST_TOP = 0.1
"""A value whose truth never gets above this did not move: it is not scaled."""


@dataclass(frozen=True, slots=True)
class LabelPairs:
    """Columns of equal length, one row per label, masked ones among them."""

    t_ns: NDArray[np.int64]
    name: NDArray[np.int16]
    """Index into `schema.VALUE_NAMES`."""
    label: NDArray[np.float32]
    truth: NDArray[np.float64]
    scaled: NDArray[np.float64]
    """Truth, 1 = the session's largest take; gaze as it is."""
    confidence: NDArray[np.float32]
    mask: NDArray[np.bool_]
    source: NDArray[np.int8]
    """Index into `mien.train.labels.SOURCES`."""

    def __len__(self) -> int:
        return len(self.t_ns)

    def where(self, chosen: NDArray[np.bool_] | NDArray[np.intp]) -> LabelPairs:
        """The rows for which `chosen`, shape (rows,), is true, or those it numbers, in order."""
        return LabelPairs(*(getattr(self, column.name)[chosen] for column in fields(self)))

    @property
    def is_measured(self) -> NDArray[np.bool_]:
        """Rows that an image says, and gaze, which a fixation target says; not rest from a cue."""
        gaze = [schema.VALUE_INDEX[name] for name in schema.GAZE_NAMES]
        measured: NDArray[np.bool_] = (self.source != SOURCES.index("cue")) | np.isin(
            self.name, gaze
        )
        return measured


def pair_labels(labels: LabelTable, truth: ValueTable) -> LabelPairs:
    """Pair the labels of one session with its truth.

    Args:
        labels: Rows of one session.
        truth: Of the same session; straight between its rows.
    """
    exact, scaled = np.zeros(len(labels)), np.zeros(len(labels))
    for index in np.unique(labels.name):
        rows = labels.name == index
        exact[rows] = np.interp(labels.t_ns[rows], truth.t_ns, truth.values[:, index])
        is_gaze = schema.VALUE_NAMES[index] in schema.GAZE_NAMES
        scaled[rows] = exact[rows] / (1.0 if is_gaze else _largest(labels, exact, rows))
    return LabelPairs(
        labels.t_ns,
        labels.name,
        labels.value,
        exact,
        scaled,
        labels.confidence,
        labels.mask,
        labels.source,
    )


def _largest(labels: LabelTable, truth: NDArray[np.float64], rows: NDArray[np.bool_]) -> float:
    """Largest truth in the accepted takes; 1 where the value never moves."""
    taken = rows & labels.mask & (labels.take >= 0) & (labels.source == SOURCES.index("metric"))
    top = float(truth[taken].max(initial=0.0))
    return top if top > LEAST_TOP else 1.0

"""The cached identity of a wearer: enrolled once, kept on the device, opt-in (D5)."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

VECTOR_SIZE: Final = 160
"""As in the source (D1)."""
UNKNOWN: Final = np.zeros(VECTOR_SIZE, np.float32)
"""Stands for a wearer who is not known or did not agree; networks are trained with it too."""
_SHORTEST: Final = 1e-9


def wearer_vector(vectors: NDArray[np.floating]) -> NDArray[np.float32]:
    """What is cached of an enrolment.

    Args:
        vectors: What a network said of each crop of one kind of camera, shape
            (N, VECTOR_SIZE), of any length; N >= 1.

    Returns:
        Shape (VECTOR_SIZE,), float32, of length 1; `UNKNOWN` where the vectors cancel out.
    """
    mean = _unit(_unit(vectors.astype(np.float64)).mean(axis=0))
    return mean.astype(np.float32)


def likeness(one: NDArray[np.floating], other: NDArray[np.floating]) -> float:
    """Cosine of two vectors, -1..1; 0 with an unknown wearer."""
    return float(_unit(one.astype(np.float64)) @ _unit(other.astype(np.float64)))


def _unit(vectors: NDArray[np.float64]) -> NDArray[np.float64]:
    length = np.linalg.norm(vectors, axis=-1, keepdims=True)
    unit: NDArray[np.float64] = np.where(
        length > _SHORTEST, vectors / np.maximum(length, _SHORTEST), 0.0
    )
    return unit

"""The lower face while no mouth camera gives it: what the eyes let guess (A13)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from mien import schema

LEAST_R: Final = 0.3
"""A guess that follows the truth less well on the validation sessions is not made."""


class Fallback:
    """What each eye guesses of its side of the lower face; sides that both see are averaged.

    A guess fills the room that the mouth camera's fading leaves: it is never `tracked`.
    """

    def __init__(self, heads: Mapping[str, Any]) -> None:
        """Take what a model file says of its heads, `ModelInfo.heads`."""
        scores = heads.get("eye", {}).get("fallback", {})
        self._is_good = np.array(
            [(scores.get(n, {}).get("r") or 0.0) >= LEAST_R for n in schema.FALLBACK_OUTPUTS]
        )
        self._columns = {
            camera: fallback_columns(camera)[self._is_good] for camera in schema.EYE_CAMERAS
        }
        shape = (len(schema.EYE_CAMERAS), schema.VALUE_COUNT)
        self._last = np.zeros(shape, np.float32)
        self._is_given = np.zeros(shape, np.float32)

    @property
    def is_known(self) -> bool:
        """Whether the model guesses anything."""
        return bool(self._is_good.any())

    def take(self, camera: str, guess: NDArray[np.float32]) -> None:
        """Take in `schema.FALLBACK_OUTPUTS` of an eye, shape (18,), 0..1."""
        row, columns = schema.EYE_CAMERAS.index(camera), self._columns[camera]
        self._last[row, columns] = guess[self._is_good]
        self._is_given[row, columns] = 1.0

    def fill(self, values: NDArray[np.float32], *, eyes: tuple[float, ...], mouth: float) -> None:
        """Add the guesses to fused values, in place.

        Args:
            values: Shape (VALUE_COUNT,), of cameras alone.
            eyes: How fresh each eye's word is, 0..1.
            mouth: How fresh the mouth's word is; at 1 nothing is added.
        """
        fresh = np.array(eyes, np.float32)[:, None] * self._is_given
        total = fresh.sum(axis=0)
        guess = (fresh * self._last).sum(axis=0) / np.where(total > 0, total, np.float32(1))
        values += guess * fresh.max(axis=0) * np.float32(1.0 - mouth)

    def filled(self) -> NDArray[np.bool_]:
        """Shape (VALUE_COUNT,): values for which a guess was ever made."""
        return np.asarray(self._is_given.any(axis=0))


def fallback_columns(camera: str) -> NDArray[np.intp]:
    """Column of a value array for each of `schema.FALLBACK_OUTPUTS` of an eye camera's side."""
    side = camera.removeprefix("eye_")
    names = (
        f"{name}_{side}" if schema.UNIT_BY_NAME[name].sided else name
        for name in schema.FALLBACK_OUTPUTS
    )
    return np.array([schema.VALUE_INDEX[name] for name in names], np.intp)

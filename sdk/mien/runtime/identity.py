"""Which of several wearers this is, to pick a profile at start-up; only of those who agreed.

An enrolment may leave a signature per camera in the profile, made of the crop at rest. The first
crop at rest of a run is compared with those. `CropIdentity` compares the pictures themselves; a
network that tells wearers apart by a vector can take its place, see `Identity`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from mien.config import CROP_SIZE
from mien.types import Quant8

Signature = Mapping[str, NDArray[np.float32]]
"""Camera -> vector."""
LEAST_LIKENESS: Final = 0.5
"""Who is less like a wearer than this is somebody else (15 rendered wearers of training and
validation, later in their sessions: 0.58 to 0.90 like themselves, at most 0.46 like others) ..."""
LEAST_MARGIN: Final = 0.1
"""... and who is hardly more like one than like another is not told apart."""
_BLOCK: Final = 4
_CELLS: Final = CROP_SIZE // _BLOCK
_REACH: Final = 3
_Named = TypeVar("_Named")


class Identity(Protocol):
    """What tells wearers apart."""

    @property
    def kind(self) -> str:
        """Name of the method and its version; vectors of another kind are not compared."""

    def vector(self, camera: str, crop: Quant8) -> NDArray[np.float32]:
        """What a crop at rest says of the wearer, shape (n,), always the same n per camera."""

    def likeness(self, one: NDArray[np.float32], other: NDArray[np.float32]) -> float:
        """How alike two vectors of one camera are, up to 1: the same."""


class CropIdentity:
    """Correlation of crops at a quarter of their size, at the shift that suits best.

    The shift is that of a headset that was put on anew.
    """

    kind = "crop-1"

    def vector(self, camera: str, crop: Quant8) -> NDArray[np.float32]:
        """Means of blocks of the crop, see `Identity.vector`."""
        del camera
        blocks = crop.reshape(_CELLS, _BLOCK, _CELLS, _BLOCK)
        means: NDArray[np.float32] = blocks.mean(axis=(1, 3), dtype=np.float32).ravel()
        return means

    def likeness(self, one: NDArray[np.float32], other: NDArray[np.float32]) -> float:
        """The highest correlation over shifts, see `Identity.likeness`."""
        fixed, moved = one.reshape(_CELLS, _CELLS), other.reshape(_CELLS, _CELLS)
        steps = range(-_REACH, _REACH + 1)
        return max(
            _correlation(fixed, moved, down=down, right=right) for down in steps for right in steps
        )


def _correlation(
    one: NDArray[np.float32], other: NDArray[np.float32], *, down: int, right: int
) -> float:
    def part(image: NDArray[np.float32], y: int, x: int) -> NDArray[np.float32]:
        cut = image[max(y, 0) : _CELLS + min(y, 0), max(x, 0) : _CELLS + min(x, 0)]
        level: NDArray[np.float32] = cut - cut.mean()
        return level

    a, b = part(one, down, right), part(other, -down, -right)
    power = float(np.sqrt((a * a).sum() * (b * b).sum()))
    return float((a * b).sum()) / power if power > 0 else 0.0


def recognise(
    seen: Signature, known: Sequence[tuple[_Named, Signature]], identity: Identity
) -> tuple[_Named | None, float]:
    """Whose signature is like the one seen, and how like; None: nobody's, or more than one's.

    Args:
        seen: Of this wearer.
        known: Whom it may be, with a signature each; cameras that only one side has do not count.
        identity: What made all of them.
    """
    ranked = sorted(
        (
            (_likeness(seen, signature, identity), place)
            for place, (_, signature) in enumerate(known)
        ),
        reverse=True,
    )
    if not ranked:
        return None, 0.0
    best, place = ranked[0]
    second = ranked[1][0] if len(ranked) > 1 else -1.0
    is_told = best >= LEAST_LIKENESS and best - second >= LEAST_MARGIN
    return (known[place][0] if is_told else None), best


def _likeness(one: Signature, other: Signature, identity: Identity) -> float:
    shared = [name for name in one if name in other and one[name].shape == other[name].shape]
    likes = [identity.likeness(one[name], other[name]) for name in shared]
    return float(np.mean(likes)) if likes else -1.0

"""The split of CK+ that is usual: ten parts, no subject in two of them."""

from __future__ import annotations

from typing import Final

import numpy as np

from mien.errors import TrainError
from mien.train.faces.faces import Faces, Split

FOLDS: Final = 10


def subject_folds(faces: Faces, *, folds: int = FOLDS) -> tuple[Split, ...]:
    """Part faces by their people: in ascending order of their names, every n-th together.

    Args:
        faces: With people.
        folds: How many parts, at least 2.

    Returns:
        A split per part, which is its test; all other parts train.

    Raises:
        TrainError: If a part would have fewer than two people: there has to be another one
            whose vector is swapped in.
    """
    people = np.unique(faces.people)
    if len(people) < 2 * folds:
        raise TrainError(
            f"folds: expected at least {2 * folds} people for {folds} folds, got {len(people)}; "
            "give all of CK+, or fewer --folds"
        )
    fold_of = np.searchsorted(people, faces.people) % folds
    return tuple(
        Split(
            name=f"fold{number:02d}",
            train=faces.take(np.flatnonzero(fold_of != number)),
            test=faces.take(np.flatnonzero(fold_of == number)),
        )
        for number in range(folds)
    )

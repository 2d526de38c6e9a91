"""People to learn identity from: a folder of faces, one folder per person."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np

from mien.errors import TrainError
from mien.train.faces.faces import Portraits
from mien.train.faces.pictures import middle_square, read_gray
from mien.types import Progress, silent

ENDINGS: Final = (".png", ".jpg", ".jpeg", ".bmp", ".pgm")
_FEWEST_PEOPLE: Final = 4


def read_identities(folder: Path, *, side_px: int, progress: Progress = silent) -> Portraits:
    """Read pictures of people.

    Args:
        folder: A folder per person, each with pictures of the face; their middle is used.
            Folders with fewer than two pictures are passed over.
        side_px: Side of the squares, pixels.
        progress: Told of each person.

    Raises:
        TrainError: If there are fewer than four people, or a picture cannot be read.
    """
    if not folder.is_dir():
        raise TrainError(f"{folder}: expected a folder of people, got none; check --identities")
    of_person = {
        person.name: files
        for person in sorted(folder.iterdir())
        if person.is_dir() and len(files := _files(person)) > 1
    }
    if len(of_person) < _FEWEST_PEOPLE:
        raise TrainError(
            f"{folder}: expected at least {_FEWEST_PEOPLE} folders with two pictures or more, "
            f"got {len(of_person)}; put each person's pictures into a folder of their own"
        )
    pictures, people, takes = [], [], []
    for person, files in progress(of_person.items(), what="people", total=len(of_person)):
        for file in files:
            pictures.append(middle_square(read_gray(file), side_px))
            people.append(person)
            takes.append(f"{person}/{file.name}")
    return Portraits(pictures=np.stack(pictures), people=np.array(people), takes=np.array(takes))


def _files(person: Path) -> list[Path]:
    return sorted(
        path
        for path in person.iterdir()
        if path.suffix.lower() in ENDINGS and not path.name.startswith(".")
    )


def kept_back(portraits: Portraits, share: float, *, seed: int) -> tuple[Portraits, Portraits]:
    """Part people in those to learn from and those to verify on; no person is in both.

    Args:
        portraits: Of at least four people.
        share: Of the people that verify, 0..0.5; at least two of them.
        seed: Of the choice.
    """
    people = np.unique(portraits.people)
    count = max(2, round(share * len(people)))
    order = np.random.default_rng((seed, len(people))).permutation(len(people))
    kept = set(people[order[:count]].tolist())
    return portraits.of(set(people.tolist()) - kept), portraits.of(kept)

"""FER+: the pictures of Kaggle's FER 2013 with the votes that Microsoft published for them.

    fer2013.csv     emotion,pixels,Usage: 48 x 48 gray levels as text; the emotion is not used
    fer2013new.csv  Usage,Image name, and ten columns of votes; row n is of row n of the other

Usage is Training (to learn from), PublicTest (validation) or PrivateTest (test). A row without
an image name is no face. Validation and test are always told by majority, as published.
"""

from __future__ import annotations

import csv
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from mien.errors import TrainError
from mien.train.faces.faces import Faces, Split
from mien.train.faces.pictures import middle_square
from mien.train.faces.votes import COLUMNS, EXPRESSIONS, Voting, target
from mien.types import Gray8, Progress, silent

VOTES_FILE: Final = "fer2013new.csv"
SIDE: Final = 48
"""Of the published pictures, pixels."""
USAGES: Final = ("Training", "PublicTest", "PrivateTest")
_RATERS: Final = 10

VotedRow = tuple[str, str, NDArray[np.int64]]
"""Usage, name of the picture (empty: no face), votes, shape (10,)."""


def read_ferplus(
    votes_at: Path,
    pixels_at: Path,
    *,
    voting: Voting,
    side_px: int = SIDE,
    progress: Progress = silent,
) -> Split:
    """Read both files.

    Args:
        votes_at: `fer2013new.csv`, or its folder.
        pixels_at: `fer2013.csv` of Kaggle.
        voting: What the training pictures are learned as.
        side_px: Side of the squares, pixels.
        progress: Told of each row.

    Returns:
        Training, validation and test pictures.

    Raises:
        TrainError: If a file is missing or breaks its rule, or the two do not belong together.
    """
    rows = read_votes(votes_at / VOTES_FILE if votes_at.is_dir() else votes_at)
    kept: dict[str, list[tuple[Gray8, NDArray[np.float32]]]] = {usage: [] for usage in USAGES}
    lines = _pixels(pixels_at, rows)
    for number, (usage, name, votes) in enumerate(
        progress(rows, what="FER+ pictures", total=len(rows))
    ):
        picture = next(lines)
        wanted = target(votes, voting if usage == USAGES[0] else "majority") if name else None
        if wanted is not None:
            if picture is None:
                raise TrainError(
                    f"{pixels_at}: row {number + 1}: expected {SIDE * SIDE} gray levels 0..255, "
                    "got others; download it again"
                )
            kept[usage].append((middle_square(picture, side_px), wanted))
    if next(lines, rows) is not rows:
        raise _unlike(pixels_at, rows, "more")
    return _split(kept, votes_at)


def read_votes(file: Path) -> list[VotedRow]:
    """Read `fer2013new.csv`.

    Raises:
        TrainError: If it is missing, or a row breaks the rule.
    """
    found = []
    with _rows(file, ("Usage", "Image name", *COLUMNS)) as rows:
        for number, row in enumerate(rows):
            usage, name, *cells = row
            if usage not in USAGES:
                raise TrainError(
                    f"{file}: row {number + 1}: Usage: expected one of {', '.join(USAGES)}, "
                    f"got {usage!r}"
                )
            is_whole = all(cell.isdecimal() for cell in cells)
            votes = np.array([int(cell) for cell in cells] if is_whole else [], np.int64)
            if not is_whole or votes.sum() > _RATERS:
                raise TrainError(
                    f"{file}: row {number + 1}: expected at most {_RATERS} votes in ten columns, "
                    f"got {', '.join(cells)}"
                )
            found.append((usage, name, votes))
    return found


def _pixels(file: Path, rows: Sequence[VotedRow]) -> Iterator[Gray8 | None]:
    """The picture of each row; None where the gray levels are not those of one."""
    count = 0
    with _rows(file, ("Usage", "pixels")) as lines:
        for usage, text in lines:
            if count < len(rows) and usage != rows[count][0]:
                raise TrainError(
                    f"{file}: row {count + 1}: expected {rows[count][0]} as in {VOTES_FILE}, "
                    f"got {usage!r}; take the file in Kaggle's own order"
                )
            count += 1
            yield _picture(text)
    if count < len(rows):
        raise _unlike(file, rows, str(count))


def _unlike(file: Path, rows: Sequence[VotedRow], got: str) -> TrainError:
    return TrainError(
        f"{file}: expected {len(rows)} rows as in {VOTES_FILE}, got {got}; "
        "take both files as they were published"
    )


def _picture(text: str) -> Gray8 | None:
    with warnings.catch_warnings():
        # Text that is no number ends the array early; the count below tells.
        warnings.simplefilter("ignore", DeprecationWarning)
        try:
            levels = np.fromstring(text, dtype=np.int64, sep=" ")
        except ValueError:
            return None
    if levels.shape != (SIDE * SIDE,) or levels.min() < 0 or levels.max() > 255:
        return None
    return levels.astype(np.uint8).reshape(SIDE, SIDE)


@contextmanager
def _rows(file: Path, columns: Sequence[str]) -> Iterator[Iterator[tuple[str, ...]]]:
    """The rows of a CSV file, some columns of each, found by their names."""
    try:
        with file.open(encoding="utf-8-sig", newline="") as opened:
            lines = csv.reader(opened)
            heading = [name.strip() for name in next(lines, [])]
            missing = [name for name in columns if name not in heading]
            if missing:
                raise TrainError(
                    f"{file}: expected columns {', '.join(columns)}, "
                    f"got none of {', '.join(missing)}"
                )
            at = [heading.index(name) for name in columns]
            yield (_cells(file, row, at) for row in lines if row)
    except (OSError, UnicodeDecodeError, csv.Error) as exc:
        raise TrainError(f"{file}: expected a CSV file, got {exc}") from exc


def _cells(file: Path, row: Sequence[str], at: Sequence[int]) -> tuple[str, ...]:
    if len(row) <= max(at):
        raise TrainError(f"{file}: expected at least {max(at) + 1} cells in a row, got {len(row)}")
    return tuple(row[number].strip() for number in at)


def _split(kept: dict[str, list[tuple[Gray8, NDArray[np.float32]]]], votes_at: Path) -> Split:
    parts = {}
    for usage, found in kept.items():
        if not found:
            raise TrainError(f"{votes_at}: expected {usage} pictures to be left, got none")
        pictures, targets = zip(*found, strict=True)
        parts[usage] = Faces(
            pictures=np.stack(pictures),
            targets=np.stack(targets),
            people=np.full(len(found), ""),
            expressions=EXPRESSIONS,
            action_units=np.zeros((len(found), 0), np.bool_),
        )
    training, validation, test = (parts[usage] for usage in USAGES)
    return Split(name="test", train=training, validation=validation, test=test)

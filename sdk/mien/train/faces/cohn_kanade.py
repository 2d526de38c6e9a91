"""The Extended Cohn-Kanade data (CK+), in the layout in which it is published.

    cohn-kanade-images/S005/001/S005_001_00000011.png   a sequence: from neutral to the peak
    Emotion/S005/001/S005_001_00000011_emotion.txt      0..7, of 327 of the 593 sequences
    Landmarks/S005/001/S005_001_00000011_landmarks.txt  68 lines "x y", of every picture
    FACS/S005/001/S005_001_00000011_facs.txt            lines "action unit, intensity", of the peak

Numbers are written like `3.0000000e+00`. A sequence without a file has no label; its folder may
be there and empty. Landmarks/ and FACS/ may be left out as a whole.

Source: Lucey et al., "The Extended Cohn-Kanade Dataset (CK+)", CVPR Workshops 2010.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from mien.errors import TrainError
from mien.train.faces.faces import NEUTRAL, Faces, Portraits
from mien.train.faces.pictures import LANDMARKS, face_square, middle_square, read_gray
from mien.types import Gray8, Progress, silent

IMAGES: Final = "cohn-kanade-images"
CODES: Final = (
    NEUTRAL, "anger", "contempt", "disgust", "fear", "happiness", "sadness", "surprise",
)  # fmt: skip
"""By the number in an emotion file."""
PEAK_FRAMES: Final = 3
"""The last frames of a sequence that show its expression, as is usual with CK+."""
PORTRAITS_PER_SEQUENCE: Final = 5
ACTION_UNITS: Final = 100
"""Numbers of FACS end below."""
_SUBJECT: Final = re.compile(r"S\d{3}")
_FRAME: Final = re.compile(r"S\d{3}_\d{3}_(\d{8})")


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenSequence:
    """One sequence of one subject."""

    subject: str
    number: str
    """Such as `001`."""
    frames: tuple[Path, ...]
    """In order; the first is neutral, the last the peak."""
    landmarks: tuple[Path, ...]
    """One per frame; empty where there are none at all."""
    emotion: str | None
    """What the peak shows, one of `CODES`; None: it has no label."""
    action_units: frozenset[int]
    """Of the peak, as coded; empty where FACS/ was left out."""


def read_sequences(folder: Path) -> tuple[TakenSequence, ...]:
    """Read what is in a CK+ folder, without the pictures.

    Args:
        folder: Holds `cohn-kanade-images`, `Emotion` and, perhaps, `Landmarks` and `FACS`.

    Returns:
        All sequences, in the order of subject and number.

    Raises:
        TrainError: If the layout is another, or a file breaks its rule.
    """
    for name in (IMAGES, "Emotion"):
        if not (folder / name).is_dir():
            raise TrainError(
                f"{folder}: expected a folder {name}, got none; unpack all of CK+ into it"
            )
    found = tuple(
        _sequence(folder, subject.name, number)
        for subject in _folders(folder / IMAGES)
        if _SUBJECT.fullmatch(subject.name)
        for number in _folders(subject)
    )
    if not any(one.emotion for one in found):
        raise TrainError(
            f"{folder}: expected sequences with an emotion file, got none of {len(found)}; "
            "unpack Emotion_labels.zip into it"
        )
    return found


def _folders(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.is_dir())


def _sequence(folder: Path, subject: str, sequence: Path) -> TakenSequence:
    place = f"{subject}/{sequence.name}"
    frames = sorted(
        (path for path in sequence.glob("*.png") if not path.name.startswith(".")), key=_number
    )
    if len(frames) <= PEAK_FRAMES:
        raise TrainError(
            f"{sequence}: expected at least {PEAK_FRAMES + 1} pictures, got {len(frames)}; "
            "unpack it again"
        )
    units = _only_file(folder / "FACS" / place, "_facs.txt")
    return TakenSequence(
        subject=subject,
        number=sequence.name,
        frames=tuple(frames),
        landmarks=_landmark_files(folder / "Landmarks", place, frames),
        emotion=_emotion(folder / "Emotion" / place),
        action_units=frozenset() if units is None else _action_units(units),
    )


def _number(path: Path) -> int:
    match = _FRAME.fullmatch(path.stem)
    if match is None:
        raise TrainError(
            f"{path}: expected a name such as S005_001_00000011.png, got {path.name}; take it away"
        )
    return int(match[1])


def _only_file(folder: Path, ending: str) -> Path | None:
    """The file that a folder holds; None, where the folder is missing or empty."""
    found = sorted(path for path in folder.glob(f"*{ending}") if not path.name.startswith("."))
    if len(found) > 1:
        raise TrainError(f"{folder}: expected one file *{ending}, got {len(found)}")
    return found[0] if found else None


def _landmark_files(folder: Path, place: str, frames: Sequence[Path]) -> tuple[Path, ...]:
    if not folder.is_dir():
        return ()
    files = tuple(folder / place / f"{frame.stem}_landmarks.txt" for frame in frames)
    for file in files:
        if not file.is_file():
            raise TrainError(
                f"{file}: expected landmarks of every picture, got no file; unpack Landmarks.zip "
                "again, or take Landmarks/ away to use the middle of each picture"
            )
    return files


def _emotion(folder: Path) -> str | None:
    file = _only_file(folder, "_emotion.txt")
    if file is None:
        return None
    numbers = _numbers(file)
    if numbers.shape != (1, 1) or numbers[0, 0] not in range(len(CODES)):
        raise TrainError(
            f"{file}: expected one whole number 0..{len(CODES) - 1}, got {numbers.tolist()}"
        )
    return CODES[int(numbers[0, 0])]


def _action_units(file: Path) -> frozenset[int]:
    numbers = _numbers(file)
    if numbers.size and (numbers.shape[1] != 2 or not np.isin(numbers, range(ACTION_UNITS)).all()):
        raise TrainError(
            f"{file}: expected lines of an action unit and its intensity, got {numbers.tolist()}"
        )
    return frozenset(int(unit) for unit in numbers[:, 0]) if numbers.size else frozenset()


def _numbers(file: Path) -> NDArray[np.float64]:
    """A table of numbers, shape (rows, columns)."""
    try:
        text = file.read_text(encoding="utf-8")
        rows = [
            [float(word) for word in line.split()] for line in text.splitlines() if line.strip()
        ]
        return np.asarray(rows, np.float64).reshape(len(rows), -1 if rows else 0)
    except (OSError, ValueError) as exc:
        raise TrainError(f"{file}: expected lines of numbers, got {exc}; unpack it again") from exc


def read_faces(
    sequences: Iterable[TakenSequence],
    *,
    side_px: int,
    has_neutral: bool = True,
    progress: Progress = silent,
) -> Faces:
    """Read the pictures of the sequences that have a label.

    Args:
        sequences: From `read_sequences`.
        side_px: Side of the squares, pixels.
        has_neutral: The first frame of each counts as neutral; False: it is left out.
        progress: Told of each sequence.

    Returns:
        The last three frames of each sequence with its emotion, and its first as neutral.
    """
    labelled = [one for one in sequences if one.emotion is not None]
    expressions = CODES if has_neutral else CODES[1:]
    pictures, labels, taken = [], [], []
    units: list[list[bool]] = []
    for one in progress(labelled, what="CK+ sequences", total=len(labelled)):
        at = range(len(one.frames) - PEAK_FRAMES, len(one.frames))
        shown = [(number, str(one.emotion)) for number in at]
        shown = [(0, NEUTRAL), *shown] if has_neutral else shown
        for number, emotion in shown:
            if emotion in expressions:
                pictures.append(_picture(one, number, side_px))
                labels.append(expressions.index(emotion))
                taken.append(one)
                coded = one.action_units if number else frozenset()
                units.append([unit in coded for unit in range(ACTION_UNITS)])
    return Faces(
        pictures=np.stack(pictures),
        targets=np.eye(len(expressions), dtype=np.float32)[labels],
        people=np.array([one.subject for one in taken]),
        expressions=expressions,
        action_units=np.array(units, np.bool_),
    )


def read_portraits(
    sequences: Sequence[TakenSequence], *, side_px: int, progress: Progress = silent
) -> Portraits:
    """Read frames spread over every sequence, labelled or not, as pictures of its subject."""
    pictures, people, takes = [], [], []
    for one in progress(sequences, what="CK+ subjects", total=len(sequences)):
        spread = np.linspace(0, len(one.frames) - 1, PORTRAITS_PER_SEQUENCE)
        for number in np.unique(spread.round().astype(np.intp)).tolist():
            pictures.append(_picture(one, number, side_px))
            people.append(one.subject)
            takes.append(f"{one.subject}/{one.number}")
    return Portraits(pictures=np.stack(pictures), people=np.array(people), takes=np.array(takes))


def _picture(sequence: TakenSequence, number: int, side_px: int) -> Gray8:
    gray = read_gray(sequence.frames[number])
    if not sequence.landmarks:
        return middle_square(gray, side_px)
    file = sequence.landmarks[number]
    points = _numbers(file)
    if points.shape != (LANDMARKS, 2) or not np.isfinite(points).all():
        raise TrainError(f"{file}: expected {LANDMARKS} lines of x and y, got shape {points.shape}")
    return face_square(gray, points, side_px)

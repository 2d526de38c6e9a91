"""What each pixel of a crop shows, from a rendered session's label videos (B4); kept like crops."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from mien.capture.session import Session
from mien.config import CROP_SIZE, PreprocessConfig
from mien.schema import CameraKind
from mien.train.heads.segmentation import CLASSES, GRID, UNKNOWN
from mien.train.targets import kind_of
from mien.vision.preprocess import Preprocessor

SIDE: Final = 64
"""Side of what is kept: half of the crop."""
FOLDER: Final = "truth_labels"
LABELS: Final = (
    *("background", "skin", "lid", "lips", "teeth", "tongue", "sclera", "iris", "pupil"),
    "mouth",
)
"""Codes of the label videos, `mien.synth.labels.LABELS`: data, which a reader has to know."""

Pixels = NDArray[np.uint8]


def session_pixels(
    session: Session, camera: str, t_ns: NDArray[np.int64], *, cache: Path, key: str
) -> Pixels | None:
    """Classes of the pixels of chosen crops, shape (N, 64, 64), uint8; None: not known.

    Args:
        session: Whose.
        camera: One of `schema.CAMERAS`.
        t_ns: Capture times of the crops.
        cache: Where they are kept.
        key: Of the crops: name of their folder.
    """
    video = session.path / FOLDER / f"{camera}.mkv"
    if not video.is_file():
        return None
    path = cache / "pixels" / f"{key}.npy"
    if not path.is_file():
        rows = np.searchsorted(session.times_ns(camera), t_ns)
        _keep(path, _classes(session, camera, video)[rows])
    found: Pixels = np.load(path, mmap_mode="r")
    return found


def _keep(path: Path, pixels: Pixels) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    part = Path(tempfile.mkdtemp(dir=path.parent, prefix=".part-"))
    np.save(part / "p.npy", pixels)
    (part / "p.npy").replace(path)
    shutil.rmtree(part, ignore_errors=True)


def _classes(session: Session, camera: str, video: Path) -> Pixels:
    """Of all frames: each class's own image goes through the crop, and the strongest wins."""
    import cv2

    # The plain crop without normalisation: only its gray output is read.
    preprocessor = Preprocessor(session.rig[camera], PreprocessConfig())
    table = class_table(kind_of(camera))
    reader, found = cv2.VideoCapture(str(video)), []
    while True:
        is_there, image = reader.read()
        if not is_there:
            break
        classes = table[image[..., 0] if image.ndim == 3 else image]
        shares = [
            preprocessor.run(((classes == number) * 255).astype(np.uint8)).gray
            for number in range(len(CLASSES[kind_of(camera)]))
        ]
        found.append(_halved(np.argmax(shares, axis=0).astype(np.uint8)))
    reader.release()
    return np.stack(found)


def _halved(classes: Pixels) -> Pixels:
    return classes[:: CROP_SIZE // SIDE, :: CROP_SIZE // SIDE]


def class_table(kind: CameraKind) -> Pixels:
    """Code of the label videos -> class of a kind of camera, shape (256,)."""
    table = np.zeros(256, np.uint8)
    for code, name in enumerate(LABELS):
        if name in CLASSES[kind]:
            table[code] = CLASSES[kind].index(name)
    return table


def moved_pixels(pixels: Pixels, source_from_crop: NDArray[np.float64]) -> Pixels:
    """The classes on the head's grid after the crop was moved.

    Args:
        pixels: Of one crop, shape (64, 64), uint8.
        source_from_crop: Shape (2, 3): pixel of the moved crop -> pixel of the crop as it was.

    Returns:
        Shape (32, 32), uint8; `UNKNOWN` beyond the edge.
    """
    import cv2

    grid, half = CROP_SIZE / GRID, CROP_SIZE / SIDE
    linear = source_from_crop[:, :2]
    # Pixel centres: p = step * (q + 0.5) - 0.5 on both sides.
    offset = linear @ np.full(2, grid / 2 - 0.5) + source_from_crop[:, 2]
    matrix = np.column_stack([linear * grid / half, (offset + 0.5) / half - 0.5])
    flags = cv2.INTER_NEAREST | cv2.WARP_INVERSE_MAP
    return np.asarray(
        cv2.warpAffine(
            np.ascontiguousarray(pixels), matrix, (GRID, GRID), flags=flags,
            borderMode=cv2.BORDER_CONSTANT, borderValue=UNKNOWN,
        ),
        np.uint8,
    )  # fmt: skip

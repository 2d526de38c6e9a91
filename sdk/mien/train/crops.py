"""Crops of whole sessions, made once with the C++ core and kept on disk.

A cache folder holds, per session and camera, `crops.npy` (N, 128, 128) int8 and `t_ns.npy`. Its
name is a hash of the images and of how crops are made, so a changed setting never finds old
crops. Half-written folders never get their name.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from mien.capture.session import Session, video_file
from mien.config import CROP_SIZE
from mien.errors import TrainError
from mien.train.config import SampleConfig
from mien.types import Gray8, Quant8
from mien.vision.preprocess import Preprocessor

_CROPS, _TIMES = "crops.npy", "t_ns.npy"
_CACHE_VERSION: Final = 1
_HASHED_BYTES = 1 << 20
_FAST_RATIO = 3.0
"""Change against the frame before, relative to the session's median, that counts as fast."""


@dataclass(frozen=True, slots=True)
class Crops:
    """The chosen crops of one camera of one session."""

    codes: NDArray[np.int8]
    """Shape (N, 128, 128), int8; mapped from the file, read as it is used."""
    t_ns: NDArray[np.int64]
    """Shape (N,), capture times."""
    key: str
    """Name of what was made from these crops of this session, for other caches."""


def session_crops(session: Session, camera: str, config: SampleConfig, *, cache: Path) -> Crops:
    """The crops of one camera, from the cache or made now.

    Raises:
        SessionError: If the session cannot be read.
        TrainError: If the camera has no frames.
    """
    folder = cache / "crops" / f"{session.path.name}-{camera}-{_key(session, camera, config)}"
    if not folder.is_dir():
        _make(session, camera, config, folder=folder)
    codes = np.load(folder / _CROPS, mmap_mode="r")
    return Crops(codes, np.load(folder / _TIMES), folder.name)


def _key(session: Session, camera: str, config: SampleConfig) -> str:
    """Hash of the camera, its times, its video's size and ends, and the settings."""
    video = session.path / video_file(camera)
    size = video.stat().st_size
    about = {
        "version": _CACHE_VERSION,
        "crop": CROP_SIZE,
        "config": asdict(config),
        "camera": asdict(session.rig[camera]),
        "bytes": size,
    }
    digest = hashlib.sha256(json.dumps(about, sort_keys=True).encode())
    digest.update(session.times_ns(camera).tobytes())
    with video.open("rb") as file:
        digest.update(file.read(_HASHED_BYTES))
        file.seek(max(0, size - _HASHED_BYTES))
        digest.update(file.read())
    return digest.hexdigest()[:16]


def _make(session: Session, camera: str, config: SampleConfig, *, folder: Path) -> None:
    times = session.times_ns(camera)
    if not len(times):
        raise TrainError(f"{session.path}: {camera}: expected frames, got none")
    codes = np.empty((len(times), CROP_SIZE, CROP_SIZE), np.int8)
    change = np.zeros(len(times), np.float32)
    for row, (quant, changed) in enumerate(_every_crop(session, camera, config)):
        codes[row], change[row] = quant, changed
    rows = chosen_rows(times, change, config)
    folder.parent.mkdir(parents=True, exist_ok=True)
    part = Path(tempfile.mkdtemp(dir=folder.parent, prefix=".part-"))
    try:
        np.save(part / _CROPS, codes[rows])
        np.save(part / _TIMES, times[rows])
        part.rename(folder)
    except OSError:
        shutil.rmtree(part, ignore_errors=True)
        # Another process may have made the same crops in the meantime; theirs are as good.
        if not folder.is_dir():
            raise


def _every_crop(
    session: Session, camera: str, config: SampleConfig
) -> Iterator[tuple[Quant8, float]]:
    """Codes of each frame, and by how many gray levels it differs from the one before."""
    preprocessor = Preprocessor(session.rig[camera], config.preprocess)
    previous: Gray8 | None = None
    for frame in session.frames(camera):
        crop = preprocessor.run(frame.gray)
        change = 0.0 if previous is None else _difference(previous, crop.gray)
        previous = crop.gray
        yield crop.quant, change


def _difference(previous: Gray8, current: Gray8) -> float:
    return float(np.abs(previous.astype(np.int16) - current).mean())


def chosen_rows(
    t_ns: NDArray[np.int64], change: NDArray[np.float32], config: SampleConfig
) -> NDArray[np.intp]:
    """Which frames become samples: a steady few, and those of fast motion besides.

    A blink is over in six frames of sixty a second; at a steady eight a second it would be
    seen once or not at all. The fastest frames are added, at most `fast_share` of the steady ones.
    """
    step_ns = 1e9 / config.fps
    slots = ((t_ns - t_ns[0]) / step_ns + 1e-6).astype(np.int64)
    is_steady = np.concatenate([[True], np.diff(slots) > 0])
    moving = change[change > 0]
    threshold = _FAST_RATIO * float(np.median(moving)) if len(moving) else np.inf
    fast = np.flatnonzero(~is_steady & (change >= threshold))
    fastest = fast[np.argsort(-change[fast], kind="stable")]
    count = int(is_steady.sum() * config.fast_share)
    return np.sort(np.concatenate([np.flatnonzero(is_steady), fastest[:count]]))

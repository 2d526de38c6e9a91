"""Packs what tests a wheel on any device: the test, golden hashes, and the sample session decoded.

A device may have no OpenCV to decode videos with, so frames travel as arrays, beside the values
that the package gives for them here.
"""

from __future__ import annotations

import itertools
import shutil
import sys
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
FRAMES_PER_CAMERA = 50
"""Two seconds of the sample."""
_SAMPLE = ROOT / "sdk" / "mien" / "samples" / "showcase"


def make(folder: Path, *, frames_per_camera: int = FRAMES_PER_CAMERA) -> Path:
    """Write the kit; what was there goes.

    Args:
        folder: Where.
        frames_per_camera: How much of the sample session, from its start.

    Returns:
        The folder.
    """
    import mien

    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(
        ROOT / "tools" / "on_device", folder / "on_device", ignore=shutil.ignore_patterns("__*")
    )
    shutil.copy(ROOT / "tests" / "golden" / "core_hashes.txt", folder)
    shutil.copy(_SAMPLE / "rig.toml", folder)
    session = mien.open_session(_SAMPLE)
    frames = [
        frame
        for name in session.cameras
        for frame in itertools.islice(session.frames(name), frames_per_camera)
    ]
    frames.sort(key=lambda frame: frame.t_ns)
    with mien.Tracker.load() as tracker:
        states = list(tracker.track(mien.MemorySource(frames, session.rig)))
    values = np.array([state.values for state in states])
    arrays = {}
    for name in session.cameras:
        own = [frame for frame in frames if frame.camera == name]
        arrays[f"{name}_t_ns"] = np.array([frame.t_ns for frame in own])
        arrays[f"{name}_gray"] = np.array([frame.gray for frame in own])
    np.savez_compressed(folder / "sample.npz", allow_pickle=False, values=values, **arrays)
    return folder


if __name__ == "__main__":
    make(Path(sys.argv[1]))

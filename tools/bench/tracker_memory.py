"""Memory of a tracker over many steps: resident size, and what Python holds.

    .venv/bin/python tools/bench/tracker_memory.py --steps 1000000

Two eyes and a mouth at 400x400, textures that move; nothing but the headset's packages is loaded.
"""

from __future__ import annotations

import argparse
import os
import sys
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import numpy as np

import mien
from mien.types import Frame

SIDE_PX = 400
IMAGES = 16
STEP_NS = 11_111_111
CAMERAS = ("eye_left", "eye_right", "mouth")


def frames(steps: int) -> Iterator[Frame]:
    """Frames of three cameras in turn, from a few images each."""
    rng = np.random.default_rng(0)
    y, x = np.mgrid[:SIDE_PX, :SIDE_PX] / SIDE_PX
    images = [
        np.clip(
            120
            + 50 * np.sin(14 * (x + 0.01 * np.sin(k)) + 6 * y)
            + 40 * np.cos(13 * y - 4 * x * x)
            + rng.normal(0, 2, x.shape),
            0,
            255,
        ).astype(np.uint8)
        for k in range(IMAGES)
    ]
    for step in range(steps):
        at, camera = divmod(step, len(CAMERAS))
        t_ns = 1_000_000_000 + at * STEP_NS + camera * 1_000_000
        yield Frame(CAMERAS[camera], t_ns, images[at % IMAGES])


def resident_mib() -> float:
    """Resident size of this process."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def main() -> int:
    """Step, and print a line ten times on the way."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--steps", type=int, default=1_000_000)
    steps = parser.parse_args().steps
    rig = {
        name: mien.centred_camera(SIDE_PX, SIDE_PX, is_mirrored=name == "eye_right")
        for name in CAMERAS
    }
    tracker = mien.Tracker.load()
    tracker.start(rig)
    images_mib = IMAGES * SIDE_PX**2 / 2**20
    print(f"{'steps':>9}  resident MiB (less {images_mib:.1f} of images)  blocks of Python")
    for step, frame in enumerate(frames(steps)):
        if step % max(steps // 10, 1) == 0 and step:
            print(
                f"{step:>9}  {resident_mib() - images_mib:12.1f}  {sys.getallocatedblocks():12}",
                flush=True,
            )
        tracker.step(frame)
    print(f"{steps:>9}  {resident_mib() - images_mib:12.1f}  {sys.getallocatedblocks():12}")
    tracemalloc.start()
    later = frames(3_000 + steps)
    for frame in later:
        if frame.t_ns > 1_000_000_000 + steps // 3 * STEP_NS:
            before = tracemalloc.get_traced_memory()[0]
            tracemalloc.reset_peak()
            tracker.step(frame)
            after, peak = tracemalloc.get_traced_memory()
            print(f"one step: {peak - before} bytes at most at a time, {after - before} kept")
            break
    return 0


if __name__ == "__main__":
    sys.exit(main())

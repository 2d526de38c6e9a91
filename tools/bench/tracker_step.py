"""One step of the tracker, stage by stage, beside the same composed from OpenCV and float TFLite.

    .venv/bin/python tools/bench/tracker_step.py --seconds 60 --json step.json

Two eyes and a mouth at 400x400, on one core: the shipped session enlarged. Times are of the CPU
that the one thread used, so that other work on the machine counts less; `--wall` takes the clock
on the wall. Both take turns.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import mien
from bench.step_peer import PeerStep, write_float_model
from mien.config import TrackerConfig
from mien.runtime.stages import STAGES
from mien.studio.demo import sample_path
from mien.studio.tables import print_table
from mien.types import CameraModel, Frame

SIDE_PX = 400
WARM_UP = 30
PEER = "OpenCV + NumPy + float TFLite"
BURST = 45
"""Frames in a row of one tracker: on a headset, too, it finds the caches as it left them."""
Clock = Callable[[], int]
Step = Callable[[Frame], object]
Times = NDArray[np.int64]


def scene() -> tuple[dict[str, CameraModel], list[Frame]]:
    """The shipped session at 400x400, with the noise that enlarging took away."""
    rng, frames = np.random.default_rng(0), []
    with mien.open_source(sample_path()) as source:
        for frame in source:
            wide = cv2.resize(frame.gray, (SIDE_PX, SIDE_PX), interpolation=cv2.INTER_CUBIC)
            noisy = wide + rng.integers(0, 4, wide.shape, np.uint8)
            frames.append(replace(frame, gray=np.asarray(noisy, np.uint8)))
        cameras = {name: _enlarged(one) for name, one in source.rig.items()}
    return cameras, frames


def _enlarged(camera: CameraModel) -> CameraModel:
    by = SIDE_PX / camera.width
    x0, y0, x1, y1 = ((edge + 0.5) * by - 0.5 for edge in camera.crop_xyxy_px)
    return replace(
        camera,
        width=SIDE_PX,
        height=SIDE_PX,
        fx=camera.fx * by,
        fy=camera.fy * by,
        cx=(camera.cx + 0.5) * by - 0.5,
        cy=(camera.cy + 0.5) * by - 0.5,
        lens="fisheye",
        distortion=(-0.03, 0.01, 0.0, 0.0),
        crop_xyxy_px=(x0, y0, x1, y1),
    )


def measure(seconds: float, clock: Clock) -> dict[str, dict[str, Times]]:
    """Nanoseconds per frame: of each stage of ours, of ours whole, and of the peer."""
    cameras, frames = scene()
    trackers = {
        name: mien.Tracker.load(config=TrackerConfig(is_gated=is_gated), clock_ns=clock)
        for name, is_gated in (("mien", True), ("mien, no rest", False))
    }
    with tempfile.TemporaryDirectory() as folder:
        write_float_model(Path(folder) / "float.tflite")
        peer = PeerStep(cameras, Path(folder) / "float.tflite")
    for tracker in trackers.values():
        tracker.start(cameras)
    steps: dict[str, Step] = {name: one.step for name, one in trackers.items()}
    steps[PEER] = lambda frame: peer.step(frame.camera, frame.gray)
    turns = list(steps)
    times: dict[str, list[int]] = {name: [] for name in turns}
    end, lap_ns, lap = time.monotonic() + seconds, frames[-1].t_ns - frames[0].t_ns + 40_000_000, 0
    while time.monotonic() < end:
        for first in range(0, len(frames), BURST):
            burst = [
                replace(one, t_ns=one.t_ns + lap * lap_ns) for one in frames[first : first + BURST]
            ]
            for name in turns:
                times[name] += _burst_ns(burst, steps[name], clock)
            turns = turns[1:] + turns[:1]
        lap += 1
    whole = {name: np.array(spent[WARM_UP:]) for name, spent in times.items()}
    stages = {
        f"mien: {stage}": np.array(trackers["mien, no rest"].timings.per_step_ns[stage][WARM_UP:])
        for stage in STAGES
    }
    return {"stages": stages, "whole": whole}


def _burst_ns(burst: list[Frame], step: Step, clock: Clock) -> list[int]:
    times = []
    for frame in burst:
        started = clock()
        step(frame)
        times.append(clock() - started)
    return times


def per_set(frame_ns: Times) -> Times:
    """Sums over each two eyes and a mouth."""
    count = len(frame_ns) // 3
    sums: Times = frame_ns[: 3 * count].reshape(count, 3).sum(axis=1)
    return sums


def main() -> int:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--wall", action="store_true", help="time on the wall, not of the CPU")
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    cv2.setNumThreads(1)
    clock = time.perf_counter_ns if given.wall else time.thread_time_ns
    measured = measure(given.seconds, clock)
    rows, told = [], {}
    for name, spent in (*measured["stages"].items(), *measured["whole"].items()):
        one = np.percentile(spent, (50, 99)) / 1e3
        three = np.percentile(per_set(spent), (50, 99)) / 1e3
        told[name] = {"frame_us": one.tolist(), "set_us": three.tolist(), "n": len(spent)}
        rows.append((name, *(f"{us:.0f}" for us in (*one, *three)), str(len(spent))))
    heading = ("stage", "p50", "p99", "three cameras p50", "p99", "frames")
    print_table("us of one thread, 400x400", heading, rows)
    peer, ours = (told[name]["set_us"] for name in (PEER, "mien"))
    print(f"peer / mien: {peer[0] / ours[0]:.1f} at p50; mien p99 / p50: {ours[1] / ours[0]:.1f}")
    if given.json:
        given.json.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())

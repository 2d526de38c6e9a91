"""A small rig and frames that are cheap to encode."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from mien import schema
from mien.capture.cues import Cue
from mien.capture.session_writer import SessionWriter
from mien.capture.video import GrayVideoWriter
from mien.types import CameraModel, Frame, Gray8, Rig, centred_camera

WIDTH, HEIGHT = 64, 48
STEP_NS = 16_666_667
MakeSession = Callable[..., Path]


def picture(seed: int, *, width: int = WIDTH, height: int = HEIGHT) -> Gray8:
    return np.random.default_rng(seed).integers(0, 256, (height, width), dtype=np.uint8)


def some_frames(camera: str, count: int, *, start_ns: int = 1_000) -> list[Frame]:
    return [Frame(camera, start_ns + i * STEP_NS, picture(i)) for i in range(count)]


@pytest.fixture
def rig() -> dict[str, CameraModel]:
    return {
        "eye_left": centred_camera(WIDTH, HEIGHT),
        "eye_right": centred_camera(WIDTH, HEIGHT, is_mirrored=True),
        "mouth": dataclasses.replace(
            centred_camera(WIDTH, HEIGHT),
            lens="fisheye",
            distortion=(0.1, 0.01, 0.0, 0.0),
            headset_from_camera=(
                (-1.0, 0.0, 0.0, 3.0),
                (0.0, -1.0, 0.0, -40.0),
                (0.0, 0.0, 1.0, 60.0),
                (0.0, 0.0, 0.0, 1.0),
            ),
        ),
    }


SOME_CUES = (
    Cue(0, 20_000_000, "neutral"),
    Cue(20_000_000, 80_000_000, "take", "jaw_drop"),
    Cue(80_000_000, 90_000_000, "neutral"),
    Cue(90_000_000, 120_000_000, "gaze", yaw_rad=-0.25, pitch_rad=0.125),
)


@pytest.fixture
def make_session(tmp_path: Path, rig: Rig) -> MakeSession:
    """Writes a whole session of three cameras with cues and truth; returns its folder."""

    def make(name: str = "s", *, count: int = 8, has_truth: bool = True) -> Path:
        path = tmp_path / name
        with SessionWriter(path, rig, meta={"wearer": "w0007", "source": "synth"}) as writer:
            for k, camera in enumerate(rig):
                for frame in some_frames(camera, count, start_ns=1_000 + 2_000 * k):
                    writer.add(frame)
            writer.write_cues(SOME_CUES)
            if has_truth:
                t_ns = np.arange(0, count + 1, dtype=np.int64) * STEP_NS
                values = np.random.default_rng(1).random((count + 1, schema.VALUE_COUNT))
                writer.write_truth(t_ns, (values * 0.8).astype(np.float32))
        return path

    return make


@pytest.fixture
def video(tmp_path: Path) -> Path:
    """Six frames at 50 per second."""
    path = tmp_path / "clip.mkv"
    writer = GrayVideoWriter(path, width=WIDTH, height=HEIGHT, fps=50.0)
    for seed in range(6):
        writer.add(picture(seed))
    writer.close()
    return path

"""Toy sessions: drawn shapes that move as their truth says, small enough to learn in seconds."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from mien import schema
from mien.capture.session_writer import SessionWriter
from mien.train.config import NO_AUGMENT, NO_OCCLUSION, SampleConfig, TrainConfig
from mien.types import Frame, centred_camera

SIDE = 96
FRAMES = 72
STEP_NS = 40_000_000
YY, XX = np.mgrid[0:SIDE, 0:SIDE].astype(np.float32) / SIDE


def _disk(x: float, y: float, radius: float) -> np.ndarray:
    distance = np.hypot(XX - x, YY - y)
    return np.clip((radius - distance) * SIDE / 2 + 0.5, 0, 1)


def _image(parts: list[tuple[np.ndarray, float]], rng: np.random.Generator) -> np.ndarray:
    image = 110 + 20 * np.sin(9 * XX) * np.cos(7 * YY)
    for mask, level in parts:
        image = image + mask * (level - image)
    return np.clip(image + rng.normal(0, 2, image.shape), 0, 255).astype(np.uint8)


def draw_eye(lid: float, yaw_out: float, pitch: float, rng: np.random.Generator) -> np.ndarray:
    """A bright eye with a dark pupil under a lid; towards the temple is right in the image."""
    pupil = _disk(0.5 + yaw_out * 0.35, 0.58 - pitch * 0.3, 0.09)
    lid_mask = ((YY > 0.1) & (0.2 + 0.25 * lid > YY)).astype(np.float32)
    return _image([(_disk(0.5, 0.5, 0.28), 200), (pupil, 20), (lid_mask, 90)], rng)


def draw_mouth(drop: float, left: float, right: float, rng: np.random.Generator) -> np.ndarray:
    """A dark mouth with bright corners that rise; the wearer's left is right in the image."""
    mouth = np.clip((0.04 + 0.2 * drop - np.hypot((XX - 0.5) * 0.5, YY - 0.6)) * 40, 0, 1)
    corners = [
        (_disk(0.82, 0.6 - 0.3 * left, 0.08), 230),
        (_disk(0.18, 0.6 - 0.3 * right, 0.08), 230),
    ]
    return _image([(mouth, 20), *corners], rng)


def _truth(rng: np.random.Generator) -> np.ndarray:
    values = np.zeros((FRAMES, schema.VALUE_COUNT), np.float32)
    for name, low, high in (
        ("lid_closure_left", 0, 1),
        ("lid_closure_right", 0, 1),
        ("gaze_yaw_left", -0.5, 0.5),
        ("gaze_yaw_right", -0.5, 0.5),
        ("gaze_pitch_left", -0.4, 0.4),
        ("gaze_pitch_right", -0.4, 0.4),
        ("jaw_drop", 0, 1),
        ("lip_corner_puller_left", 0, 1),
        ("lip_corner_puller_right", 0, 1),
    ):
        values[:, schema.VALUE_INDEX[name]] = rng.uniform(low, high, FRAMES)
    return values


def write_toy_session(path: Path, *, seed: int) -> Path:
    """A session of three cameras, 72 frames at 25 per second, with truth."""
    rng = np.random.default_rng(seed)
    rig = {
        "eye_left": centred_camera(SIDE, SIDE),
        "eye_right": centred_camera(SIDE, SIDE, is_mirrored=True),
        "mouth": centred_camera(SIDE, SIDE),
    }
    truth = _truth(rng)
    t_ns = np.arange(FRAMES, dtype=np.int64) * STEP_NS
    with SessionWriter(path, rig, meta={"wearer": path.name, "fps": 25.0}) as writer:
        for t, row in zip(t_ns.tolist(), truth, strict=True):
            of = dict(zip(schema.VALUE_NAMES, row.tolist(), strict=True))
            for side, outward in (("left", 1.0), ("right", -1.0)):
                pose = (of[f"lid_closure_{side}"], of[f"gaze_yaw_{side}"] * outward)
                eye = draw_eye(*pose, of[f"gaze_pitch_{side}"], rng)
                # The sensor sees the right eye with its temple to the left.
                seen = eye if side == "left" else np.ascontiguousarray(eye[:, ::-1])
                writer.add(Frame(f"eye_{side}", t, seen))
            smile = (of["lip_corner_puller_left"], of["lip_corner_puller_right"])
            writer.add(Frame("mouth", t, draw_mouth(of["jaw_drop"], *smile, rng)))
        writer.write_truth(t_ns, truth)
    return path


@pytest.fixture(scope="session")
def toy_sessions(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Three toy sessions; the last is for validation."""
    folder = tmp_path_factory.mktemp("toys")
    return [write_toy_session(folder / f"toy{seed}", seed=seed) for seed in range(3)]


@pytest.fixture(scope="session")
def toy_config(toy_sessions: list[Path], tmp_path_factory: pytest.TempPathFactory) -> TrainConfig:
    """A run over the toys that takes seconds; `dataclasses.replace` its folder."""
    return TrainConfig(
        sessions=tuple(toy_sessions[:2]),
        validation_sessions=(toy_sessions[2],),
        out=tmp_path_factory.mktemp("run"),
        cache=tmp_path_factory.mktemp("cache"),
        epochs=24,
        batch=16,
        width=0.25,
        threads=1,
        ema_decay=0.9,
        samples=SampleConfig(fps=25.0),
        augment=NO_AUGMENT,
        occlusion=NO_OCCLUSION,
    )


@pytest.fixture(scope="session")
def toy_model(toy_config: TrainConfig) -> Path:
    """A finished run over the toys."""
    from mien.train.fit import train

    return train(toy_config)

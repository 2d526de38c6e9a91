"""A small session with three cameras and a truth, for everything that looks at sessions."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from mien import schema
from mien.types import Frame, centred_camera

SIZE, COUNT, STEP_NS = 64, 40, 33_333_333


def write_session(path: Path, *, seed: int, has_truth: bool = True) -> Path:
    """A disc that wanders over each camera; the truth moves every value."""
    from mien.capture.session_writer import SessionWriter

    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:SIZE, :SIZE] / SIZE
    rig = {
        name: centred_camera(SIZE, SIZE, is_mirrored=name == "eye_right") for name in schema.CAMERAS
    }
    times_ns = 1_000_000 + np.arange(COUNT) * STEP_NS
    phase = rng.uniform(0, 6, schema.VALUE_COUNT)
    truth = 0.5 + 0.3 * np.sin(np.arange(COUNT)[:, None] / 5 + phase)
    with SessionWriter(path, rig, meta={"wearer": f"w{seed}", "source": "synth", "fps": 30}) as out:
        for step, t_ns in enumerate(times_ns):
            middle = 0.5 + 0.2 * np.sin(step / 6 + seed)
            # A soft edge, as lenses draw it: a hard one looks like two pictures that meet.
            outside = 1 / (1 + np.exp((0.2 - np.hypot(x - middle, y - 0.5)) / 0.03))
            gray = (60 + 110 * outside).astype(np.uint8)
            for camera in schema.CAMERAS:
                out.add(Frame(camera, int(t_ns), gray))
        if has_truth:
            out.write_truth(times_ns, truth.astype(np.float32))
    return path


@pytest.fixture(scope="session")
def session(tmp_path_factory) -> Path:
    pytest.importorskip("cv2")
    return write_session(tmp_path_factory.mktemp("sessions") / "first", seed=1)


@pytest.fixture(scope="session")
def bare_session(tmp_path_factory) -> Path:
    pytest.importorskip("cv2")
    path = tmp_path_factory.mktemp("bare") / "bare"
    return write_session(path, seed=2, has_truth=False)


@pytest.fixture(scope="session")
def tiny_model_path() -> Path:
    return Path(__file__).parents[1] / "runtime" / "tiny_model.tflite"

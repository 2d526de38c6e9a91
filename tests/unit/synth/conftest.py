from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from mien import schema
from mien.synth.head import Head, load_head


@pytest.fixture(scope="session")
def head_path(shared_data: Path) -> Path:
    path = shared_data / "face_models" / "ict_facekit_light.npz"
    if not path.is_file():
        pytest.skip(f"head: expected a file, got {path}")
    return path


@pytest.fixture(scope="session")
def head(head_path: Path) -> Head:
    return load_head(head_path)


@pytest.fixture(scope="session")
def second_head_path(shared_data: Path) -> Path:
    """A head of another topology, without landmarks."""
    path = shared_data / "face_models" / "makehuman_head_arkit.npz"
    if not path.is_file():
        pytest.skip(f"head: expected a file, got {path}")
    return path


@pytest.fixture(scope="session")
def second_head(second_head_path: Path) -> Head:
    return load_head(second_head_path)


@pytest.fixture
def tiny_arrays() -> dict[str, np.ndarray]:
    """The smallest archive that follows the head format."""
    rng = np.random.default_rng(0)
    return {
        "vertices": rng.normal(size=(80, 3)).astype(np.float32),
        "uv": rng.random((80, 2)).astype(np.float32),
        "tri": rng.integers(0, 80, (20, 3)).astype(np.uint16),
        "tri_uv": rng.integers(0, 80, (20, 3)).astype(np.uint16),
        "tri_material": np.zeros(20, np.uint8),
        "material_names": np.array(["M_Face"]),
        "expression_deltas": np.zeros((2, 80, 3), np.float16),
        "expression_names": np.array(["jawOpen", "browDown_L"]),
        "identity_deltas": np.zeros((1, 80, 3), np.float16),
        "landmarks68": np.arange(68),
        "eye_centers_LR": np.array([[3.0, 0, 0], [-3.0, 0, 0]], np.float32),
        "eye_gaze_axis_LR": np.array([[0, 0, 1.0], [0, 0, 1.0]], np.float32),
        "eye_inner_ball_vertex_first_last_LR": np.array([[0, 9], [10, 19]]),
    }


def values_with(**raised: float) -> np.ndarray:
    """A value array, zero but for the named units (both sides) and values."""
    values = np.zeros(schema.VALUE_COUNT, np.float32)
    for name, amount in raised.items():
        unit = schema.UNIT_BY_NAME.get(name)
        for value in schema.value_names(unit) if unit else (name,):
            values[schema.VALUE_INDEX[value]] = amount
    return values


@pytest.fixture(scope="session")
def raised():
    return values_with

"""Face states for the output tests, and strategies that make any."""

from __future__ import annotations

import socket
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import strategies as st

from mien import schema
from mien.types import FaceState

YES = np.ones(schema.VALUE_COUNT, np.bool_)
ODD = (float("nan"), float("inf"), -float("inf"))


def _showing(t_ns=0, *, valid=YES, tracked=None, **named):
    """A face at rest but for the named values."""
    values = np.zeros(schema.VALUE_COUNT, np.float32)
    for name, value in named.items():
        values[schema.VALUE_INDEX[name]] = value
    return FaceState(t_ns, values, valid, valid if tracked is None else tracked)


def _random_face(seed, valid_share, odd_share):
    """In range but for some NaN and infinities; a seed, because drawing each value is slow."""
    rng = np.random.default_rng(seed)
    size = schema.VALUE_COUNT
    is_gaze = np.isin(schema.VALUE_NAMES, schema.GAZE_NAMES)
    values = rng.choice([0, 1, rng.uniform()], size) * rng.uniform(size=size).round(3)
    values[is_gaze] = rng.uniform(-schema.GAZE_MAX_RAD, schema.GAZE_MAX_RAD, is_gaze.sum())
    values = np.where(rng.uniform(size=size) < odd_share, rng.choice(ODD, size), values)
    valid, tracked = rng.uniform(size=(2, size)) < valid_share
    return FaceState(int(rng.integers(2**62)), values.astype(np.float32), valid, tracked)


@pytest.fixture(scope="session")
def any_face():
    """A strategy: any face, in range or not a number, valid and tracked or not."""
    shares = st.sampled_from((0.0, 0.1, 0.9, 1.0))
    return st.builds(_random_face, st.integers(0, 2**32), shares, shares)


@pytest.fixture(scope="session")
def showing():
    """Makes a face at rest but for the named values."""
    return _showing


@pytest.fixture
def listener():
    """A UDP socket of this machine; `listener.port`, `listener.packets()`."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        one.bind(("127.0.0.1", 0))
        one.settimeout(5)
        yield SimpleNamespace(
            port=one.getsockname()[1], packets=lambda count: [one.recv(65536) for _ in range(count)]
        )

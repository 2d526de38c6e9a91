"""Units that move together are told apart by their templates."""

from __future__ import annotations

import numpy as np
import pytest

from mien.capture.cues import Cue
from mien.train.label_confidence import confidence_of, expected_error
from mien.train.label_mixtures import read_mixtures
from mien.train.label_segments import Segment
from mien.train.label_tracks import Track
from mien.train.metric import Template

SIZE, FRAMES = 24, 60
NAMES = ("jaw_drop", "lip_corner_puller_left", "chin_raiser")
LARGEST_PX = dict(zip(NAMES, (6.0, 3.0, 2.0), strict=True))


def bump(x: float, y: float, way: tuple[float, float]) -> Template:
    rows, columns = np.indices((SIZE, SIZE))
    shape = np.exp(-(((columns - x) / 5) ** 2) - ((rows - y) / 5) ** 2)
    direction = shape[..., None] * np.array(way)
    return Template(direction.astype(np.float32), shape.astype(np.float32))


TEMPLATES = dict(
    zip(NAMES, (bump(12, 18, (0, 1)), bump(17, 11, (0.8, -0.6)), bump(7, 9, (0, -1))), strict=True)
)


def track(shares: np.ndarray, *, noise_px: float, slip_px: float = 0.0) -> Track:
    rng = np.random.default_rng(5)
    full = np.stack([LARGEST_PX[name] * TEMPLATES[name].direction for name in NAMES])
    moved = np.einsum("nk,khwc->nhwc", shares, full)
    moved += slip_px * np.sin(np.arange(len(shares)) / 9)[:, None, None, None]
    moved += noise_px * rng.standard_normal(moved.shape)
    cue = Cue(0, 10**9, "spontaneous")
    still = np.zeros(len(shares), np.bool_)
    segment = Segment((cue,), 0, 0, len(shares), (np.arange(1),), still)
    trust = np.ones(moved.shape[:3], np.float32)
    return Track(segment, np.zeros((128, 128), np.uint8), moved.astype(np.float32), trust)


def read(given: Track, names: tuple[str, ...] = NAMES):
    curves = read_mixtures(
        "mouth",
        np.arange(FRAMES) * 10**7,
        [given],
        templates={name: TEMPLATES[name] for name in names},
        largest_px={name: LARGEST_PX[name] for name in names},
        reference=np.zeros((SIZE, SIZE), np.bool_),
    )
    return {curve.name: curve for curve in curves}


@pytest.fixture(name="shares")
def fixture_shares() -> np.ndarray:
    t = np.linspace(0, 2 * np.pi, FRAMES)
    waves = (1 - np.cos(t), 1 - np.cos(2 * t + 0.4), 1 - np.cos(3 * t))
    return np.stack([0.4 * wave for wave in waves], axis=1)


@pytest.mark.parametrize("slip_px", [0.0, 2.0])
def test_each_share_of_a_mixture_is_found(shares, slip_px):
    curves = read(track(shares, noise_px=0.05, slip_px=slip_px))
    for at, name in enumerate(NAMES):
        assert np.corrcoef(curves[name].share, shares[:, at])[0, 1] > 0.95, name
        assert np.abs(curves[name].share - shares[:, at]).mean() < 0.12, name


def test_nothing_is_below_rest(shares):
    curves = read(track(-shares, noise_px=0.0))
    assert all((curve.share >= 0).all() for curve in curves.values())


def test_what_the_templates_do_not_explain_widens_the_spread(shares):
    known = read(track(shares, noise_px=0.05))["jaw_drop"]
    strange = read(track(shares, noise_px=0.05), names=("jaw_drop", "lip_corner_puller_left"))
    noisy = read(track(shares, noise_px=1.0))["jaw_drop"]
    moving = shares[:, 2] > 0.4
    assert strange["jaw_drop"].spread[moving].mean() > 1.5 * known.spread[moving].mean()
    assert noisy.spread.mean() > 2 * known.spread.mean()


def test_confidence_falls_with_the_spread_and_is_half_at_a_tenth():
    spread = np.linspace(0, 5, 50)
    for is_eye in (False, True):
        sure = confidence_of(expected_error(spread, is_eye=is_eye))
        assert (np.diff(sure) < 0).all()
        assert ((sure > 0) & (sure < 1)).all()
    assert confidence_of(np.array([0.0, 0.1])).tolist() == [1.0, 0.5]

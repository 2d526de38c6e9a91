"""Following by steps: with our flow it is what the core does, with OpenCV's it follows too."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest

from mien.errors import ConfigError
from mien.train.label_config import LabelConfig
from mien.train.label_flows import StepFollower, dis_medium, farneback, our_flow, there_and_back
from mien.vision.follow import Follower

SIDE, MARGIN = 64, 16
PATH_PX = [(0, 0), (1, 1), (3, 2), (5, 3), (4, 2), (1, 0)]


@pytest.fixture(scope="module")
def drift():
    """A key frame and frames whose texture has moved along `PATH_PX`."""
    rng = np.random.default_rng(4)
    side = SIDE + 2 * MARGIN
    frequency = np.hypot(*np.meshgrid(np.fft.fftfreq(side), np.fft.fftfreq(side)))
    gray = np.zeros((side, side))
    for sigma_px in (1.5, 4.0):
        smooth = np.fft.ifft2(
            np.fft.fft2(rng.normal(size=gray.shape)) * np.exp(-20 * (frequency * sigma_px) ** 2)
        ).real
        gray += 30 * smooth / smooth.std()
    wide = np.clip(128 + gray, 0, 255).astype(np.uint8)
    frames = np.stack(
        [wide[MARGIN - y : MARGIN - y + SIDE, MARGIN - x : MARGIN - x + SIDE] for x, y in PATH_PX]
    )
    return frames[0].copy(), frames


@pytest.mark.parametrize("has_drift_removal", [True, False])
def test_by_our_flow_the_steps_are_what_the_core_does(drift, has_drift_removal):
    config = LabelConfig(has_drift_removal=has_drift_removal)
    core = Follower(SIDE, SIDE, config.flow, key_gain=config.key_gain, is_held=has_drift_removal)
    wanted = StepFollower(SIDE, config, our_flow(SIDE, config.flow)).run(*drift)
    got = core.run(*drift)
    # Pulled-back pixels are read to 1/128 px there.
    np.testing.assert_allclose(got.moved_px, wanted.moved_px, atol=0.02 if has_drift_removal else 0)
    assert np.abs(got.trust - wanted.trust).mean() < 0.005


@pytest.mark.parametrize("make", [dis_medium, farneback])
def test_opencvs_flows_follow_the_texture(drift, make):
    moved_px, trust = StepFollower(SIDE, LabelConfig(), make()).run(*drift)
    wanted = np.asarray(PATH_PX, np.float32)[:, None, None]
    assert np.median(np.abs(moved_px - wanted)[:, 4:-4, 4:-4]) < 0.2
    assert trust.min() >= 0
    assert trust.max() <= 1


def test_going_there_and_back_doubts_what_does_not_come_home(drift):
    key, _ = drift
    home = np.full((SIDE, SIDE, 2), 3, np.float32)
    ways = iter([home, np.where(np.arange(SIDE)[:, None, None] < 32, -home, home)])
    flow, trust = there_and_back(lambda *_: next(ways), key, key)
    assert flow is home
    np.testing.assert_allclose(trust[:26], 1)
    assert trust[34:].max() < 0.01


def test_an_unknown_flow_is_refused():
    make = partial(LabelConfig, flow_by="magic")
    with pytest.raises(ConfigError, match="flow_by: expected one of mien, dis_medium, farneback"):
        make()

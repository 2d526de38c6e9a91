"""Points of a key frame are followed through frames; the median image is NumPy's."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mien.errors import ConfigError, FrameError
from mien.vision.follow import Follower, grid_axis, median_image

SIDE, MARGIN = 96, 32


def drifting(texture, path_px):
    """A key frame, and the same texture moved along a path of whole pixels."""
    wide = texture(SIDE + 2 * MARGIN, SIDE + 2 * MARGIN)
    views = [
        wide[MARGIN - dy : MARGIN - dy + SIDE, MARGIN - dx : MARGIN - dx + SIDE]
        for dx, dy in path_px
    ]
    return np.ascontiguousarray(views[0]), np.stack(views)


def inner(field):
    """Points whose way stays in the image."""
    return field[:, 7:-7, 7:-7]


def test_points_go_where_the_texture_goes(texture):
    path_px = [(0, 0), (3, 1), (6, 3), (10, 4), (15, 6), (18, 9), (12, 5), (5, 1), (0, 0)]
    moved_px, trust = Follower(SIDE, SIDE).run(*drifting(texture, path_px))
    wanted = np.asarray(path_px, np.float32)[:, None, None]
    assert np.abs(inner(moved_px) - wanted).mean() < 0.03
    assert trust.min() >= 0
    assert inner(trust).mean() > 0.8


def test_the_key_frame_ends_the_drift_of_summed_steps(texture):
    rng = np.random.default_rng(3)
    still, _ = drifting(texture, [(0, 0)])
    grain = rng.normal(0, 4, (60, SIDE, SIDE))
    frames = np.clip(still + grain, 0, 255).astype(np.uint8)
    held = Follower(SIDE, SIDE).run(still, frames).moved_px
    summed = Follower(SIDE, SIDE, is_held=False).run(still, frames).moved_px
    assert not summed[0].any()
    assert np.abs(held[-10:]).mean() < 0.5 * np.abs(summed[-10:]).mean()


def test_a_run_does_not_remember_the_one_before(texture, noise):
    key, frames = drifting(texture, [(0, 0), (2, 1), (4, 2)])
    used = Follower(SIDE, SIDE)
    other = noise(SIDE, SIDE)
    used.run(other, np.stack([other, key, other]))
    fresh = Follower(SIDE, SIDE).run(key, frames)
    for got, wanted in zip(used.run(key, frames), fresh, strict=True):
        np.testing.assert_array_equal(got, wanted)


@pytest.mark.parametrize("step_px", [2, 3, 4, 16])
@pytest.mark.parametrize(("height", "width"), [(16, 16), (61, 47)])
def test_the_grid_has_the_points_that_its_axis_names(noise, height, width, step_px):
    frames = np.stack([noise(height, width, seed=seed) for seed in range(3)])
    moved_px, trust = Follower(height, width, step_px=step_px).run(frames[0], frames)
    shape = (3, len(grid_axis(height, step_px)), len(grid_axis(width, step_px)))
    assert moved_px.shape == (*shape, 2)
    assert trust.shape == shape
    assert np.isfinite(moved_px).all()


def test_outputs_are_written_in_place(texture):
    key, frames = drifting(texture, [(0, 0), (2, 1)])
    shape = (2, len(grid_axis(SIDE, 4)), len(grid_axis(SIDE, 4)))
    moved_px, trust = np.empty((*shape, 2), np.float32), np.empty(shape, np.float32)
    result = Follower(SIDE, SIDE).run(key, frames, out_moved=moved_px, out_trust=trust)
    assert result.moved_px is moved_px
    assert result.trust is trust


@pytest.mark.parametrize("settings", [{"step_px": 1}, {"step_px": 17}, {"key_gain": 1.1}])
def test_settings_out_of_range_are_refused(settings):
    with pytest.raises(ConfigError, match=next(iter(settings))):
        Follower(SIDE, SIDE, **settings)
    with pytest.raises(ConfigError, match=r"width, height 16\.\.2048"):
        Follower(15, SIDE)


def test_no_frames_and_frames_with_gaps_are_refused(texture):
    key, frames = drifting(texture, [(0, 0), (2, 1)])
    follower = Follower(SIDE, SIDE)
    with pytest.raises(FrameError, match=r"frames: expected \(N, H, W\) with N > 0"):
        follower.run(key, frames[:0])
    with pytest.raises(FrameError, match="frames: expected contiguous rows"):
        follower.run(key, np.stack([frames, frames], axis=1)[:, 0])


def test_a_median_of_nothing_or_of_another_type_is_refused(noise):
    images = noise(6, 8)[None]
    with pytest.raises(FrameError, match=r"images: expected \(N, H, W\) with N > 0"):
        median_image(images[:0])
    with pytest.raises(FrameError, match=r"images: expected \(N, H, W\) with N > 0"):
        median_image(images[0])
    with pytest.raises(TypeError, match="images: expected uint8"):
        median_image(images.astype(np.int8))
    with pytest.raises(FrameError, match="images: expected contiguous"):
        median_image(images[..., ::2])
    with pytest.raises(FrameError, match="out: expected shape"):
        median_image(images, out=np.empty((8, 6), np.float32))
    with pytest.raises(FrameError, match=r"images: expected at most 32767 images"):
        median_image(np.zeros((32768, 1, 1), np.uint8))


@settings(max_examples=60, deadline=None)
@given(
    count=st.integers(1, 40),
    height=st.integers(1, 5),
    width=st.integers(1, 140),
    levels=st.sampled_from([2, 5, 256]),
    seed=st.integers(0, 99),
)
def test_the_median_image_is_numpys(count, height, width, levels, seed):
    rng = np.random.default_rng(seed)
    images = (rng.integers(0, levels, (count, height, width)) * (255 // (levels - 1))).astype(
        np.uint8
    )
    np.testing.assert_array_equal(median_image(images), np.median(images, axis=0))

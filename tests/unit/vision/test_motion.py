"""Slip and region motion against least squares in float64."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mien.errors import ConfigError, FrameError
from mien.vision.motion import RegionMotion, Slip, fit_slip, remove_slip

HEIGHT, WIDTH = 96, 128
EVERYWHERE = np.ones((HEIGHT, WIDTH), np.bool_)
SURE = np.ones((HEIGHT, WIDTH), np.float32)
Y, X = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float64)
X, Y = X - (WIDTH - 1) / 2, Y - (HEIGHT - 1) / 2

slips = st.builds(
    Slip,
    a=st.floats(-0.05, 0.05),
    b=st.floats(-0.05, 0.05),
    tx=st.floats(-5, 5),
    ty=st.floats(-5, 5),
)


def flow_of(slip: Slip):
    u = slip.tx + slip.a * X - slip.b * Y
    v = slip.ty + slip.b * X + slip.a * Y
    return np.stack([u, v], -1).astype(np.float32)


def largest_difference_px(first: Slip, second: Slip) -> float:
    return float(np.abs(flow_of(first) - flow_of(second)).max())


@settings(max_examples=40, deadline=None)
@given(slip=slips)
def test_an_exact_slip_is_found(slip):
    got = fit_slip(flow_of(slip), SURE, EVERYWHERE)
    assert largest_difference_px(got, slip) < 1e-3
    assert got.inlier_fraction == pytest.approx(1)
    assert got.residual_px < 1e-3


@settings(max_examples=40, deadline=None)
@given(slip=slips, seed=st.integers(0, 1000), jump_px=st.floats(1, 20))
def test_thirty_percent_outliers_do_not_move_it(slip, seed, jump_px):
    rng = np.random.default_rng(seed)
    flow_px = flow_of(slip) + rng.normal(0, 0.05, (HEIGHT, WIDTH, 2)).astype(np.float32)
    is_outlier = rng.random((HEIGHT, WIDTH)) < 0.3
    flow_px[is_outlier] += rng.uniform(-jump_px, jump_px, (is_outlier.sum(), 2))
    assert largest_difference_px(fit_slip(flow_px, SURE, EVERYWHERE), slip) < 0.08


@settings(max_examples=40, deadline=None)
@given(slip=slips, jump_px=st.floats(0.5, 8), angle=st.floats(0, 6.28))
def test_a_cheek_that_moves_as_one_does_not_move_it(slip, jump_px, angle):
    flow_px = flow_of(slip)
    flow_px[60:, :90] += np.float32([jump_px * np.cos(angle), jump_px * np.sin(angle)])
    got = fit_slip(flow_px, SURE, EVERYWHERE)
    assert largest_difference_px(got, slip) < 0.1
    assert got.inlier_fraction == pytest.approx(1 - 36 * 90 / SURE.size, abs=0.05)


def test_noise_is_averaged_as_least_squares_does():
    rng = np.random.default_rng(0)
    slip = Slip(a=0.01, b=-0.02, tx=1.0, ty=2.0)
    flow_px = flow_of(slip) + rng.normal(0, 0.2, (HEIGHT, WIDTH, 2)).astype(np.float32)
    got = fit_slip(flow_px, SURE, EVERYWHERE)
    assert largest_difference_px(got, slip) < 0.05
    assert got.residual_px == pytest.approx(0.28, abs=0.06)


def test_confidence_decides_who_is_heard():
    flow_px = flow_of(Slip(tx=1.0))
    flow_px[:, :100] = flow_of(Slip(tx=-3.0))[:, :100]
    confidence = SURE.copy()
    confidence[:, :100] = 0.0
    assert fit_slip(flow_px, confidence, EVERYWHERE).tx == pytest.approx(1, abs=1e-4)


def test_without_confidence_there_is_no_slip():
    assert fit_slip(flow_of(Slip(tx=3.0)), np.zeros_like(SURE), EVERYWHERE) == Slip()


@settings(max_examples=20, deadline=None)
@given(slip=slips)
def test_removing_a_slip_takes_it_away(slip):
    flow_px = flow_of(slip)
    assert np.abs(remove_slip(flow_px, slip)).max() < 1e-5
    assert remove_slip(flow_px, slip, out=flow_px) is flow_px
    assert np.abs(flow_px).max() < 1e-5


def least_squares(region, weights, rest_px):
    """Means, divergence and margin of a region, by numpy.linalg in float64."""
    w = (region * weights).astype(np.float64)
    inside = w > 0
    root = np.sqrt(w[inside])[:, None]
    design = np.stack([np.ones(inside.sum()), X[inside], Y[inside]], -1)
    fit, *_ = np.linalg.lstsq(root * design, root * rest_px[inside], rcond=None)
    mean = (w[..., None] * rest_px).sum((0, 1)) / w.sum()
    middle = (region * Y).sum() / region.sum()
    lower, upper = w * (middle < Y), w * (middle >= Y)
    v = rest_px[..., 1]
    margin = (lower * v).sum() / lower.sum() - (upper * v).sum() / upper.sum()
    return mean, fit[1, 0] + fit[2, 1], margin, w.sum() / region.sum()


def test_small_regions_follow_least_squares():
    """So few pixels that each is a sample: white noise will do."""
    rng = np.random.default_rng(3)
    regions = np.zeros((5, HEIGHT, WIDTH), np.float32)
    for index, region in enumerate(regions):
        top, left = 8 * index, 12 * index
        region[top : top + 8, left : left + 8] = rng.uniform(0.1, 1, (8, 8))
    confidence = rng.uniform(0, 1, (HEIGHT, WIDTH)).astype(np.float32)
    flow_px = rng.normal(0, 1, (HEIGHT, WIDTH, 2)).astype(np.float32)
    flow_px += (0.03 * X[..., None] + 0.02 * Y[..., None]).astype(np.float32)
    result = RegionMotion(regions, EVERYWHERE).run(flow_px, confidence)
    assert result.slip == fit_slip(flow_px, confidence, EVERYWHERE)
    rest_px = remove_slip(flow_px, result.slip).astype(np.float64)
    for index, region in enumerate(regions):
        mean, divergence, margin, weight = least_squares(region, confidence, rest_px)
        assert result.mean_px[index] == pytest.approx(mean, abs=1e-4)
        assert result.divergence[index] == pytest.approx(divergence, abs=1e-4)
        assert result.margin_px[index] == pytest.approx(margin, abs=1e-4)
        assert result.weight[index] == pytest.approx(weight, abs=1e-5)


def smooth(noise, *sides: int):
    """Noise averaged over boxes, one after the other, and scaled to a deviation of 1."""
    spectrum = np.fft.fft2(noise, axes=(0, 1))
    for side in sides:
        box = np.zeros((HEIGHT, WIDTH))
        box[:side, :side] = 1
        spectrum *= np.fft.fft2(box)[(...,) + (None,) * (noise.ndim - 2)]
    field = np.fft.ifft2(spectrum, axes=(0, 1)).real
    return (field - field.mean((0, 1))) / field.std()


def sampling_error(seed: int) -> list[float]:
    """By how much mean, divergence, margin and weight of a box miss those over all its pixels.

    The dense flow averages over a window of 10 pixels, and then smooths over 14.
    """
    rng = np.random.default_rng(seed)
    region = np.zeros((HEIGHT, WIDTH), np.float32)
    top, left, height, width = rng.integers((0, 0, 14, 14), (50, 60, 44, 64))
    region[top : top + height, left : left + width] = 1
    flow_px = 0.5 * smooth(rng.normal(size=(HEIGHT, WIDTH, 2)), 10, 14)
    trust = np.clip(0.6 + 0.2 * smooth(rng.normal(size=(HEIGHT, WIDTH)), 10, 10), 0, 1)
    flow_px, trust = flow_px.astype(np.float32), trust.astype(np.float32)
    got = RegionMotion(region[None], EVERYWHERE).run(flow_px, trust)
    rest_px = remove_slip(flow_px, got.slip).astype(np.float64)
    mean_px, *others = least_squares(region, trust, rest_px)
    numbers = zip((got.divergence[0], got.margin_px[0], got.weight[0]), others, strict=True)
    return [float(np.hypot(*(got.mean_px[0] - mean_px))), *(abs(a - b) for a, b in numbers)]


def test_samples_say_what_all_pixels_of_a_region_do():
    errors = np.array([sampling_error(seed) for seed in range(200)])
    assert np.all(np.sqrt((errors**2).mean(0)) < (0.012, 0.0015, 0.013, 0.004))
    assert np.all(errors.max(0) < (0.03, 0.008, 0.05, 0.013))


def plain_slip(flow_px, weights):
    """The slip that the same weights give in float64 from every pixel, run to the end."""
    slip = np.array([0.0, 0.0, *np.median(flow_px.reshape(-1, 2), axis=0)])
    one, zero = np.ones_like(X), np.zeros_like(X)
    design = np.stack([np.stack([X, -Y, one, zero], -1), np.stack([Y, X, zero, one], -1)], -2)
    for _ in range(60):
        off = ((flow_px - design @ slip) ** 2).sum(-1)
        scale = max(2 * np.median(off), 0.05**2)
        w = np.repeat((weights / (1 + off / scale) ** 2).ravel(), 2)
        rows = design.reshape(-1, 4)
        slip = np.linalg.solve(rows.T @ (rows * w[:, None]), rows.T @ (w * flow_px.ravel()))
    return Slip(*slip)


@settings(max_examples=10, deadline=None)
@given(slip=slips, seed=st.integers(0, 1000))
def test_forty_percent_outliers_leave_a_hundredth_of_a_pixel(slip, seed):
    rng = np.random.default_rng(seed)
    flow_px = flow_of(slip) + 0.03 * rng.normal(size=(HEIGHT, WIDTH, 2))
    is_outlier = rng.random((HEIGHT, WIDTH)) < 0.4
    flow_px[is_outlier] += rng.uniform(-10, 10, (is_outlier.sum(), 2))
    trust = rng.uniform(0.5, 1, (HEIGHT, WIDTH)).astype(np.float32)
    got = fit_slip(flow_px.astype(np.float32), trust, EVERYWHERE)
    wanted = plain_slip(flow_px, trust.astype(np.float64))
    assert (got.tx, got.ty) == pytest.approx((wanted.tx, wanted.ty), abs=0.01)
    assert (got.a, got.b) == pytest.approx((wanted.a, wanted.b), abs=1e-3)


def test_masks_are_weights_of_one():
    mask = np.zeros((HEIGHT, WIDTH), np.bool_)
    mask[10:40, 20:70] = True
    flow_px = flow_of(Slip(tx=1.0, a=0.02))
    flow_px[mask] += 1
    by_mask = RegionMotion([mask], EVERYWHERE).run(flow_px, SURE)
    by_weight = RegionMotion(mask[None].astype(np.float32), EVERYWHERE).run(flow_px, SURE)
    assert np.array_equal(by_mask.mean_px, by_weight.mean_px)
    assert by_mask.mean_px[0] == pytest.approx([1, 1], abs=0.05)


def test_results_keep_their_numbers_unless_out_is_given():
    motion = RegionMotion([EVERYWHERE], EVERYWHERE)
    first = motion.run(flow_of(Slip(tx=1.0)), SURE)
    kept = first.mean_px.copy()
    motion.run(flow_of(Slip(a=0.05)), SURE * 0.5)
    assert np.array_equal(first.mean_px, kept)
    out = np.zeros((1, 5), np.float32)
    for _ in range(2):
        assert motion.run(flow_of(Slip()), SURE, out=out).weight.base is out
    other = np.zeros((1, 5), np.float32)
    assert motion.run(flow_of(Slip()), SURE, out=other).weight.base is other


def test_bad_regions_are_refused():
    with pytest.raises(ConfigError, match="regions: expected at least one"):
        RegionMotion([], EVERYWHERE)
    with pytest.raises(ConfigError, match=r"region 1: expected shape \(96, 128\), got \(96, 127\)"):
        RegionMotion([EVERYWHERE, EVERYWHERE[:, 1:]], EVERYWHERE)
    with pytest.raises(ConfigError, match=r"regions: expected .*some > 0"):
        RegionMotion([~EVERYWHERE], EVERYWHERE)
    with pytest.raises(ConfigError, match=r"regions: expected .*weights >= 0"):
        RegionMotion(-SURE[None], EVERYWHERE)
    with pytest.raises(ConfigError, match="finite"):
        RegionMotion(SURE[None] * np.float32(np.nan), EVERYWHERE)
    with pytest.raises(TypeError, match="region 0: expected bool or float32, got float64"):
        RegionMotion(SURE[None].astype(np.float64), EVERYWHERE)  # type: ignore[arg-type]
    with pytest.raises(ConfigError, match="reference of at least 8 pixels"):
        RegionMotion([EVERYWHERE], ~EVERYWHERE)
    with pytest.raises(TypeError, match="reference: expected bool"):
        RegionMotion([EVERYWHERE], SURE)  # type: ignore[arg-type]


def test_flow_of_another_shape_or_type_is_refused():
    motion = RegionMotion([EVERYWHERE], EVERYWHERE)
    flow_px = flow_of(Slip())
    for run in (motion.run, lambda f, c: fit_slip(f, c, EVERYWHERE)):
        with pytest.raises(FrameError, match="flow_px: expected shape"):
            run(flow_px[1:], SURE)
        with pytest.raises(FrameError, match="confidence: expected shape"):
            run(flow_px, SURE[:, 1:])
        with pytest.raises(TypeError, match="flow_px: expected float32"):
            run(flow_px.astype(np.float64), SURE)
    with pytest.raises(FrameError, match="flow_px: expected contiguous rows"):
        motion.run(np.zeros((2, HEIGHT, WIDTH), np.float32).transpose(1, 2, 0), SURE)
    with pytest.raises(FrameError, match="flow_px: expected shape"):
        remove_slip(SURE, Slip())
    with pytest.raises(FrameError, match="out: expected shape"):
        motion.run(flow_px, SURE, out=np.zeros((2, 5), np.float32))

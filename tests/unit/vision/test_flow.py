"""Dense flow: known motion is found, brightness is not motion, wrong input is refused."""

from __future__ import annotations

from threading import Thread

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mien.config import FlowConfig
from mien.errors import ConfigError, FrameError
from mien.vision.flow import DenseFlow, FlowResult

SIDE = 128


def shifted_pair(texture, shift_px: tuple[int, int], seed: int = 0):
    """Two windows onto one texture; what is at p in the first is at p + shift in the second."""
    dx, dy = shift_px
    wide = texture(SIDE + 32, SIDE + 32, seed=seed)
    first = wide[16 : 16 + SIDE, 16 : 16 + SIDE]
    return first, wide[16 - dy : 16 - dy + SIDE, 16 - dx : 16 - dx + SIDE]


def inner_error(result: FlowResult, shift_px: tuple[float, float]):
    error = np.linalg.norm(result.flow_px - np.float32(shift_px), axis=-1)
    return error[20:-20, 20:-20]


@settings(max_examples=40, deadline=None)
@given(
    shift_px=st.tuples(st.integers(-8, 8), st.integers(-8, 8)),
    seed=st.integers(0, 20),
)
def test_the_flow_of_a_shifted_image_is_the_shift(texture, shift_px, seed):
    result = DenseFlow(SIDE, SIDE).run(*shifted_pair(texture, shift_px, seed))
    error = inner_error(result, shift_px)
    assert np.median(error) < 0.05
    assert error.mean() < 0.25


def test_a_pyramid_finds_what_one_level_does_not(texture):
    pair = shifted_pair(texture, (9, 4))
    one = DenseFlow(SIDE, SIDE, FlowConfig(levels=1)).run(*pair)
    four = DenseFlow(SIDE, SIDE).run(*pair)
    assert inner_error(four, (9, 4)).mean() < 0.1
    assert inner_error(one, (9, 4)).mean() > 1


@pytest.mark.parametrize(("gain", "offset"), [(2.0, 0), (0.75, 30), (1.0, 60)])
def test_brightness_is_not_motion(texture, gain, offset):
    previous, current = shifted_pair(texture, (2, -1))
    previous, current = previous // 2, current // 2
    brighter = np.clip(current * gain + offset, 0, 255).astype(np.uint8)
    flow = DenseFlow(SIDE, SIDE)
    change = flow.run(previous, brighter).flow_px - flow.run(previous, current).flow_px
    assert np.abs(change[20:-20, 20:-20]).mean() < 0.1


def test_a_shadow_is_not_motion(texture):
    previous, _ = shifted_pair(texture, (0, 0))
    shade = np.linspace(1.0, 0.5, SIDE)[:, None]
    result = DenseFlow(SIDE, SIDE).run(previous, (previous * shade).astype(np.uint8))
    assert inner_error(result, (0, 0)).mean() < 0.1


def test_confidence_falls_where_the_images_disagree(texture, noise):
    previous, current = (image.copy() for image in shifted_pair(texture, (1, 1)))
    current[40:80, 40:80] = noise(40, 40)
    confidence = DenseFlow(SIDE, SIDE).run(previous, current).confidence
    assert confidence.min() >= 0
    assert confidence.max() <= 1
    assert confidence[50:70, 50:70].mean() < 0.3 * confidence[85:120, 85:120].mean()


def test_confidence_tells_good_flow_from_bad(texture):
    rng = np.random.default_rng(1)
    contrast = np.linspace(0, 1, SIDE) ** 2  # from noise alone to full texture
    previous, current = (
        np.clip(128 + (image - 128.0) * contrast + rng.normal(0, 3, image.shape), 0, 255)
        for image in shifted_pair(texture, (3, -2))
    )
    result = DenseFlow(SIDE, SIDE).run(previous.astype(np.uint8), current.astype(np.uint8))
    error = inner_error(result, (3, -2))
    confidence = result.confidence[20:-20, 20:-20]
    is_sure = confidence > np.median(confidence)
    assert error[is_sure].mean() < 0.5 * error[~is_sure].mean()


def test_flat_images_have_no_flow_and_no_confidence():
    result = DenseFlow(64, 96).run(np.zeros((64, 96), np.uint8), np.full((64, 96), 255, np.uint8))
    assert not result.flow_px.any()
    assert not result.confidence.any()


def test_out_is_returned_and_filled(texture):
    pair = shifted_pair(texture, (1, 2))
    flow_px = np.full((SIDE, SIDE, 2), np.nan, np.float32)
    confidence = np.full((SIDE, SIDE), np.nan, np.float32)
    flow = DenseFlow(SIDE, SIDE)
    result = flow.run(*pair, out_flow=flow_px, out_confidence=confidence)
    assert result.flow_px is flow_px
    assert result.confidence is confidence
    fresh = flow.run(*(image.copy() for image in pair))
    assert np.array_equal(flow_px, fresh.flow_px)
    assert np.array_equal(confidence, fresh.confidence)


def test_two_threads_with_an_object_each_do_not_disturb_each_other(texture):
    pair = shifted_pair(texture, (2, 2))
    wanted = DenseFlow(SIDE, SIDE).run(*pair).flow_px
    got: list[bool] = []

    def work() -> None:
        flow = DenseFlow(SIDE, SIDE)
        got.extend(np.array_equal(flow.run(*pair).flow_px, wanted) for _ in range(10))

    threads = [Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert got == [True] * 20


def test_images_of_another_shape_or_type_are_refused():
    flow = DenseFlow(32, 40)
    image = np.zeros((32, 40), np.uint8)
    with pytest.raises(FrameError, match=r"previous: expected shape \(32, 40\), got \(40, 32\)"):
        flow.run(image.T.copy(), image)
    with pytest.raises(FrameError, match="current: expected shape"):
        flow.run(image, image[:-1])
    with pytest.raises(TypeError, match="current: expected uint8, got float64"):
        flow.run(image, image.astype(np.float64))  # type: ignore[arg-type]
    with pytest.raises(FrameError, match="current: expected contiguous rows"):
        flow.run(image, np.zeros((32, 80), np.uint8)[:, ::2])
    with pytest.raises(FrameError, match="out_flow: expected shape"):
        flow.run(image, image, out_flow=np.zeros((32, 40), np.float32))
    with pytest.raises(TypeError, match="out_confidence: expected float32"):
        flow.run(image, image, out_confidence=np.zeros((32, 40)))  # type: ignore[arg-type]
    with pytest.raises(FrameError, match="out_flow: expected contiguous rows"):
        flow.run(image, image, out_flow=np.zeros((2, 32, 40), np.float32).transpose(1, 2, 0))


@pytest.mark.parametrize("size", [(15, 64), (64, 15), (0, 0), (64, 2049), (-64, 64)])
def test_sizes_out_of_range_are_refused(size):
    with pytest.raises(ConfigError, match=r"flow: expected width, height 16..2048"):
        DenseFlow(*size)


def test_images_made_ready_give_the_flow_of_the_images(texture):
    pair = shifted_pair(texture, (3, -2))
    flow = DenseFlow(SIDE, SIDE)
    first, second = (flow.image().set(gray) for gray in pair)
    there, back = flow.between(first, second), flow.between(second, first)
    for ready, plain in ((there, flow.run(*pair)), (back, flow.run(*pair[::-1]))):
        np.testing.assert_array_equal(ready.flow_px, plain.flow_px)
        np.testing.assert_array_equal(ready.confidence, plain.confidence)


def test_an_image_that_was_not_set_is_refused():
    flow = DenseFlow(SIDE, SIDE)
    with pytest.raises(FrameError, match="expected an object that was created"):
        flow.between(flow.image(), flow.image())


def test_an_image_of_another_flow_is_refused():
    flow = DenseFlow(SIDE, SIDE)
    other = (
        DenseFlow(SIDE, SIDE, FlowConfig(levels=2)).image().set(np.zeros((SIDE, SIDE), np.uint8))
    )
    with pytest.raises(FrameError, match="expected the size the object was made for"):
        flow.between(other, other)
    with pytest.raises(FrameError, match="gray: expected"):
        flow.image().set(np.zeros((SIDE, SIDE + 1), np.uint8))

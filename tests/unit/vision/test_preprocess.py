"""The crop against its formula in float64, and what it refuses."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from mien.config import PreprocessConfig
from mien.errors import ConfigError, FrameError
from mien.types import CameraModel, centred_camera
from mien.vision.preprocess import Preprocessor

LARGEST_GAIN = 127.99


def box_mean(values: NDArray[np.float64], window_px: int) -> NDArray[np.float64]:
    """Mean over the box around every fourth pixel and the next one beyond the crop.

    The border is repeated; computed through an integral image.
    """
    radius = window_px // 2
    padded = np.pad(values, (radius, radius + 4), mode="edge")
    integral = np.pad(padded.cumsum(0).cumsum(1), ((1, 0), (1, 0)))
    w = window_px
    boxes = integral[w:, w:] - integral[:-w, w:] - integral[w:, :-w] + integral[:-w, :-w]
    return boxes[::4, ::4] / w**2


def between(grid: NDArray[np.float64], size: int) -> NDArray[np.float64]:
    """Bilinear between values four pixels apart, shape (size, size)."""
    at, share = np.divmod(np.arange(size), 4)
    share = share / 4
    rows = grid[at] * (1 - share)[:, None] + grid[at + 1] * share[:, None]
    return np.asarray(rows[:, at] * (1 - share) + rows[:, at + 1] * share)


def steps_of(gray: NDArray[np.uint8], config: PreprocessConfig) -> NDArray[np.float64]:
    """(gray - mean) / (std + floor) / scale in float64."""
    values = gray.astype(np.float64)
    mean = box_mean(values, config.window_px)
    variance = np.maximum(box_mean(values**2, config.window_px) - mean**2, 0)
    gain = np.minimum(1 / (np.sqrt(variance) + config.std_floor) / config.scale, LARGEST_GAIN)
    size = len(gray)
    return (values - between(mean, size)) * between(gain, size)


def assert_codes(quant: NDArray[np.int8], gray: NDArray[np.uint8], config: PreprocessConfig):
    wanted = np.clip(steps_of(gray, config) + config.zero_point, -128, 127)
    # Mean and gain are held in 16 bits: the larger the gain can be, the coarser.
    gain = min(1 / (config.std_floor * config.scale), LARGEST_GAIN)
    assert np.abs(quant - wanted).max() <= 0.5 + 0.06 * gain


@settings(max_examples=25, deadline=None)
@given(
    window_px=st.integers(4, 63).map(lambda n: 2 * n + 1),
    std_floor=st.floats(0.5, 64),
    scale=st.floats(1e-3, 1),
    zero_point=st.integers(-128, 127),
    seed=st.integers(0, 9),
)
def test_codes_follow_the_formula(texture, noise, window_px, std_floor, scale, zero_point, seed):
    config = PreprocessConfig(
        window_px=window_px, std_floor=std_floor, scale=scale, zero_point=zero_point
    )
    # The core takes the settings as float32.
    rounded = replace(
        config, std_floor=float(np.float32(std_floor)), scale=float(np.float32(scale))
    )
    for make in (texture, noise):
        crop = Preprocessor(centred_camera(40, 40), config, size=40).run(make(40, 40, seed=seed))
        assert_codes(crop.quant, crop.gray, rounded)


def test_a_crop_of_the_sensors_size_is_the_image(noise):
    image = noise(128, 128)
    assert np.array_equal(Preprocessor(centred_camera(128, 128)).run(image).gray, image)


def test_a_mirrored_crop_is_the_mirrored_image(noise):
    image = noise(128, 128)
    crop = Preprocessor(centred_camera(128, 128, is_mirrored=True)).run(image)
    assert np.array_equal(crop.gray, image[:, ::-1])


@pytest.mark.parametrize("turns", [-1, 1, 2])
def test_quarter_turns_are_clockwise(noise, turns):
    image = noise(128, 128)
    camera = replace(centred_camera(128, 128), rotation_deg=90.0 * turns)
    assert np.array_equal(Preprocessor(camera).run(image).gray, np.rot90(image, -turns))


@pytest.mark.parametrize("factor", [2, 4, 8])
def test_shrinking_by_a_power_of_two_is_the_mean_of_blocks(noise, factor):
    image = noise(64 * factor, 64 * factor)
    crop = Preprocessor(centred_camera(64 * factor, 64 * factor), size=64).run(image)
    blocks = image.reshape(64, factor, 64, factor).mean((1, 3))
    assert np.abs(crop.gray - blocks).max() <= 0.501


@pytest.mark.parametrize("shape", [(400, 400), (480, 640), (333, 517), (1080, 1920)])
def test_shrinking_does_not_alias(shape):
    """Stripes finer than a crop pixel fade instead of becoming coarse ones.

    Means of three columns let a third of the finest stripes through, those of two or four none.
    """
    height, width = shape
    stripes = 127.5 + 120 * np.cos(2 * np.pi * np.arange(width) / 2.1)
    image = np.tile(stripes.astype(np.uint8), (height, 1))
    gray = Preprocessor(centred_camera(width, height)).run(image).gray
    assert gray.std() < 0.34 * image.std()


def test_outside_the_image_the_border_is_repeated(noise):
    image = noise(40, 40)
    camera = replace(centred_camera(40, 40), crop_xyxy_px=(-12.5, -12.5, 51.5, 51.5))
    gray = Preprocessor(camera, size=64).run(image).gray
    assert np.array_equal(gray, np.pad(image, 12, mode="edge"))


@settings(max_examples=30, deadline=None)
@given(
    top=st.integers(0, 40),
    left=st.integers(0, 50),
    angle=st.floats(-180, 180),
    fx=st.floats(30, 500),
)
def test_a_crop_of_a_view_equals_that_of_its_copy(noise, top, left, angle, fx):
    frame = noise(150, 160)
    view = frame[top : top + 90, left : left + 100]
    camera = CameraModel(
        width=100,
        height=90,
        fx=fx,
        fy=fx,
        cx=50,
        cy=45,
        lens="fisheye",
        distortion=(0.05, -0.01, 0.0, 0.0),
        crop_xyxy_px=(-5.0, -3.0, 99.0, 101.0),
        rotation_deg=angle,
    )
    preprocessor = Preprocessor(camera, size=32)
    for ours, theirs in zip(preprocessor.run(view), preprocessor.run(view.copy()), strict=True):
        assert np.array_equal(ours, theirs)


def test_a_flipped_view_equals_its_copy(noise):
    frame = noise(64, 64)
    preprocessor = Preprocessor(centred_camera(64, 64), size=32)
    assert np.array_equal(
        preprocessor.run(frame[::-1]).gray, preprocessor.run(frame[::-1].copy()).gray
    )


def test_a_read_only_frame_is_read(noise):
    frame = noise(64, 64)
    run = Preprocessor(centred_camera(64, 64), size=32).run
    frozen = np.frombuffer(frame.tobytes(), np.uint8).reshape(64, 64)
    assert np.array_equal(run(frozen).gray, run(frame).gray)


def test_out_is_returned_and_filled(noise):
    preprocessor = Preprocessor(centred_camera(80, 60), size=32)
    image = noise(60, 80)
    gray, quant = np.zeros((32, 32), np.uint8), np.zeros((32, 32), np.int8)
    crop = preprocessor.run(image, out_gray=gray, out_quant=quant)
    assert crop.gray is gray
    assert crop.quant is quant
    fresh = preprocessor.run(image)
    assert np.array_equal(gray, fresh.gray)
    assert np.array_equal(quant, fresh.quant)


def test_frames_of_another_shape_are_refused(noise):
    preprocessor = Preprocessor(centred_camera(80, 60), size=32)
    for shape in ((80, 60), (0, 80), (60, 79), (61, 80)):
        with pytest.raises(FrameError, match=r"frame: expected shape \(60, 80\), got"):
            preprocessor.run(noise(*shape))
    with pytest.raises(FrameError, match="frame: expected shape"):
        preprocessor.run(np.zeros((60, 80, 3), np.uint8))


def test_frames_of_another_type_are_refused():
    preprocessor = Preprocessor(centred_camera(80, 60), size=32)
    for dtype in (np.int8, np.uint16, np.float32, np.bool_):
        with pytest.raises(TypeError, match="frame: expected uint8, got"):
            preprocessor.run(np.zeros((60, 80), dtype))
    with pytest.raises(TypeError, match="frame: expected a NumPy array, got list"):
        preprocessor.run([[0] * 80] * 60)  # type: ignore[arg-type]


def test_rows_with_gaps_are_refused(noise):
    preprocessor = Preprocessor(centred_camera(80, 60), size=32)
    with pytest.raises(FrameError, match="frame: expected contiguous rows"):
        preprocessor.run(noise(60, 160)[:, ::2])
    with pytest.raises(FrameError, match="frame: expected contiguous rows"):
        preprocessor.run(noise(80, 60).T)


def test_bad_outputs_are_refused_and_left_alone(noise):
    preprocessor = Preprocessor(centred_camera(80, 60), size=32)
    image = noise(60, 80)
    with pytest.raises(FrameError, match="out_gray: expected shape"):
        preprocessor.run(image, out_gray=np.zeros((33, 32), np.uint8))
    with pytest.raises(TypeError, match="out_quant: expected int8"):
        preprocessor.run(image, out_quant=np.zeros((32, 32), np.uint8))  # type: ignore[arg-type]
    frozen = np.zeros((32, 32), np.int8)
    frozen.flags.writeable = False
    gray = np.full((32, 32), 7, np.uint8)
    with pytest.raises(FrameError, match="out_quant: expected a writeable array"):
        preprocessor.run(image, out_gray=gray, out_quant=frozen)
    assert (gray == 7).all()


@pytest.mark.parametrize("size", [0, 7, 1025, -128])
def test_crop_sizes_out_of_range_are_refused(size):
    with pytest.raises(ConfigError, match=r"preprocess: expected .*size 8..1024"):
        Preprocessor(centred_camera(80, 60), size=size)


def test_a_lens_that_maps_the_crop_to_infinity_is_refused():
    camera = replace(
        centred_camera(80, 60),
        lens="radtan",
        distortion=(1e308, 0.0, 0.0, 0.0),
        crop_xyxy_px=(-1e6, -1e6, 1e6, 1e6),
    )
    with pytest.raises(ConfigError, match="preprocess: expected"):
        Preprocessor(camera)


def test_nv12_needs_an_even_height():
    preprocessor = Preprocessor(centred_camera(40, 31))
    with pytest.raises(FrameError, match=r"pixel_format: expected one of .*, got 'nv12'"):
        preprocessor.run(np.zeros((46, 40), np.uint8), pixel_format="nv12")

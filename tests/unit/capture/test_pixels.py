from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mien.capture.pixels import FORMATS, gray_copy, picture_shape
from mien.config import CROP_SIZE
from mien.errors import FrameError
from mien.types import centred_camera
from mien.vision.preprocess import Preprocessor

WIDTH, HEIGHT = 48, 32


def pixels(pixel_format, seed=0, width=WIDTH, height=HEIGHT):
    shape = picture_shape(width, height, pixel_format)
    return np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)


@given(shape=st.tuples(st.integers(1, 40), st.integers(1, 40)), seed=st.integers(0, 99))
def test_gray_of_colour_is_what_opencv_says(shape, seed):
    height, width = shape
    image = pixels("bgr8", seed, width=width, height=height)
    ours = gray_copy(image, width=width, height=height, pixel_format="bgr8")
    np.testing.assert_array_equal(ours, cv2.cvtColor(image, cv2.COLOR_BGR2GRAY))


def test_the_luma_of_yuv_is_what_opencv_says():
    for pixel_format, code in (
        ("yuyv", cv2.COLOR_YUV2GRAY_YUYV),
        ("nv12", cv2.COLOR_YUV2GRAY_NV12),
    ):
        image = pixels(pixel_format)
        ours = gray_copy(image, width=WIDTH, height=HEIGHT, pixel_format=pixel_format)
        np.testing.assert_array_equal(ours, cv2.cvtColor(image, code))


@pytest.mark.parametrize("pixel_format", FORMATS)
def test_the_crop_is_the_one_the_core_makes_of_the_format_itself(pixel_format):
    image = pixels(pixel_format)
    core = Preprocessor(centred_camera(WIDTH, HEIGHT), size=CROP_SIZE)
    gray = gray_copy(image, width=WIDTH, height=HEIGHT, pixel_format=pixel_format)
    np.testing.assert_array_equal(
        core.run(gray).quant, core.run(image, pixel_format=pixel_format).quant
    )


@pytest.mark.parametrize("pixel_format", FORMATS)
def test_any_strides_give_the_same_and_the_buffer_is_free(pixel_format):
    image = pixels(pixel_format)
    padded = np.zeros((image.shape[0] + 3, image.shape[1] + 5, *image.shape[2:]), np.uint8)
    padded[1:-2, 2:-3] = image
    turned = np.asfortranarray(image)
    backwards = np.ascontiguousarray(image[::-1, ::-1])[::-1, ::-1]
    size = {"width": WIDTH, "height": HEIGHT, "pixel_format": pixel_format}
    expected = gray_copy(image, **size)
    assert expected.flags.c_contiguous
    assert not np.shares_memory(expected, image)
    for same in (padded[1:-2, 2:-3], turned, backwards):
        np.testing.assert_array_equal(gray_copy(same, **size), expected)
    read_only = image.copy()
    read_only.flags.writeable = False
    np.testing.assert_array_equal(gray_copy(read_only, **size), expected)


def test_what_is_no_picture_of_the_format_is_refused():
    gray = pixels("gray8")
    size = {"width": WIDTH, "height": HEIGHT}
    with pytest.raises(FrameError, match=r"expected nv12 of shape \(48, 48\), got \(32, 48\)"):
        gray_copy(gray, **size, pixel_format="nv12")
    with pytest.raises(FrameError, match=r"expected one of .*'gray8'.*, got 'rgb'"):
        gray_copy(gray, **size, pixel_format="rgb")
    with pytest.raises(FrameError, match="nv12: expected an even height, got 31"):
        picture_shape(48, 31, "nv12")
    for wrong in (gray.astype(np.float32), [[1]], None):
        with pytest.raises(TypeError, match="expected a NumPy array of uint8, got"):
            gray_copy(wrong, **size)

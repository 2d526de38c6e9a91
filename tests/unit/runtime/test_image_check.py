from __future__ import annotations

import numpy as np
import pytest

from mien.runtime.image_check import SAME_ROW_FRAMES, TORN_FRAMES, ImageCheck
from mien.types import centred_camera
from mien.vision.preprocess import Preprocessor

SIZE = 200
CAMERA = centred_camera(SIZE, SIZE)
PREPROCESS = Preprocessor(CAMERA)


def face(step: int = 0, *, noise=2.0) -> np.ndarray:
    """A soft texture that turns slowly, with the noise of a sensor."""
    y, x = np.mgrid[:SIZE, :SIZE] / SIZE
    shift = 0.01 * step
    gray = 110 + 40 * np.sin(9 * (x + shift) + 4 * y) + 30 * np.cos(11 * y - 3 * x * x)
    rng = np.random.default_rng(step)
    return np.clip(gray + rng.normal(0, noise, gray.shape), 0, 255).astype(np.uint8)


def kinds(images):
    check = ImageCheck(CAMERA)
    faults = [check.fault(one, PREPROCESS.run(one).gray) for one in images]
    return ["" if fault is None else fault.kind for fault in faults]


def test_a_face_that_moves_is_never_at_fault():
    assert set(kinds([face(step) for step in range(40)])) == {""}


@pytest.mark.parametrize("level", [0, 3])
def test_no_light_is_black(level):
    dark = np.random.default_rng(0).integers(0, 1 + level, (SIZE, SIZE)).astype(np.uint8)
    assert kinds([face(), dark]) == ["", "black"]


def test_glare_all_over_is_saturated_and_a_glint_is_not():
    glare, glint = face(1), face(2)
    glare[: SIZE * 3 // 4] = 255
    glint[90:110, 90:110] = 255
    assert kinds([face(), glare, glint]) == ["", "saturated", ""]


def test_one_level_all_over_is_blank():
    assert kinds([face(), np.full((SIZE, SIZE), 128, np.uint8)]) == ["", "blank"]


def test_heavy_noise_is_told_and_a_little_is_not():
    assert kinds([face(0, noise=60), face(1, noise=8)]) == ["noisy", ""]


def test_the_same_image_again_is_frozen_however_long():
    image = face()
    assert kinds([image, *[image.copy()] * 4, face(1)]) == ["", *["frozen"] * 4, ""]


@pytest.mark.parametrize("row", [50, 100, 150])
def test_a_picture_of_two_halves_is_torn(row):
    torn = face(1)
    torn[row:] = np.roll(torn[row:], 40, axis=1)
    cut = face(2)
    cut[row:] = 0
    assert kinds([face(), torn, cut, face(3)]) == ["", "torn", "torn", ""]


def test_what_stays_before_the_camera_is_no_tear():
    def half_hidden(step):
        image = face(step)
        image[100:] = 10 + image[100:] // 8
        return image

    got = kinds([face(), *[half_hidden(step) for step in range(1, 9)]])
    torn = SAME_ROW_FRAMES - 1
    assert got == ["", *["torn"] * torn, *[""] * (8 - torn)]


def test_tears_at_other_rows_each_time_are_told_for_a_while():
    def torn(step):
        row, image = 40 + 37 * step % 120, face(1)
        image[row:] = np.roll(image[row:], 40, axis=1)
        return image

    got = kinds([face(), *[torn(step) for step in range(TORN_FRAMES)]])
    assert got == ["", *["torn"] * (TORN_FRAMES - 1), ""]


def test_the_smallest_camera_is_looked_at_too():
    check = ImageCheck(centred_camera(3, 3))
    crop = PREPROCESS.run(face()).gray
    rng = np.random.default_rng(0)
    images = [rng.integers(0, 255, (3, 3), np.uint8) for _ in range(3)]
    assert [check.fault(image, crop) for image in images] == [None] * 3

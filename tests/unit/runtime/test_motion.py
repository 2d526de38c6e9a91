from __future__ import annotations

import numpy as np

from mien.config import FlowConfig
from mien.runtime.motion import SlipWatch, take_shift
from mien.runtime.regions import reference_band, region_mask, regions_of
from mien.runtime.stages import StageTimes

STEP_NS = 16_666_667


def texture(shift_px: float, *, seed: int = 0) -> np.ndarray:
    """Smooth noise, moved to the right by a fraction of a pixel, exactly (in frequency)."""
    noise = np.random.default_rng(seed).normal(size=(128, 128))
    fx, fy = np.meshgrid(np.fft.fftfreq(128), np.fft.fftfreq(128))
    band = np.exp(-(((fx**2 + fy**2) ** 0.5 - 0.06) ** 2) / (2 * 0.03**2))
    moved = np.fft.fft2(noise) * band * np.exp(-2j * np.pi * fx * shift_px)
    image = np.fft.ifft2(moved).real
    return np.clip(128 + 45 * image / image.std(), 0, 255).astype(np.uint8)


def watches(*cameras):
    return [SlipWatch(camera, FlowConfig(), times=StageTimes()) for camera in cameras]


def shift(watch, per_step_px, *, steps=10):
    for step in range(steps + 1):
        watch.run(texture(step * per_step_px), elapsed_ns=STEP_NS)


def test_a_shift_that_all_cameras_see_is_one_slip():
    both = watches("eye_left", "mouth")
    for watch in both:
        shift(watch, 0.4)
    left, _, mouth, _ = take_shift(both)
    assert min(left, mouth) > 1
    assert take_shift(both) is None


def test_a_shift_that_one_camera_sees_is_an_expression():
    both = watches("eye_left", "mouth")
    shift(both[1], 0.4)
    assert both[1].shift > 1
    assert take_shift(both) is None


def test_one_of_three_cameras_may_see_a_slip_in_part():
    for part_px, is_slip in ((0.12, True), (0.0, False)):
        three = watches("eye_left", "eye_right", "mouth")
        for watch, per_step_px in zip(three, (0.4, part_px, 0.4), strict=True):
            shift(watch, per_step_px)
        assert (take_shift(three) is not None) == is_slip


def test_slow_drift_is_no_slip():
    (watch,) = watches("eye_left")
    shift(watch, 0.01, steps=60)
    assert take_shift([watch]) is None


def test_crops_far_apart_in_time_are_not_compared():
    (watch,) = watches("eye_left")
    for step in range(10):
        watch.run(texture(step), elapsed_ns=10**9)
    assert take_shift([watch]) is None
    assert watch.motion is None


def test_without_cameras_nothing_slips():
    assert take_shift([]) is None


def test_regions_lie_in_the_crop_and_the_band_at_its_edge():
    for camera in ("eye_left", "eye_right", "mouth"):
        for box in regions_of(camera).values():
            x0, y0, x1, y1 = box
            assert 0 <= x0 < x1 <= 1
            assert 0 <= y0 < y1 <= 1
            assert region_mask(box).any()
    band = reference_band()
    assert band[0].all()
    assert not band[64, 64]

"""How far rendered crops are from real ones, and the sheet that shows both."""

from __future__ import annotations

import numpy as np
import pytest

from bench import contact_sheet, realism
from mien.types import centred_camera
from mien.vision.preprocess import Crop, Preprocessor


def crop_of(level: float, *, grain: float, seed: int) -> Crop:
    image = level + grain * np.random.default_rng(seed).standard_normal((128, 128))
    image += 30 * np.sin(np.arange(128) / 9)
    gray = np.clip(image, 0, 255).astype(np.uint8)
    crop: Crop = Preprocessor(centred_camera(128, 128)).run(gray)
    return crop


def test_a_crop_is_no_distance_from_itself() -> None:
    one = realism.statistics(crop_of(100, grain=4, seed=1))
    assert set(realism.distances(one, one).values()) == {0.0}


def test_brightness_shows_in_gray_levels_alone() -> None:
    dark, bright = (realism.statistics(crop_of(level, grain=4, seed=1)) for level in (90, 120))
    apart = realism.distances(dark, bright)
    assert apart["intensity"] == pytest.approx(30, abs=0.5)
    assert apart["gradient"] < 0.2
    assert apart["spectrum"] < 0.2


def test_grain_shows_in_spectrum_and_gradient() -> None:
    smooth, grainy = (realism.statistics(crop_of(100, grain=g, seed=1)) for g in (1, 8))
    apart = realism.distances(smooth, grainy)
    assert apart["spectrum"] > 6
    assert apart["gradient"] > 3


def test_a_wave_peaks_at_its_frequency() -> None:
    wave = np.tile(np.sin(2 * np.pi * 20 * np.arange(128) / 128), (128, 1))
    assert realism.radial_power_db(wave * 100).argmax() + 1 == 20


def test_sheet_leaves_real_cells_empty_without_data() -> None:
    first = contact_sheet.real_cell(None, "eye", row=0)
    np.testing.assert_array_equal(first, contact_sheet.empty_cell("real frame:", "needs the data"))

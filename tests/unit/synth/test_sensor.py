from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from mien.synth.look import CameraLook
from mien.synth.sensor import Sensor
from mien.synth.surroundings import draw_backdrop, draw_cover
from mien.types import Gray8, centred_camera

CAMERA = centred_camera(120, 100)
PLAIN = CameraLook(
    leds=((0.0, 0.0, 60.0, 1.0),),
    ambient=0.1,
    glint=0.001,
    exposure_level=110.0,
    noise=0.0,
    blur_px=0.5,
    vignette=0.0,
    black=8.0,
    gain_step=0.0,
    background=0.03,
)
FAULTS: dict[str, Any] = {
    "background_contrast": 0.8,
    "defocus_px": 2.0,
    "cover": 0.3,
    "band": 0.1,
    "jpeg_quality": 40,
    "noise": 2.0,
    "vignette": 0.4,
}


def scene() -> np.ndarray:
    y, x = np.mgrid[0:100, 0:120]
    light = (0.5 + 0.4 * np.sin(x / 4.0) * np.cos(y / 5.0)).astype(np.float32)
    light[(x - 60) ** 2 + (y - 50) ** 2 > 40**2] = np.float32(PLAIN.background)
    return np.asarray(light)


def shot(look: CameraLook, frame: int = 0) -> Gray8:
    sensor = Sensor(CAMERA, look, np.random.default_rng(5), frames=10)
    sensor.expose(scene())
    return sensor.read(scene(), frame)


@pytest.mark.parametrize("fault", FAULTS)
def test_each_fault_changes_the_image_and_can_be_left_out(fault: str) -> None:
    look = replace(PLAIN, **{fault: FAULTS[fault]}, band_turns=3.0)

    assert (shot(look) != shot(PLAIN)).mean() > 0.02
    np.testing.assert_array_equal(
        shot(replace(look, **{fault: getattr(PLAIN, fault)})), shot(PLAIN)
    )


def test_same_seed_gives_same_bytes() -> None:
    look = replace(PLAIN, **FAULTS)
    assert shot(look).tobytes() == shot(look).tobytes()


def test_bands_move_from_frame_to_frame() -> None:
    look = replace(PLAIN, band=0.1, band_turns=2.0, band_drift=0.3)
    assert (shot(look, 0) != shot(look, 1)).any()


def test_only_the_headset_edge_hides_and_tells_so() -> None:
    covered = Sensor(CAMERA, replace(PLAIN, cover=0.3), np.random.default_rng(5), frames=1)
    clear = Sensor(CAMERA, PLAIN, np.random.default_rng(5), frames=1)
    covered.expose(scene())
    clear.expose(scene())

    differs = covered.read(scene(), 0).astype(int) - clear.read(scene(), 0)
    assert 0.01 < covered.hidden.mean() < 0.5
    assert not clear.hidden.any()
    inside = np.abs(differs[~covered.hidden & (scene() > 0.05)])
    assert np.median(inside) <= np.median(np.abs(differs[covered.hidden]))


@pytest.mark.parametrize("seed", range(8))
def test_cover_comes_in_from_the_rim_and_leaves_the_middle(seed: int) -> None:
    cover = draw_cover((80, 60), np.random.default_rng(seed), reach=0.28)
    assert not cover.hidden[25:35, 35:45].any()
    assert cover.alpha.max() == pytest.approx(1.0)


def test_backdrop_is_as_bright_as_asked() -> None:
    even = draw_backdrop((80, 60), np.random.default_rng(1), light=0.2, contrast=0.0)
    np.testing.assert_allclose(even, 0.2, rtol=1e-6)
    varied = draw_backdrop((80, 60), np.random.default_rng(1), light=0.2, contrast=0.8)
    assert varied.min() > 0
    assert varied.std() > 0.02

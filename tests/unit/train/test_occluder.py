from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("cv2", reason="needs OpenCV")

from mien.config import PreprocessConfig
from mien.train.occluder import COVERS, covered_area, draw_cover, occlude
from mien.types import centred_camera
from mien.vision.preprocess import Preprocessor

PREPROCESS = PreprocessConfig()
SMALL = ("lashes",)
"""They cannot cover half a crop in every drawing."""


def skin(seed=0):
    """A textured gray picture with an edge in it, as an eye crop has."""
    rng = np.random.default_rng(seed)
    coarse = rng.normal(0, 1, (16, 16)).repeat(8, 0).repeat(8, 1)
    picture = 120 + 16 * coarse + rng.normal(0, 3, (128, 128))
    picture[50:70, 40:90] -= 60
    return np.clip(picture, 0, 255).astype(np.uint8)


def seen(gray):
    """What the network sees of a picture on the device, real values."""
    crop = Preprocessor(centred_camera(128, 128), PREPROCESS).run(gray)
    return crop.gray.copy(), crop.quant.astype(np.float32) * PREPROCESS.scale


@pytest.mark.parametrize("kind", COVERS)
@pytest.mark.parametrize("area", [0.05, 0.2, 0.4])
def test_a_cover_has_about_the_area_that_was_asked_for(kind, area):
    reached = [draw_cover(kind, area, (7, number)).area for number in range(6)]
    if kind in SMALL and area == 0.4:
        assert max(reached) > 0.2
    else:
        # The thinnest rim is one pixel, and hairs come one by one.
        assert np.median(np.abs(np.array(reached) - area)) <= max(0.1 * area, 0.02)


@pytest.mark.parametrize("kind", COVERS)
def test_the_same_key_draws_the_same_cover(kind):
    first, again, other = (draw_cover(kind, 0.2, key) for key in ((3, 1), (3, 1), (3, 2)))
    assert np.array_equal(first.mask, again.mask)
    assert np.array_equal(first.gray, again.gray)
    assert not np.array_equal(first.mask, other.mask)
    assert first.area == covered_area(np.round(first.mask * 255).astype(np.uint8))


@pytest.mark.parametrize("kind", COVERS)
def test_far_from_a_cover_nothing_changes(kind):
    x = seen(skin())[1]
    cover = draw_cover(kind, 0.05, (5, 5))
    changed = occlude(x, cover, PREPROCESS) != x
    near = np.argwhere(cover.mask > 0)
    reach = PREPROCESS.window_px // 2 + 1
    for y, row in enumerate(changed):
        for position in np.flatnonzero(row)[::7]:
            assert (np.abs(near - (y, position)).max(axis=1) <= reach).any()
    assert changed.any()


@pytest.mark.parametrize("kind", ["strap", "finger", "glare", "hair", "beard", "microphone"])
def test_a_covered_crop_looks_as_if_the_camera_had_seen_the_cover(kind):
    gray, x = seen(skin())
    differences, levels = [], []
    for number in range(4):
        cover = draw_cover(kind, 0.2, (11, number))
        picture = gray + cover.mask * (cover.gray - gray)
        true = seen(np.round(picture).astype(np.uint8))[1]
        drawn = occlude(x, cover, PREPROCESS)
        inner = (slice(8, -8), slice(8, -8))  # the borders are averaged over otherwise
        differences.append(np.abs(drawn - true)[inner].mean())
        levels.append(np.abs(x - true)[inner].mean())
    # An approximation: a crop no longer tells how much contrast the camera saw.
    assert np.mean(differences) < 0.35 * np.mean(levels)

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from mien.synth import skin
from mien.synth.beard import paint_beard
from mien.synth.head import Head
from mien.synth.skin import SkinLook, draw_skin, paint_skin
from mien.synth.strokes import landmark_texels

SMALL = 512


def plain() -> SkinLook:
    look = draw_skin(np.random.default_rng(3))
    return replace(look, stubble=0.0, beard=0.0, moustache=0.0, sparkle=0.0)


@pytest.fixture
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(skin, "SIZE", SMALL)


def painted(head: Head, look: SkinLook) -> np.ndarray:
    return paint_skin(head, look, np.random.default_rng(4))


@pytest.mark.usefixtures("_small")
@pytest.mark.parametrize(
    ("part", "layer"), [("beard", 0), ("moustache", 0), ("stubble", 0), ("sparkle", 3)]
)
def test_each_part_shows_and_is_the_same_for_the_same_seed(
    head: Head, part: str, layer: int
) -> None:
    change: dict[str, Any] = {part: 0.7}
    look = replace(plain(), **change)
    with_part, without = painted(head, look), painted(head, plain())

    assert (with_part[..., layer] != without[..., layer]).mean() > 0.002
    np.testing.assert_array_equal(with_part, painted(head, look))


def test_beard_darkens_below_the_mouth_and_moustache_above(head: Head) -> None:
    points = landmark_texels(head, skin.SIZE)
    chin, upper = points[8].astype(int), ((points[33] + points[51]) / 2).astype(int)
    for settings, place in (
        ({"beard": 0.8, "moustache": 0.0}, chin),
        ({"beard": 0.0, "moustache": 0.8}, upper),
    ):
        albedo = np.ones((skin.SIZE, skin.SIZE), np.float32)
        paint_beard(albedo, points, np.random.default_rng(0), **settings)
        x, y = place
        assert albedo[y - 12 : y + 12, x - 12 : x + 12].mean() < 0.85
        nose_x, nose_y = points[28].astype(int)
        assert albedo[nose_y, nose_x] == 1.0

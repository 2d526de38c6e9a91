"""Motion while the shutter is open, and folds that deepen."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from mien import schema
from mien.synth.exposure import Shutter, exposed
from mien.synth.look import draw_look
from mien.synth.rigs import draw_rig
from mien.synth.wrinkles import SIZE, contraction, paint_wrinkles

pytestmark = pytest.mark.data


@pytest.fixture(scope="module")
def look(head):
    rng = np.random.default_rng(1)
    rig = draw_rig(head, "train", rng).cameras
    drawn = draw_look(rig, rng).cameras["eye_left"]
    return replace(drawn, shutter=0.2, readout=0.4)


@pytest.fixture
def shutter(look):
    values = np.zeros((20, schema.VALUE_COUNT), np.float32)
    values[10:, schema.VALUE_INDEX["jaw_drop"]] = np.linspace(0.2, 1.0, 10)
    return Shutter(values, np.zeros((20, 6)), (look,))


def test_still_frames_are_drawn_once(shutter):
    assert [len(shutter.offsets(frame)) for frame in (0, 5, 8, 9, 10)] == [1, 1, 1, 3, 3]
    assert shutter.offsets(0).tolist() == [0.0]


def test_offsets_span_the_exposure_around_the_frames_time(shutter):
    assert shutter.offsets(10) == pytest.approx([-0.3, 0.0, 0.3])


def test_an_instant_between_frames_lies_between_them(shutter):
    jaw = schema.VALUE_INDEX["jaw_drop"]
    assert shutter.instant(10, 0.0).values[jaw] == pytest.approx(0.2)
    assert shutter.instant(10, -0.3).values[jaw] == pytest.approx(0.14)
    assert shutter.instant(19, 0.3).values[jaw] == pytest.approx(1.0)


def test_rows_are_exposed_one_after_another(look):
    lights = [np.full((100, 4), level, np.float32) for level in (0.0, 1.0, 2.0)]
    offsets = np.array([-0.3, 0.0, 0.3])
    frame = exposed(lights, offsets, look)
    # Level is time over 0.3, plus 1.
    assert frame[0, 0] == pytest.approx(1 - 0.2 / 0.3, abs=0.02)
    assert frame[50, 0] == pytest.approx(1.0, abs=0.02)
    assert frame[-1, 0] == pytest.approx(1 + 0.2 / 0.3, abs=0.02)
    assert exposed(lights[:1], offsets[1:2], look) is lights[0]


def test_what_stands_still_is_not_blurred(look):
    light = np.random.default_rng(0).random((30, 20)).astype(np.float32)
    frame = exposed([light] * 3, np.array([-0.3, 0.0, 0.3]), look)
    assert np.allclose(frame, light, atol=1e-6)


def test_folds_deepen_with_their_units_on_their_side(raised):
    rest, smile = (contraction(raised(**v), 1.0) for v in ({}, {"cheek_raiser_left": 1.0}))
    assert smile[0][2] > rest[0][2] + 0.5
    assert smile[1] == rest[1]
    assert contraction(raised(brow_lowerer=1.0), 0.0) == ((0.0,) * 4, (0.0,) * 4)


def test_painted_folds_are_flat_but_for_lines(head):
    folds = paint_wrinkles(head, np.random.default_rng(4))
    assert folds.shape == (SIZE, SIZE, 4)
    for group in range(4):
        assert np.median(folds[..., group]) == 128
        assert 0.0005 < (np.abs(folds[..., group].astype(int) - 128) > 8).mean() < 0.06

"""Reading what the action-unit detection layer gives."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from mien import schema
from mien.runtime.unit_boxes import (
    BOX_CLASSES,
    CELLS,
    FACE,
    FIELDS,
    REACH,
    cell_middles,
    decode_boxes,
)

cells = st.integers(0, CELLS - 1)
reaches = st.lists(st.floats(0, 1, width=32), min_size=4, max_size=4)


@given(cell=cells, score=st.floats(0.03125, 1, width=32), reach=reaches)
def test_the_surest_cell_speaks_for_its_class_from_its_own_middle(cell, score, reach):
    raw = np.full((2 * FIELDS, CELLS), 0.01, np.float32)
    raw[FIELDS:, cell] = score, *reach
    found = decode_boxes(raw)
    x, y = cell_middles()[cell]
    left, up, right, down = (REACH[0] + (REACH[1] - REACH[0]) * one for one in reach)
    expected = np.clip([x - left, y - up, x + right, y + down], 0, 1)
    assert found.scores[1] == np.float32(score)
    np.testing.assert_allclose(found.boxes[1], expected, atol=1e-6)


def test_a_stack_of_crops_is_read_as_each_of_them():
    raw = np.random.default_rng(0).random((3, 4 * FIELDS, CELLS)).astype(np.float32)
    whole = decode_boxes(raw)
    assert whole.scores.shape == (3, 4)
    for at in range(3):
        one = decode_boxes(raw[at])
        np.testing.assert_array_equal(whole.scores[at], one.scores)
        np.testing.assert_array_equal(whole.boxes[at], one.boxes)


def test_every_unit_that_a_network_gives_has_a_class_and_gaze_has_none():
    for kind, outputs in (("eye", schema.EYE_OUTPUTS), ("mouth", schema.MOUTH_OUTPUTS)):
        assert BOX_CLASSES[kind][-1] == FACE
        gaze = {name for name in outputs if name.startswith("gaze")}
        assert set(BOX_CLASSES[kind][:-1]) == set(outputs) - gaze

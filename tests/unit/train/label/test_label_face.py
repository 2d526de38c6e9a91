from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from mien import schema
from mien.capture.cues import Cue
from mien.train.label_config import LabelConfig
from mien.train.label_face import UNVOUCHED, vouched
from mien.train.label_tracks import CameraCrops
from mien.train.labeller import label_crops
from mien.types import centred_camera

FPS, SIZE = 30, 128


def cues_of(name):
    return [
        Cue(0, 10**9, "neutral"),
        Cue(10**9, 2 * 10**9, "take", name),
        Cue(2 * 10**9, 3 * 10**9, "neutral"),
    ]


def sky(seed):
    """A bright sky that nothing holds on to, and a cloud that comes and goes with the take."""
    rng = np.random.default_rng(seed)
    rows, columns = np.mgrid[0:SIZE, 0:SIZE]
    t_ns = (np.arange(3 * FPS) * 1e9 / FPS).astype(np.int64)
    crops = np.empty((len(t_ns), SIZE, SIZE), np.uint8)
    for at, t in enumerate(t_ns * 1e-9):
        way = 20 * np.sin(np.pi * np.clip(t - 1, 0, 1)) ** 2 + 4 * t
        cloud = 60 * np.exp(-((columns - 40 - way) ** 2 + (rows - 80) ** 2) / (2 * 14**2))
        noisy = 90 + 0.5 * rows + cloud + rng.normal(size=(SIZE, SIZE)) * 1.5
        crops[at] = np.clip(noisy, 0, 255)
    return CameraCrops(centred_camera(SIZE, SIZE), t_ns, crops)


@pytest.mark.parametrize("unit", ["lip_corner_puller", "jaw_drop", "brow_lowerer", "lid_closure"])
def test_a_film_without_a_face_gets_no_label_at_all(unit):
    views = {camera: sky(seed) for seed, camera in enumerate(schema.CAMERAS)}
    table = label_crops("s", views, cues_of(unit), config=LabelConfig()).table
    assert len(table)
    assert not table.mask.any()
    assert UNVOUCHED in table.refusals


def test_a_face_is_vouched_for_and_keeps_its_rows(rom):
    labelled = rom.label()
    assert labelled.table.mask.any()
    assert UNVOUCHED not in labelled.table.refusals
    assert vouched(labelled.table, labelled.cameras) is labelled.table


def test_a_camera_whose_every_take_was_refused_says_nothing_of_rest(rom):
    labelled = rom.label()
    blind = [
        replace(
            view,
            takes=tuple(replace(t, take=replace(t.take, refusal="shaky")) for t in view.takes),
        )
        if view.camera == "eye_left"
        else view
        for view in labelled.cameras
    ]
    table = vouched(labelled.table, blind)
    brow, jaw = (schema.VALUE_INDEX[name] for name in ("brow_lowerer_left", "jaw_drop"))
    assert not table.mask[table.name == brow].any()
    assert table.mask[table.name == jaw].any()
    assert len(table) == len(labelled.table)
    before = labelled.table.where(labelled.table.name == brow)
    after = table.where(table.name == brow)
    kept = ~before.mask
    words = np.array(before.refusals)[before.refusal], np.array(after.refusals)[after.refusal]
    assert (words[0][kept] == words[1][kept]).all()
    assert (words[1][~kept] == UNVOUCHED).all()

"""A real infrared eye, from another camera than any that was rendered: three blinks by hand."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import mien
from bench.blinks import runs_above

pytestmark = [pytest.mark.model, pytest.mark.data]

CLIP = "eyeloop_short_human_3blink.mp4"


def test_runs_are_half_open():
    assert runs_above(np.array([1, 0, 1, 1, 0, 1.0]), 0.5) == [(0, 1), (2, 4), (5, 6)]


def test_the_three_blinks_of_the_real_clip_are_found_and_nothing_else(shared_data: Path):
    pytest.importorskip("cv2")
    folder = shared_data / "eye_ir"
    blinks = json.loads((folder / "eyeloop_blinks.json").read_text(encoding="utf-8"))["blinks"]
    with (
        mien.Tracker.load() as tracker,
        mien.open_source(folder / CLIP, camera="eye_left") as source,
    ):
        curve = np.array([s.units["lid_closure_left"] for s in tracker.track(source)])
    assert len(curve) == 284
    runs = runs_above(curve, 0.5)
    shut = [(b["onset"], b["reopened"]) for b in blinks]
    for onset, reopened in shut:
        own = [(a, b) for a, b in runs if a < reopened and onset < b]
        assert own, f"no blink in {onset}..{reopened}"
        assert max(b - a for a, b in own) <= 1.5 * (reopened - onset), f"lid sticks: {own}"
    shortest = min(b - a for a, b in shut)
    stray = [(a, b) for a, b in runs if not any(a < y and x < b for x, y in shut)]
    assert [run for run in stray if run[1] - run[0] >= shortest] == []

"""Without a mouth camera the eyes guess the lower face, and nothing is called tracked for it."""

from __future__ import annotations

import numpy as np
import pytest

from mien import schema
from mien.config import TrackerConfig
from mien.runtime.fallback import Fallback
from mien.runtime.fusion import Fusion
from mien.runtime.tracker import Tracker

SMILE = schema.FALLBACK_OUTPUTS.index("lip_corner_puller")
JAW = schema.FALLBACK_OUTPUTS.index("jaw_drop")
HEADS = {"eye": {"fallback": {"lip_corner_puller": {"r": 0.6}, "jaw_drop": {"r": 0.5}}}}
MS = 1_000_000


def guess(smile, jaw):
    values = np.full(len(schema.FALLBACK_OUTPUTS), 0.9, np.float32)
    values[SMILE], values[JAW] = smile, jaw
    return values


def fused(fallback):
    return Fusion({}, schema.VALUE_NAMES, hold_ns=100 * MS, fade_ns=300 * MS, fallback=fallback)


def at(values, name):
    return float(values[schema.VALUE_INDEX[name]])


def test_each_eye_guesses_its_side_and_both_what_has_none():
    fusion = fused(Fallback(HEADS))
    for camera, smile, jaw in (("eye_left", 0.8, 0.2), ("eye_right", 0.4, 0.6)):
        fusion.take(camera, np.zeros(10, np.float32), t_ns=0)
        fusion.fallback.take(camera, guess(smile, jaw))
    values = fusion.run(0)
    assert at(values, "lip_corner_puller_left") == pytest.approx(0.8)
    assert at(values, "lip_corner_puller_right") == pytest.approx(0.4)
    assert at(values, "jaw_drop") == pytest.approx(0.4)
    assert at(values, "lip_pucker") == 0, "its guess follows nothing"
    jaw = schema.VALUE_INDEX["jaw_drop"]
    assert fusion.valid()[jaw]
    assert not fusion.tracked(0)[jaw]
    assert not fusion.valid()[schema.VALUE_INDEX["lip_pucker"]]


def test_the_guess_takes_over_as_the_mouth_fades_without_a_jump():
    fusion = fused(Fallback(HEADS))
    fusion.take("mouth", np.full(len(schema.MOUTH_OUTPUTS), 0.5, np.float32), t_ns=0)
    seen = []
    for ms in range(0, 500, 10):
        fusion.take("eye_left", np.zeros(10, np.float32), t_ns=ms * MS)
        fusion.fallback.take("eye_left", guess(0.9, 0.9))
        seen.append(at(fusion.run(ms * MS), "jaw_drop"))
    assert seen[0] == seen[10] == pytest.approx(0.5), "held"
    assert seen[-1] == pytest.approx(0.9)
    assert max(abs(np.diff(seen))) < 0.05


def test_an_eye_that_went_too_takes_its_guess_with_it():
    fusion = fused(Fallback(HEADS))
    fusion.take("eye_left", np.zeros(10, np.float32), t_ns=0)
    fusion.fallback.take("eye_left", guess(0.9, 0.9))
    assert at(fusion.run(1000 * MS), "jaw_drop") == 0


@pytest.mark.parametrize(
    "heads", [{}, {"eye": {}}, {"eye": {"fallback": {"jaw_drop": {"r": 0.1}}}}]
)
def test_a_model_that_guesses_badly_or_not_at_all_leaves_it(heads):
    assert fused(Fallback(heads)).fallback is None


@pytest.mark.parametrize(("seen", "is_tracked"), [(0.2, False), (0.8, True)])
def test_what_is_mostly_covered_is_not_called_tracked(bench, seen, is_tracked):
    class CoveredModel(bench.probe):
        def beside_units(self, kind, output):
            is_attention = output == "attention" and kind == "eye"
            return np.full(64, seen, np.float32) if is_attention else None

    tracker = Tracker(CoveredModel(), config=TrackerConfig(min_confidence=0.5))
    tracker.start(bench.rig)
    state = tracker.step(bench.frames(["eye_left"], count=1)[0])
    assert state.tracked[schema.VALUE_INDEX["lid_closure_left"]] == is_tracked
    assert state.valid[schema.VALUE_INDEX["lid_closure_left"]]
    assert not state.tracked[schema.VALUE_INDEX["jaw_drop"]]

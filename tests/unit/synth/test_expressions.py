"""Emotions, micro-expressions and speech in the motion of a session."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from mien import schema
from mien.errors import ConfigError
from mien.synth.expressions import EMOTIONS, PROTOTYPES, VISEMES, speech_curves
from mien.synth.motion import Mix, make_motion
from mien.synth.spontaneous import spontaneous_curves

NOTHING = Mix(takes=0, gaze_s=0, speech_s=0, emotions=0, micro=0, spontaneous_s=0)


def _motion(seed: int = 0, **mix):
    settings = {"takes": 0, "gaze_s": 0, "speech_s": 0, "emotions": 0, "micro": 0}
    mix = Mix(**(settings | {"spontaneous_s": 0} | mix))
    return make_motion("train", np.random.default_rng(seed), fps=60.0, mix=mix)


def _column(motion, name: str) -> np.ndarray:
    return motion.values[:, schema.VALUE_INDEX[name]]


def test_tables_name_units():
    names = {unit for variants in PROTOTYPES.values() for v in variants for unit, _ in v}
    names |= {unit for viseme in VISEMES.values() for unit in viseme}
    assert {name.removesuffix("_one_side") for name in names} <= set(schema.UNIT_BY_NAME)
    shares = [s for variants in PROTOTYPES.values() for v in variants for _, s in v]
    shares += [s for viseme in VISEMES.values() for s in viseme.values()]
    assert 0 < min(shares) <= max(shares) <= 1


def test_every_posed_emotion_is_told():
    motion = _motion(emotions=7)
    assert {EMOTIONS[code] for code in np.unique(motion.emotion)} == set(EMOTIONS)
    assert motion.emotion_intensity.max() > 0.5
    assert ((motion.emotion == 0) <= (motion.emotion_intensity < 0.02)).all()
    happy = motion.emotion == EMOTIONS.index("happiness")
    assert _column(motion, "lip_corner_puller_left")[happy].max() > 0.4
    assert _column(motion, "cheek_raiser_right")[happy].max() > 0.4
    assert _column(motion, "brow_lowerer_left")[happy].max() == 0


def test_micro_expressions_are_short_and_weak():
    motion = _motion(micro=40)
    felt = np.concatenate([[0], motion.emotion > 0, [0]]).astype(int)
    starts, ends = np.flatnonzero(np.diff(felt) == 1), np.flatnonzero(np.diff(felt) == -1)
    assert len(starts) == 40
    seconds = (ends - starts) / 60.0
    assert seconds.min() >= 0.015
    assert seconds.max() <= 0.5
    assert 0.05 < motion.emotion_intensity.max() <= 0.3
    brow = _column(motion, "brow_lowerer_left")
    assert 0.02 < brow.max() < 0.4


def test_contempt_is_one_sided():
    motions = [_motion(seed, emotions=7) for seed in range(4)]
    for motion in motions:
        there = motion.emotion == EMOTIONS.index("contempt")
        sides = [_column(motion, f"dimpler_{side}")[there].max() for side in schema.SIDES]
        assert min(sides) == 0
        assert max(sides) > 0.2


def test_speech_opens_the_mouth_several_times_a_second():
    rows = speech_curves(600, 60.0, np.random.default_rng(1))
    jaw = rows[:, schema.VALUE_INDEX["jaw_drop"]]
    ups = ((jaw[1:-1] > jaw[:-2]) & (jaw[1:-1] >= jaw[2:]) & (jaw[1:-1] > 0.05)).sum()
    assert 10 < ups < 60
    assert (rows >= 0).all()
    assert (rows <= 1).all()
    assert np.abs(np.diff(rows, axis=0)).max() < 0.2
    assert not rows[:, [schema.VALUE_INDEX[n] for n in schema.GAZE_NAMES]].any()


def test_a_mix_of_nothing_is_neutral():
    motion = make_motion("test", np.random.default_rng(0), fps=30.0, mix=NOTHING)
    assert {cue.kind for cue in motion.cues} == {"neutral"}
    assert not motion.emotion.any()


def test_takes_follow_the_mix():
    names = [cue.name for cue in _motion(takes=3).cues if cue.kind == "take"]
    assert names.count("jaw_drop") == 3


@pytest.mark.parametrize("field", ["takes", "gaze_s", "emotions"])
def test_a_mix_out_of_range_is_refused(field):
    with pytest.raises(ConfigError, match=field):
        Mix(**{field: -1})


def test_splits_replay_different_parts_of_a_recorded_take(tmp_path: Path):
    time_s = np.arange(3000) / 30.0
    path = tmp_path / "take.npz"
    values = (time_s / time_s[-1])[:, None]
    np.savez(path, names=np.array(["JawOpen"]), time_s=time_s, values=values)
    parts = {}
    for split in ("train", "validation", "test"):
        seen = [
            spontaneous_curves(900, 30.0, np.random.default_rng(seed), path=path, split=split)
            for seed in range(12)
        ]
        jaw = np.stack(seen)[..., schema.VALUE_INDEX["jaw_drop"]]
        parts[split] = (jaw.min(), jaw.max())
    assert parts["train"][1] <= 0.6 <= parts["validation"][0]
    assert parts["validation"][1] <= 0.8 <= parts["test"][0]

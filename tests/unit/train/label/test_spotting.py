from __future__ import annotations

import numpy as np
import pytest

from mien.capture.cues import Cue
from mien.errors import ConfigError
from mien.train.label_config import LabelConfig
from mien.train.spot_curves import Stretch, uncued
from mien.train.spotting import SpotConfig, spot, spots_of

FPS = 50
BROWS, LID, JAW = "inner_brow_raiser_left", "lid_raiser_left", "jaw_drop"
COLUMNS = ((BROWS, "eye_left"), (LID, "eye_left"), (JAW, "mouth"))


def stretch(*curves, noise=0.006, seconds=8.0):
    t_ns = (np.arange(round(seconds * FPS)) * 1e9 / FPS).astype(np.int64)
    share = np.random.default_rng(3).normal(0, noise, (len(t_ns), len(COLUMNS)))
    for column, curve in curves:
        share[:, [name for name, _ in COLUMNS].index(column)] += curve(t_ns * 1e-9)
    return Stretch(t_ns, COLUMNS, share)


def bump(at_s, length_s, height):
    return lambda t_s: height * np.sin(np.pi * np.clip((t_s - at_s) / length_s, 0, 1))


def step(at_s, height):
    return lambda t_s: height * np.clip((t_s - at_s) / 0.1, 0, 1)


@pytest.mark.parametrize("height", [0.1, 0.2, 0.3])
@pytest.mark.parametrize("length_s", [0.12, 0.3, 0.5])
def test_a_small_short_rise_is_found_when_it_was(height, length_s):
    events = spots_of(stretch((BROWS, bump(3.0, length_s, height))), SpotConfig())
    assert len(events) == 1
    event = events[0]
    assert event.is_micro
    assert list(event.units) == [BROWS]
    assert event.units[BROWS] == pytest.approx(height, abs=0.03)
    middle_ns, slack_ns = (3.0 + length_s / 2) * 1e9, 0.25 * length_s * 1e9
    assert event.apex_ns == pytest.approx(middle_ns, abs=slack_ns)
    assert event.onset_ns == pytest.approx(3.0e9, abs=slack_ns)
    assert event.offset_ns == pytest.approx((3.0 + length_s) * 1e9, abs=slack_ns)


def test_units_that_rise_together_are_one_event_and_two_in_turn_are_two():
    both = spots_of(stretch((BROWS, bump(2, 0.3, 0.2)), (JAW, bump(2, 0.3, 0.2))), SpotConfig())
    assert [set(event.units) for event in both] == [{BROWS, JAW}]
    turns = spots_of(stretch((BROWS, bump(2, 0.3, 0.2)), (JAW, bump(4, 0.3, 0.2))), SpotConfig())
    assert [list(event.units) for event in turns] == [[BROWS], [JAW]]


@pytest.mark.parametrize(
    "curve", [step(3.0, 0.3), bump(3.0, 2.0, 0.3), bump(3.0, 0.3, -0.2), bump(3.0, 0.3, 0.015)]
)
def test_what_stays_lasts_sinks_or_hardly_shows_is_no_event(curve):
    assert spots_of(stretch((BROWS, curve)), SpotConfig()) == []


def test_lids_alone_are_no_event_but_are_named_in_one():
    assert spots_of(stretch((LID, bump(3, 0.3, 0.3))), SpotConfig()) == []
    found = spots_of(stretch((LID, bump(3, 0.3, 0.3)), (JAW, bump(3, 0.3, 0.2))), SpotConfig())
    assert [set(event.units) for event in found] == [{LID, JAW}]


def test_noise_alone_is_no_event():
    assert spots_of(stretch(noise=0.05, seconds=60), SpotConfig()) == []


def test_where_a_spontaneous_cue_begins_tells_nothing():
    kinds = ("neutral", "spontaneous", "neutral", "gaze", "neutral", "spontaneous", "neutral")
    cues = [Cue(at * 10**9, (at + 1) * 10**9, kind) for at, kind in enumerate(kinds)]
    assert uncued(cues) == [(0, 3 * 10**9), (4 * 10**9, 7 * 10**9)]
    assert uncued([Cue(0, 10**9, "neutral")]) == []


def test_movements_of_a_face_of_noise_are_found_and_named_without_their_cues(rom):
    """The takes themselves, as if nobody had asked for them."""
    labelled = rom.label()
    whole = [Cue(0, rom.cues[-1].end_ns, "spontaneous")]
    config = SpotConfig(longest_s=1.2, edge_share=0.6)
    events = spot(labelled.cameras, rom.views, whole, labels=LabelConfig(), config=config)
    for cue in rom.cues:
        if cue.kind != "take" or cue.name.startswith("lid_closure"):
            continue
        middle_ns = (cue.start_ns + cue.end_ns) / 2
        near = [event for event in events if abs(event.apex_ns - middle_ns) < 0.15e9]
        assert near, cue.name
        assert next(iter(near[0].units)).startswith(cue.name)


def test_a_setting_out_of_range_is_refused():
    with pytest.raises(ConfigError, match="edge_share"):
        SpotConfig(edge_share=1.5)

"""The shipped model on the shipped session: every frame counts, and the same run is the same."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import mien
from mien import metrics
from mien.studio.demo import MEAN_R_FLOOR
from mien.studio.evaluate import Curves, track_session

pytestmark = pytest.mark.model


@pytest.fixture(scope="module")
def tracked(sample_session: Path) -> tuple[Curves, mien.Tracker]:
    pytest.importorskip("cv2")
    tracker = mien.Tracker.load()
    return track_session(sample_session, tracker), tracker


def test_no_frame_is_lost(tracked, sample_session):
    curves, tracker = tracked
    session = mien.open_session(sample_session)
    counts = {camera: len(session.times_ns(camera)) for camera in session.cameras}
    assert {name: c.frames for name, c in tracker.health.cameras.items()} == counts
    assert len(curves.t_ns) == max(counts.values())
    assert tracker.health.bad_frames == 0


def test_the_curves_follow_the_truth(tracked):
    curves, _ = tracked
    scores = metrics.score(curves.truth, curves.got)
    control = metrics.score(metrics.shuffled(curves.truth), curves.got)
    assert scores.mean_r >= MEAN_R_FLOOR
    assert abs(control.mean_r) < 0.1


def test_left_and_right_are_not_swapped(tracked):
    """Each side follows its own truth better than the other side's, where the two differ."""
    curves, _ = tracked
    compared = 0
    for index, name in enumerate(mien.VALUE_NAMES):
        if not name.endswith("_left"):
            continue
        left, right = curves.truth[:, index], curves.truth[:, index + 1]
        difference = (left - right).astype(float)
        got = (curves.got[:, index] - curves.got[:, index + 1]).astype(float)
        known = np.isfinite(difference) & np.isfinite(got)
        if not known.any() or difference[known].std() < 0.08:
            continue
        compared += 1
        assert np.corrcoef(difference[known], got[known])[0, 1] > 0, name
    assert compared >= 1


def test_the_same_run_gives_the_same_bits(tracked, sample_session):
    again = track_session(sample_session, mien.Tracker.load())
    assert again.got.tobytes() == tracked[0].got.tobytes()


def test_one_camera_alone_gives_the_same_values_as_among_the_others(tracked, sample_session):
    """A camera that is missing takes nothing from what the others see alone."""
    jaw = mien.VALUE_NAMES.index("jaw_drop")
    with mien.Tracker.load() as tracker:
        source = mien.open_source(sample_session, camera="mouth")
        alone = np.array([state.values[jaw] for state in tracker.track(source)])
    assert np.corrcoef(alone, tracked[0].got[:, jaw])[0, 1] > 0.99

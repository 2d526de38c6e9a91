from __future__ import annotations

import numpy as np
import pytest

from mien.runtime.faults import KINDS
from mien.study.fault_kinds import SPOILS
from mien.study.fault_page import fault_markdown
from mien.study.faults import AWAY, FAULTS, NEVER, FaultStudy, Stream, inject, run_fault_study
from mien.types import Frame

pytestmark = pytest.mark.model

TIMES = 3


@pytest.fixture(scope="module")
def stream(sample_session, model):
    pytest.importorskip("cv2")
    return Stream(sample_session, model)


@pytest.fixture(scope="module")
def model():
    from mien.runtime.model import Model

    return Model.load()


@pytest.mark.parametrize("fault", list(SPOILS))
def test_a_spoilt_second_keeps_every_good_frame_and_says_which_ones_were_bad(fault):
    rng = np.random.default_rng(7)
    images = rng.integers(60, 200, (16, 40, 40), np.uint8)
    frames = [Frame("mouth", 10**12 + 40_000_000 * k, image) for k, image in enumerate(images)]
    spoil, kinds = SPOILS[fault]
    assert kinds <= set(KINDS)
    for _ in range(50):
        places = spoil(rng, frames)
        assert len(places) == len(frames)
        arrivals = [arrival for place in places for arrival in place]
        good = [a.frame for a in arrivals if a.is_good]
        assert 1 <= sum(not a.is_good for a in arrivals) <= 12
        assert all(any(one is frame for frame in frames) for one in good)
        assert [one.t_ns for one in good] == sorted({one.t_ns for one in good})


@pytest.mark.parametrize("fault", FAULTS)
def test_no_fault_stops_the_tracker_or_costs_a_good_frame(stream, model, fault):
    row = inject(fault, stream, model, times=TIMES, seed=1).as_json()
    assert row["crashed"] == 0
    assert row["spoilt"] >= TIMES
    if fault.startswith("torn"):
        # Some are too faint to see, and beside such a one the next good frame looks torn.
        assert row["lost"] <= row["spoilt"] - row["told"]
    else:
        # A new clock is believed after five frames in order.
        assert row["lost"] <= (4 * TIMES if fault == AWAY else 0)
        assert row["told"] == row["spoilt"]
        assert row["cleared"] == row["states"]
    assert row["left_over"] < 0.1


def test_a_camera_that_never_comes_does_not_harm_the_others(stream, model):
    row = inject(NEVER, stream, model, times=TIMES, seed=2).as_json()
    assert row["cleared"] == row["told"] == TIMES
    clean, with_fault = row["others_mae"]
    assert with_fault == pytest.approx(clean, abs=0.02)


def test_the_study_is_a_table_of_all_faults(sample_session):
    pytest.importorskip("cv2")
    rows = run_fault_study(FaultStudy(session=sample_session, times=1))
    assert [row["fault"] for row in rows] == list(FAULTS)
    page = fault_markdown(rows)
    assert all(f"| {fault} |" in page for fault in FAULTS)

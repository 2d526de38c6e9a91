"""Shifts of the headset as flow would tell them, to what the tracker makes of them."""

from __future__ import annotations

import numpy as np
import pytest

from mien.runtime.fit import RETURN_NS, TIGHT_RIDES, FitWatch

STEP_NS = 40_000_000
START_NS = 5_000_000_000


class Watch:
    """What `FitWatch` asks of one camera, told directly."""

    def __init__(self):
        self.shift_xy = np.zeros(2)

    @property
    def shift(self):
        return float(np.hypot(*self.shift_xy))

    def forget(self):
        self.shift_xy = np.zeros(2)


def rereads(moves, *, seconds=60.0):
    """Times in seconds at which the neutral is read again, and the watch; moves: second -> x, y."""
    fit, watches, found = FitWatch(), [Watch(), Watch(), Watch()], []
    places = {round(second * 1e9 / STEP_NS): move for second, move in moves.items()}
    for step in range(int(seconds * 1e9 / STEP_NS)):
        if step in places:
            for watch, share in zip(watches, (1.0, 0.9, 1.1), strict=True):
                watch.shift_xy = share * np.array(places[step])
        if fit.must_reread(watches, t_ns=START_NS + step * STEP_NS):
            found.append(step * STEP_NS * 1e-9)
    return found, fit


def smiles(count, *, first=2.0, hold=1.0, every=6.0):
    """A headset that is lifted by each smile and comes down after it."""
    return {first + every * k: (0.3, -1.5) for k in range(count)} | {
        first + every * k + hold: (-0.2, 1.4) for k in range(count)
    }


def test_a_slip_is_read_again_at_once_and_once():
    found, fit = rereads({2.0: (1.5, 0.0)}, seconds=20)
    assert found == [2.0]
    assert (fit.slips, fit.rides, fit.is_tight) == (1, 0, False)


def test_slips_that_go_on_in_one_direction_are_all_slips():
    found, fit = rereads({2.0: (1.5, 0.0), 3.0: (1.5, 0.2), 9.0: (0.0, 2.0)}, seconds=20)
    assert found == [2.0, 3.0, 9.0]
    assert (fit.slips, fit.rides) == (3, 0)


def test_a_slip_back_much_later_or_of_another_size_is_no_ride():
    found, fit = rereads({2.0: (1.5, 0.0), 7.0: (-1.5, 0.0), 8.0: (6.0, 0.0)}, seconds=20)
    assert len(found) == 3
    assert fit.rides == 0


def test_a_headset_that_rides_on_the_face_is_told_and_no_longer_read_again():
    found, fit = rereads(smiles(9))
    assert fit.is_tight
    assert (fit.rides, fit.slips) == (9, 0)
    # Until it is known, both ways are taken for slips: the neutral is right again after each.
    assert len(found) == 2 * TIGHT_RIDES


def test_a_slip_at_a_tight_fit_is_read_again_once_it_has_lasted():
    found, fit = rereads(smiles(4) | {40.0: (2.0, 1.0)})
    assert fit.is_tight
    late = [second for second in found if second > 39]
    assert late == [pytest.approx(40.0 + RETURN_NS * 1e-9, abs=2 * STEP_NS * 1e-9)]
    assert fit.slips == 1


def test_a_fit_that_was_tight_and_slips_more_than_it_rides_is_so_no_longer():
    slips = {30.0 + 5 * k: (1.5, 0.1 * k) for k in range(4)}
    found, fit = rereads(smiles(3) | slips)
    assert (fit.rides, fit.slips, fit.is_tight) == (3, 4, False)
    assert len([second for second in found if second > 29]) == 4


def test_the_other_cameras_may_come_and_go():
    fit = FitWatch()
    three, two = [Watch(), Watch(), Watch()], [Watch(), Watch()]
    for watch in (*three, *two):
        watch.shift_xy = np.array((1.5, 0.0))
    assert fit.must_reread(three, t_ns=START_NS)
    assert fit.must_reread(two, t_ns=START_NS + STEP_NS)
    assert not fit.must_reread([], t_ns=START_NS + 2 * STEP_NS)
    assert fit.rides == 0

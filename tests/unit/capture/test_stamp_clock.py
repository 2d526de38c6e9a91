from __future__ import annotations

import numpy as np

from mien.capture.stamp_clock import StampClock

MS = 1_000_000


def mapped(pairs, **settings):
    clock = StampClock(**settings)
    return [clock.time_ns(arrival_ns=arrival, stamp_ns=stamp) for arrival, stamp in pairs]


def test_without_stamps_arrival_counts_and_times_increase():
    assert mapped([(5, None), (5, None), (4, None), (9, None)]) == [5, 6, 7, 9]


def test_jitter_goes_and_the_shortest_way_stays():
    rng = np.random.default_rng(1)
    stamps = [i * 33 * MS for i in range(400)]
    ways = [8 * MS + int(rng.exponential(6 * MS)) for _ in stamps]
    arrivals = np.maximum.accumulate([10**12 + s + w for s, w in zip(stamps, ways, strict=True)])
    times = np.array(mapped(list(zip(arrivals.tolist(), stamps, strict=True))))
    error = times[50:] - (np.array(stamps[50:]) + 10**12)
    assert (times <= arrivals).all()
    assert np.ptp(arrivals[50:] - np.array(stamps[50:])) > 25 * MS
    assert error.min() >= 8 * MS
    assert error.max() <= 9 * MS


def test_a_clock_that_runs_slow_or_fast_is_followed():
    for rate in (1 - 5e-5, 1 + 5e-5):
        arrivals = [i * 20 * MS for i in range(1, 90_001)]
        times = mapped([(a, round(a * rate)) for a in arrivals])
        worst = max(abs(t - a) for t, a in zip(times, arrivals, strict=True))
        assert worst <= 2 * MS, "half an hour"


def test_stamps_that_mean_nothing_are_set_aside():
    standing = [(i * MS, 7) for i in range(1, 5)]
    assert mapped(standing) == [a for a, _ in standing]
    restarted = [(10 * MS, 900 * MS), (20 * MS, 910 * MS), (31 * MS, 1 * MS), (41 * MS, 11 * MS)]
    assert mapped(restarted) == [10 * MS, 20 * MS, 31 * MS, 41 * MS]
    runaway = [
        (10 * MS, 0),
        (20 * MS, 10**15),
        (30 * MS, 10**15 + 10 * MS),
        (2000 * MS, 10**15 + 20 * MS),
    ]
    assert mapped(runaway) == [10 * MS, 20 * MS, 30 * MS, 2000 * MS]


def test_a_driver_on_our_clock_is_believed_within_a_second():
    pairs = [
        (100 * MS, 95 * MS),
        (120 * MS, 121 * MS),
        (3000 * MS, 130 * MS),
        (3020 * MS, 3011 * MS),
    ]
    assert mapped(pairs, shares_clock=True) == [95 * MS, 120 * MS, 3000 * MS, 3011 * MS]

"""One Euro against the paper's algorithm in Python floats."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mien.config import SmoothingConfig
from mien.errors import ConfigError, FrameError
from mien.vision.smoothing import OneEuro

FRAME_NS = 1_000_000_000 // 90


class Reference:
    """Algorithm 1 of the paper for one value, with the period measured per step."""

    def __init__(self, config: SmoothingConfig) -> None:
        self.config = config
        self.t_ns: int | None = None
        self.value = self.speed = 0.0

    @staticmethod
    def share(cutoff_hz: float, dt_s: float) -> float:
        return 1 / (1 + 1 / (2 * math.pi * cutoff_hz) / dt_s)

    def step(self, value: float, t_ns: int) -> float:
        if not math.isfinite(value):
            return self.value
        if self.t_ns is None:
            self.value = value
        else:
            dt_s = (t_ns - self.t_ns) * 1e-9
            share = self.share(self.config.derivative_cutoff_hz, dt_s)
            self.speed = share * (value - self.value) / dt_s + (1 - share) * self.speed
            share = self.share(self.config.min_cutoff_hz + self.config.beta * abs(self.speed), dt_s)
            self.value = share * value + (1 - share) * self.value
        self.t_ns = t_ns
        return self.value


@settings(max_examples=60, deadline=None)
@given(
    steps=st.lists(
        st.tuples(
            st.integers(1, 2_000_000_000),
            st.floats(-2, 2, width=32) | st.sampled_from([math.nan, math.inf, -math.inf]),
        ),
        min_size=1,
        max_size=40,
    ),
    start_ns=st.integers(-(2**62), 2**62),
    min_cutoff_hz=st.floats(0.01, 100),
    beta=st.floats(0, 10),
)
def test_it_follows_the_paper_at_any_times(steps, start_ns, min_cutoff_hz, beta):
    config = SmoothingConfig(min_cutoff_hz=min_cutoff_hz, beta=beta)
    filter_, reference = OneEuro(1, config), Reference(config)
    t_ns = start_ns
    for dt_ns, value in steps:
        t_ns += dt_ns
        got = filter_.step(np.float32([value]), t_ns)[0]
        assert got == pytest.approx(reference.step(value, t_ns), rel=1e-5, abs=1e-6)


def test_64_units_follow_the_paper_with_holes_and_at_repeated_times():
    rng = np.random.default_rng(2)
    config = SmoothingConfig()
    filter_, references = OneEuro(64, config), [Reference(config) for _ in range(64)]
    t_ns = last_ns = -(10**9)
    wanted = [0.0] * 64
    for index in range(200):
        t_ns += int(rng.integers(1, 5 * FRAME_NS)) * int(rng.integers(-1, 3))
        values = rng.normal(0, 1, 64).astype(np.float32)
        values[rng.integers(0, 64, 6)] = [np.nan, np.inf, -np.inf] * 2
        if index == 0 or t_ns > last_ns:
            pairs = zip(references, values.tolist(), strict=True)
            wanted = [reference.step(value, t_ns) for reference, value in pairs]
        last_ns = max(t_ns, last_ns) if index else t_ns
        assert filter_.step(values, t_ns).tolist() == pytest.approx(wanted, abs=1e-6)


def test_values_do_not_touch_each_other():
    rng = np.random.default_rng(0)
    values = rng.uniform(0, 1, (50, 7)).astype(np.float32)
    values[rng.random(values.shape) < 0.1] = np.nan
    together = OneEuro(7)
    alone = [OneEuro(1) for _ in range(7)]
    for index, row in enumerate(values):
        got = together.step(row, index * FRAME_NS)
        wanted = [one.step(row[i : i + 1], index * FRAME_NS)[0] for i, one in enumerate(alone)]
        assert got.tolist() == wanted


def test_it_quiets_noise_and_follows_steps():
    rng = np.random.default_rng(1)
    clean = np.repeat([0.0, 1.0], 200)
    noisy = (clean + rng.normal(0, 0.05, 400)).astype(np.float32)
    filter_ = OneEuro(1)
    smooth = np.array([filter_.step(noisy[i : i + 1], i * FRAME_NS)[0] for i in range(400)])
    assert smooth[100:200].std() < 0.5 * noisy[100:200].std()
    assert smooth[215] > 0.8  # a sixth of a second after the step


@pytest.mark.parametrize("back_ns", [0, 1, FRAME_NS, 10**15])
def test_a_time_that_is_not_later_gives_the_last_output(back_ns):
    filter_ = OneEuro(2)
    filter_.step(np.float32([0, 1]), 0)
    last = filter_.step(np.float32([1, 0]), FRAME_NS)
    again = filter_.step(np.float32([0.3, 0.4]), FRAME_NS - back_ns)
    assert np.array_equal(last, again)


def test_reset_forgets():
    filter_ = OneEuro(1)
    filter_.step(np.float32([0.2]), 10 * FRAME_NS)
    filter_.reset()
    assert filter_.step(np.float32([0.9]), 0) == np.float32(0.9)


def test_out_is_returned_and_may_be_the_values():
    values = np.float32([0.1, 0.2])
    filter_ = OneEuro(2)
    assert filter_.step(values, 0, out=values) is values
    out = np.zeros(2, np.float32)
    assert filter_.step(values, FRAME_NS, out=out) is out
    assert out.tolist() == values.tolist()


def test_wrong_values_are_refused():
    filter_ = OneEuro(3)
    with pytest.raises(FrameError, match=r"values: expected shape \(3,\), got \(2,\)"):
        filter_.step(np.zeros(2, np.float32), 0)
    with pytest.raises(TypeError, match="values: expected float32, got float64"):
        filter_.step(np.zeros(3), 0)  # type: ignore[arg-type]
    with pytest.raises(FrameError, match="values: expected contiguous"):
        filter_.step(np.zeros(6, np.float32)[::2], 0)
    with pytest.raises(TypeError, match="incompatible function arguments"):
        filter_.step(np.zeros(3, np.float32), 0.5)  # type: ignore[arg-type]


@pytest.mark.parametrize("count", [0, -1, 4097])
def test_counts_out_of_range_are_refused(count):
    with pytest.raises(ConfigError, match=r"smoothing: expected count 1..4096"):
        OneEuro(count)

"""The labeller's benchmark: what it makes of the times that its workers tell."""

from __future__ import annotations

import json
from dataclasses import asdict

import pytest

from bench.label_speed import report, speed_of
from bench.label_worker import Spent


def spent(processor_s: float, wall_s: float) -> Spent:
    return Spent(1000, processor_s, wall_s, {"following": processor_s / 2})


def test_two_workers_are_compared_with_one_in_the_same_turn():
    alone, both = [spent(0.5, 0.5), spent(0.5, 0.5)], [spent(0.55, 0.6), spent(0.45, 0.5)]
    slow = [spent(5, 5), spent(5, 5)]
    speed = speed_of("s", [spent(1, 1)] * 2, [(alone, both)] * 2 + [(slow, slow)])
    assert speed.ratio == pytest.approx(2.0)
    assert speed.wall_ratio == pytest.approx(1.0 / 0.6)
    assert speed.crops_fps == pytest.approx(2000)
    assert speed.video_fps == pytest.approx(1000 / 1.5)
    assert json.loads(json.dumps(asdict(speed)))["frames"] == 1000


def test_stages_and_their_rest_are_the_whole():
    speed = speed_of("s", [spent(1, 1)] * 2, [([spent(0.5, 0.5)] * 2, [spent(0.5, 0.5)] * 2)])
    labelling = {n: us for n, us in speed.stages_us.items() if not n.startswith("decoding")}
    assert sum(labelling.values()) == pytest.approx(1e6 / speed.crops_fps)
    assert labelling["rest"] == pytest.approx(250)


def test_a_busy_machine_is_told():
    quiet = speed_of("s", [spent(1, 1)], [([spent(1, 1)] * 2, [spent(1, 1)] * 2)])
    busy = speed_of("s", [spent(1, 1)], [([spent(1, 1)] * 2, [spent(1, 4)] * 2)])
    assert "busy" not in report(quiet)
    assert "busy machine, a worker had 25% of a core" in report(busy)

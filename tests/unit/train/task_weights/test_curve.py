from __future__ import annotations

import json

import pytest

torch = pytest.importorskip("torch", reason="needs torch")

from mien.errors import TrainError  # noqa: E402
from mien.train.task_weights.config import MetaConfig, TaskConfig  # noqa: E402
from mien.train.task_weights.curve import (  # noqa: E402
    CURVE_FILE,
    WeightCurve,
    read_curve,
    write_curves,
)

pytestmark = pytest.mark.train

META = MetaConfig(interval=3, learn_every=2, rate=0.1, hidden=8)


@pytest.mark.parametrize("policy", ["uniform", "uncertainty", "gradnorm", "meta"])
def test_a_replay_trains_the_same_network_bit_for_bit(toy_child, tmp_path, policy):
    first = toy_child(TaskConfig(policy=policy, meta=META), steps=40)
    first.run()
    write_curves(tmp_path / CURVE_FILE, {"eye": first.weigher.curve})
    again = toy_child(TaskConfig(policy="replay", replay=str(tmp_path)), steps=40)
    again.run()
    assert torch.equal(first.parameters(), again.parameters())
    assert again.weigher.policy.extra_steps == 0
    assert again.weigher.curve.steps == first.weigher.curve.steps


def test_a_replay_that_stopped_goes_on_where_it_was(toy_child, tmp_path):
    first = toy_child(TaskConfig(policy="uncertainty"), steps=20)
    first.run()
    write_curves(tmp_path / CURVE_FILE, {"eye": first.weigher.curve})
    config = TaskConfig(policy="replay", replay=str(tmp_path / CURVE_FILE))
    stopped, resumed = toy_child(config, steps=20), toy_child(config, steps=20)
    stopped.run(7)
    resumed.restore(stopped.state())
    resumed.run()
    assert torch.equal(first.parameters(), resumed.parameters())


def test_a_line_is_written_when_the_weights_change(tmp_path):
    curve = WeightCurve(("units", "emotion"))
    for step, units in ((0, 1.0), (1, 1.0), (2, 0.1), (3, 0.1)):
        weights = torch.tensor([units, 2 - units])
        curve.add(step, weights, torch.tensor([0.5, float("nan")]))
    path = write_curves(tmp_path / CURVE_FILE, {"eye": curve, "mouth": curve})
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    assert [(one["kind"], one["step"]) for one in lines] == [
        ("eye", 0), ("eye", 2), ("mouth", 0), ("mouth", 2),
    ]  # fmt: skip
    assert lines[0]["losses"] == {"units": 0.5, "emotion": None}
    read = read_curve(tmp_path, "mouth", ("emotion", "units"))
    assert torch.equal(read.at(1), torch.tensor([1.0, 1.0]))
    assert torch.equal(read.at(99), torch.tensor([2 - 0.1, 0.1]))


def test_a_file_that_is_none_is_refused(tmp_path):
    path = tmp_path / CURVE_FILE
    with pytest.raises(TrainError, match="expected the weight curve of a run"):
        read_curve(path, "eye", ("units",))
    path.write_text("{\n")
    with pytest.raises(TrainError, match="expected the weight curve of a run"):
        read_curve(path, "eye", ("units",))
    curve = WeightCurve(("units",))
    curve.add(0, torch.ones(1), torch.ones(1))
    write_curves(path, {"eye": curve})
    with pytest.raises(TrainError, match="expected weights of mouth, got none"):
        read_curve(path, "mouth", ("units",))
    with pytest.raises(TrainError, match="expected weights of units, boxes, got units"):
        read_curve(path, "eye", ("units", "boxes"))

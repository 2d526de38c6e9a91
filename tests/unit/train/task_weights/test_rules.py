from __future__ import annotations

import math

import pytest

torch = pytest.importorskip("torch", reason="needs torch")

from mien.errors import ConfigError, TrainError  # noqa: E402
from mien.train.task_weights.config import (  # noqa: E402
    GradNormConfig,
    MetaConfig,
    StaticWeights,
    TaskConfig,
)
from mien.train.task_weights.grad_norm import GradNorm, gradient_targets, raised  # noqa: E402
from mien.train.task_weights.policy import bounded, floored_softmax  # noqa: E402
from mien.train.task_weights.uncertainty import Uncertainty  # noqa: E402
from mien.train.task_weights.weigher import Weigher  # noqa: E402

pytestmark = pytest.mark.train

SHARED = torch.ones(3, requires_grad=True)


def weigher(config, tasks=("units", "emotion")):
    return Weigher(tasks, config, kind="eye", key=(0,), steps=10, batch=8)


def losses(units, emotion):
    """Losses with a graph to the shared layer."""
    return {"units": units * SHARED.mean(), "emotion": emotion * SHARED.mean()}


def weights_of(one):
    return one.curve.weights[-1].tolist()


def test_uniform_weights_add_the_losses():
    one = weigher(TaskConfig())
    assert one.weigh(losses(3.0, 0.25), shared=SHARED).item() == 3.25
    assert weights_of(one) == [1.0, 1.0]


def test_static_weights_sum_to_the_number_of_tasks_with_labels():
    given = StaticWeights(units=3, emotion=1, identity=50)
    one = weigher(TaskConfig(policy="static", static=given, floor=0.0))
    assert one.weigh(losses(1.0, 10.0), shared=SHARED).item() == pytest.approx(1.5 + 5)


def test_a_static_weight_is_needed_for_some_task():
    nothing = StaticWeights(units=0, emotion=0)
    with pytest.raises(TrainError, match="weight above 0 for one of units, emotion"):
        weigher(TaskConfig(policy="static", static=nothing))


@pytest.mark.parametrize("policy", ["uniform", "uncertainty", "gradnorm", "meta"])
def test_a_task_without_a_label_pulls_at_nothing(policy):
    one = weigher(TaskConfig(policy=policy))
    total = one.weigh({"units": 2.0 * SHARED.mean()}, shared=SHARED)
    assert total.item() == 2.0
    assert math.isnan(one.curve.losses[0][1])
    for given in (losses(2.0, 1.0), {"units": 2.0 * SHARED.mean()}, losses(2.0, 1.0)):
        assert one.weigh(given, shared=SHARED).isfinite()


@pytest.mark.parametrize("floor", [0.0, 0.01, 0.5])
def test_no_weight_is_below_the_floor(floor):
    logits = torch.tensor([80.0, 0.0, -80.0])
    for weights in (
        floored_softmax(logits, floor),
        bounded(torch.tensor([5.0, 0.0, 0.0]), floor),
        raised(torch.tensor([9.0, 1e-9, 1.0]), floor),
    ):
        assert float(weights.sum()) == pytest.approx(3, abs=1e-5)
        assert float(weights.min()) >= floor - 1e-6


def test_weights_above_the_floor_stay_as_they_are():
    weights = torch.tensor([0.5, 1.0, 1.5])
    assert torch.allclose(raised(weights, 0.01), weights)


def test_uncertainty_comes_to_weights_of_one_by_the_loss():
    rule = Uncertainty(2, rate=0.05, floor=0.0)
    seen = torch.tensor([4.0, 0.5])
    for _ in range(400):
        weights = rule.weights(seen, seen_K=seen, shared=SHARED)
    # The minimum of exp(-s) L + s is exp(-s) = 1 / L.
    assert float(weights[1] / weights[0]) == pytest.approx(8, rel=0.05)


def test_gradnorm_makes_gradients_alike_where_tasks_learn_alike():
    rule = GradNorm(2, GradNormConfig(alpha=1.0, rate=0.05, every=1), floor=0.0)
    for _ in range(200):
        one = torch.stack(list(losses(5.0, 0.5).values()))
        weights = rule.weights(one, seen_K=one.detach(), shared=SHARED)
    # |dL/dW| is 10 to 1, so the weights are 1 to 10.
    assert float(weights[1] / weights[0]) == pytest.approx(10, rel=0.1)
    assert rule.extra_steps == pytest.approx(200 * 2 * 2 / 3)


def test_gradnorm_asks_more_of_the_slow_task():
    norms, ratios = torch.tensor([1.0, 3.0, 0.0]), torch.tensor([0.9, 0.3, math.nan])
    assert gradient_targets(norms, ratios, alpha=0.0).tolist() == [2, 2, 0]
    assert gradient_targets(norms, ratios, alpha=1.0).tolist() == pytest.approx([3, 1, 0])


def test_gradnorm_leaves_the_gradients_of_the_step_alone():
    rule = GradNorm(2, GradNormConfig(every=1), floor=0.01)
    shared = torch.ones(3, requires_grad=True)
    one = torch.stack([5.0 * shared.sum(), shared.square().sum()])
    rule.weights(one, seen_K=one.detach(), shared=shared)
    assert shared.grad is None
    one.sum().backward()
    assert shared.grad.tolist() == [7, 7, 7]


def test_a_loss_of_a_task_that_is_not_weighed_keeps_its_gradient():
    one, other = weigher(TaskConfig()), torch.ones(1, requires_grad=True)
    total = one.weigh(losses(3.0, 0.25) | {"boxes": 0.0 * other.sum()}, shared=SHARED)
    assert total.item() == 3.25
    (gradient,) = torch.autograd.grad(total, other)
    assert gradient.tolist() == [0]


def test_settings_out_of_range_are_refused():
    for wrong in (
        lambda: TaskConfig(policy="best"),
        lambda: TaskConfig(policy="replay"),
        lambda: TaskConfig(replay="run"),
        lambda: TaskConfig(floor=0.6),
        lambda: MetaConfig(roll_outs=5),
        lambda: MetaConfig(rounds=1),
        lambda: StaticWeights(units=-1),
        lambda: GradNormConfig(alpha=11),
    ):
        with pytest.raises(ConfigError, match="expected"):
            wrong()

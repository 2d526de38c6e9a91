from __future__ import annotations

import pytest

torch = pytest.importorskip("torch", reason="needs torch")

from mien.train.task_weights.config import MetaConfig, StaticWeights, TaskConfig  # noqa: E402
from mien.train.task_weights.meta_network import MetaNetwork, Trajectory  # noqa: E402

pytestmark = pytest.mark.train

META = TaskConfig(policy="meta", meta=MetaConfig(interval=3, learn_every=2, rate=0.1, hidden=8))


def test_it_reads_how_far_a_loss_came_how_it_changed_and_what_was_said():
    seen = Trajectory.begun(2).seen(torch.tensor([8.0, float("nan")])).said(torch.tensor([1.0, 9]))
    seen = seen.seen(torch.tensor([4.0, 3.0])).seen(torch.tensor([1.0, float("nan")]))
    told = seen.observation(0.25).tolist()
    assert told == pytest.approx([-2.0794415, 0, -1.3862944, 0, 1, 5, 0.25])


def test_a_new_meta_network_says_uniform_weights():
    network = MetaNetwork(3, hidden=4, seed=1)
    mean, _ = network(torch.randn(10), network.blank())
    assert mean.tolist() == [0, 0, 0]


def test_trials_leave_the_child_as_it_was(toy_child):
    child = toy_child(META, steps=12)
    child.run(3)
    before, step = child.parameters(), child.step
    momentum = child.snapshot()["optimiser"]
    child.weigher.plan(child)
    assert child.weigher.policy.extra_steps >= 4 * 2 * 3
    assert torch.equal(child.parameters(), before)
    assert child.step == step
    now = child.snapshot()["optimiser"]
    for number, kept in momentum["state"].items():
        assert torch.equal(kept["exp_avg"], now["state"][number]["exp_avg"])


def test_weights_and_losses_alternate(toy_child):
    child = toy_child(META, steps=15)
    child.run()
    assert child.weigher.curve.steps == [0, 3, 6, 9, 12]
    assert child.weigher.curve.weights[0].tolist() == [1, 1]


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_it_gives_the_faint_task_more(toy_child, seed):
    child = toy_child(META, steps=150, seed=seed)
    child.run()
    given = torch.stack(child.weigher.curve.weights)
    units, emotion = given[len(given) // 2 :].mean(0).tolist()
    assert emotion > 1.3
    assert units < 0.7
    uniform = toy_child(TaskConfig(), steps=150, seed=seed)
    uniform.run()
    assert child.judge().log().mean() < uniform.judge().log().mean()


def test_it_is_the_clean_task_that_it_favours_not_the_second(toy_child):
    child = toy_child(META, steps=90, clean="units")
    child.run()
    units, emotion = child.weigher.curve.weights[-1].tolist()
    assert units > 1.3
    assert emotion < 0.7


def test_the_pull_holds_it_near_uniform(toy_child):
    held = TaskConfig(policy="meta", meta=MetaConfig(interval=3, learn_every=2, rate=0.1, pull=100))
    child = toy_child(held, steps=90)
    child.run()
    assert child.weigher.curve.weights[-1].tolist() == pytest.approx([1, 1], abs=0.25)


@pytest.mark.parametrize("policy", ["static", "uncertainty", "gradnorm", "meta"])
def test_a_run_that_stopped_goes_on_as_if_it_had_not(toy_child, policy):
    config = TaskConfig(policy=policy, static=StaticWeights(units=0.2), meta=META.meta)
    whole, stopped = toy_child(config, steps=31), toy_child(config, steps=31)
    whole.run()
    stopped.run(17)
    resumed = toy_child(config, steps=31)
    resumed.restore(stopped.state())
    resumed.run()
    assert torch.equal(resumed.parameters(), whole.parameters())
    assert resumed.weigher.curve.steps == whole.weigher.curve.steps
    assert all(map(torch.equal, resumed.weigher.curve.weights, whole.weigher.curve.weights))
    assert resumed.weigher.policy.extra_steps == whole.weigher.policy.extra_steps

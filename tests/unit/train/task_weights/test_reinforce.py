"""The estimate's mean is compared with the expected cost itself, by quadrature: no chance."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="needs torch")

from mien.train.task_weights.meta_network import MetaNetwork, Trajectory  # noqa: E402
from mien.train.task_weights.policy import floored_softmax  # noqa: E402
from mien.train.task_weights.reinforce import (  # noqa: E402
    Size,
    advantages,
    expected_cost_loss,
    log_density,
    log_ratio,
    paired_noise,
)

pytestmark = pytest.mark.train

TASKS, WORDS, DEVIATION, POINTS = 2, 2, 0.4, 4


def _network():
    network = MetaNetwork(TASKS, hidden=3, seed=5).double()
    with torch.no_grad():
        torch.manual_seed(1)
        for parameter in network.parameters():
            parameter.add_(0.3 * torch.randn_like(parameter))
    return network


def _trial(network, noises):
    """A child that is a formula: what a weight does to a loss depends on the loss itself."""
    loss = torch.tensor([2.0, 0.5], dtype=torch.float64)
    trajectory = Trajectory.begun(TASKS).seen(loss)
    memory = tuple(part.double() for part in network.blank())
    densities, costs = [], []
    for noise in noises:
        mean, memory = network(trajectory.observation(0.3).double(), memory)
        logits = mean.detach() + DEVIATION * noise
        speed = torch.tensor([0.2, 0.6], dtype=torch.float64) * loss.sqrt()
        after = loss * torch.exp(-speed * floored_softmax(logits, 0.01).square())
        densities.append(log_density(noise, mean, DEVIATION))
        costs.append(log_ratio(after, loss))
        loss = after
        trajectory = trajectory.seen(loss).said(logits)
    return torch.stack(densities), torch.stack(costs)


def _nodes():
    """Nodes and weights of the expectation over the noise (M, K)."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(POINTS)
    weights = weights / weights.sum()
    for index in itertools.product(range(POINTS), repeat=WORDS * TASKS):
        noise = torch.tensor(nodes[list(index)]).reshape(WORDS, TASKS)
        yield noise, float(np.prod(weights[list(index)]))


def _expected_cost(network):
    with torch.no_grad():
        return sum(weight * float(_trial(network, noise)[1].sum()) for noise, weight in _nodes())


def _gradient(network, loss):
    network.zero_grad()
    loss.backward()
    return torch.cat([p.grad.flatten() for p in network.parameters()])


@pytest.fixture(scope="module")
def exact():
    """The gradient of the expected cost, as REINFORCE has it: cost times that of the density."""
    network = _network()
    loss = sum(
        weight * (_rest(costs) * densities).sum()
        for noise, weight in _nodes()
        for densities, costs in [_trial(network, noise)]
    )
    return network, _gradient(network, loss)


def test_the_expected_gradient_is_the_gradient_of_the_expected_cost(exact):
    network, told = exact
    pairs = list(zip(network.parameters(), _split(told, network), strict=True))
    for parameter, gradient in pairs[::2]:
        entry = int(gradient.abs().argmax())
        difference = _central_difference(parameter, entry, network=network)
        assert gradient[entry] == pytest.approx(difference, rel=0.02)
        assert abs(difference) > 1e-4


def _rest(costs):
    return costs.flip(0).cumsum(0).flip(0)


def _split(flat, network):
    return flat.split([p.numel() for p in network.parameters()])


def _central_difference(parameter, entry, *, network, step=1e-3):
    found = []
    for sign in (1, -1):
        with torch.no_grad():
            parameter.view(-1)[entry] += sign * step
            found.append(_expected_cost(network))
            parameter.view(-1)[entry] -= sign * step
    return (found[0] - found[1]) / (2 * step)


def test_the_paired_estimate_is_unbiased_and_less_noisy(exact):
    network, expected = exact
    generator = torch.Generator().manual_seed(3)
    paired, plain = [], []
    for _ in range(100):
        drawn = torch.randn(2, WORDS, TASKS, dtype=torch.float64, generator=generator)
        trials = [_trial(network, noise) for noise in paired_noise(drawn)]
        densities, costs = (torch.stack([one[part] for one in trials]) for part in (0, 1))
        paired.append(_gradient(network, expected_cost_loss(densities, advantages(costs))))
        free = torch.randn(4, WORDS, TASKS, dtype=torch.float64, generator=generator)
        alone = [_trial(network, noise) for noise in free]
        plain.append(_gradient(network, sum((_rest(c) * d).sum() for d, c in alone) / len(alone)))
    paired, plain = torch.stack(paired), torch.stack(plain)
    deviation = paired.std(0) / len(paired) ** 0.5
    assert ((paired.mean(0) - expected).abs() < 4.5 * deviation + 1e-9).all()
    assert paired.var(0).sum() < 0.2 * plain.var(0).sum()


def test_opposite_trials_lie_side_by_side():
    noise = torch.arange(12.0).reshape(2, 2, 3)
    paired = paired_noise(noise)
    assert paired.shape == (4, 2, 3)
    assert torch.equal(paired[0], -paired[1])
    assert torch.equal(paired[2], noise[1])


def test_an_advantage_compares_with_the_other_pairs_from_its_word_on():
    cost = torch.tensor([[1.0, 2.0], [3.0, 4.0], [0.0, 1.0], [0.0, 3.0]])
    # Rest of each trial: 3 2, 7 4, 1 1, 3 3; pair means: 5 3, 2 2.
    expected = torch.tensor([[1.0, 0.0], [5.0, 2.0], [-4.0, -2.0], [-2.0, 0.0]])
    assert torch.equal(advantages(cost), expected)


def test_the_cost_is_the_mean_log_ratio_of_known_losses():
    before = torch.tensor([1.0, 8.0, float("nan")])
    after = torch.tensor([0.5, 2.0, 1.0])
    assert float(log_ratio(after, before)) == pytest.approx(-np.log(8) / 2)
    assert float(log_ratio(before[2:], after[2:])) == 0
    assert float(log_ratio(torch.tensor([1e-9]), torch.tensor([1e-5]))) == 0


def test_an_advantage_is_scaled_by_the_size_of_earlier_ones():
    size = Size()
    assert size.scaled(torch.tensor([[3.0], [-3.0]])).tolist() == [[1], [-1]]
    assert size.scaled(torch.tensor([[6.0], [-6.0]])).tolist() == [[2], [-2]]
    assert size.square == pytest.approx(0.9 * 9 + 0.1 * 36)

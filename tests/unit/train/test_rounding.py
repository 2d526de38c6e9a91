"""Quantisation-aware training: what is rounded, what stays, and that gradients pass."""

from __future__ import annotations

from dataclasses import replace

import pytest

torch = pytest.importorskip("torch", reason="needs torch")

from mien.train.config import QuantisationConfig  # noqa: E402
from mien.train.distribute import Place  # noqa: E402
from mien.train.learner import Learner  # noqa: E402
from mien.train.network import make_network  # noqa: E402
from mien.train.rounding import rounded, rounded_as_int8, rounded_weight  # noqa: E402
from mien.train.samples import load_samples  # noqa: E402
from mien.types import silent  # noqa: E402

pytestmark = pytest.mark.train


@pytest.fixture
def network():
    return make_network("eye", width=0.25)


def crops():
    return torch.randn(4, 2, 128, 128, generator=torch.Generator().manual_seed(1))


def test_weights_have_255_steps_about_zero_in_each_channel():
    weight = torch.randn(3, 5, 2, 2) * torch.tensor([1.0, 10.0, 0.1])[:, None, None, None]
    got = rounded_weight(weight)
    for channel, source in zip(got, weight, strict=True):
        step = source.abs().max() / 127
        assert torch.allclose(channel / step, (channel / step).round(), atol=1e-3)
        assert (channel - source).abs().max() <= step / 2 + 1e-6


def test_a_folded_normalisation_rounds_alike():
    """Scaling an output channel scales its steps: it may be folded before or after."""
    weight, gain = torch.randn(4, 6, 3, 3), torch.rand(4)[:, None, None, None] + 0.1
    assert torch.allclose(rounded_weight(weight * gain), rounded_weight(weight) * gain, atol=1e-6)


def test_values_have_256_steps_over_their_range_and_zero_stays_zero():
    x = torch.cat([torch.zeros(1), torch.linspace(-0.7, 5.3, 10_000)])
    got = rounded(x)
    assert got[0] == 0
    assert len(got.unique()) == 256
    assert (got - x).abs().max() <= 6.0 / 255


def test_rounding_changes_the_outputs_a_little_and_the_weights_not_at_all(network):
    network.eval()
    before = {name: weight.clone() for name, weight in network.state_dict().items()}
    with torch.no_grad():
        plain = network(crops())
        with rounded_as_int8(network, is_due=True):
            got = network(crops())
        after = network(crops())
    assert 0 < (got - plain).abs().max() < 0.05
    assert torch.equal(after, plain)
    assert list(before) == list(network.state_dict())
    assert all(torch.equal(network.state_dict()[name], weight) for name, weight in before.items())


def test_gradients_reach_the_weights_themselves(network):
    with rounded_as_int8(network, is_due=True):
        loss = network(crops()).square().mean()
    loss.backward()
    for layer in (network.body[0][0], network.head[1], network.head[3]):
        assert isinstance(layer.weight, torch.nn.Parameter)
        assert layer.weight.grad.abs().max() > 0


def test_off_is_off(network):
    network.eval()
    with torch.no_grad(), rounded_as_int8(network, is_due=False):
        inside = network(crops())
    with torch.no_grad():
        assert torch.equal(network(crops()), inside)


def test_an_error_within_leaves_the_network_as_it_was(network):
    weight = network.head[1].weight
    with pytest.raises(RuntimeError), rounded_as_int8(network, is_due=True):
        network(torch.zeros(1, 3, 8, 8))
    assert network.head[1].weight is weight
    assert not any(module._forward_hooks for module in network.modules())


def test_a_run_rounds_in_its_last_epochs_alone(toy_config):
    config = replace(toy_config, epochs=2)
    samples = load_samples(config.sessions, "truth", config=config, progress=silent, what="test")[
        "mouth"
    ]
    found = {}
    for epochs in (0, 1):
        aware = replace(config, quantisation=QuantisationConfig(aware_epochs=epochs))
        learner = Learner(samples, aware, Place(device=torch.device("cpu")))
        batch = learner.batch_of(0)
        first = learner.losses(batch)["units"].item()
        learner.finish_epoch()
        found[epochs] = first, learner.losses(batch)["units"].item()
    assert found[0][0] == found[0][1] == found[1][0]
    assert found[1][1] != found[1][0]
    assert found[1][1] == pytest.approx(found[1][0], rel=0.05)

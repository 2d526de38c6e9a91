from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

torch = pytest.importorskip("torch", reason="needs torch")

from mien import schema  # noqa: E402
from mien.train.losses import gaze_outputs, masked_mse, output_balance  # noqa: E402

pytestmark = pytest.mark.train


def loss(output, target, weight, *, activation_weight=0.0, balance=None, is_gaze=None):
    count = output.shape[1]
    return masked_mse(
        output,
        target,
        weight,
        balance_U=torch.ones(count) if balance is None else balance,
        is_gaze_U=torch.zeros(count, dtype=torch.bool) if is_gaze is None else is_gaze,
        activation_weight=activation_weight,
    )


@given(seed=st.integers(0, 1000))
def test_a_missing_label_changes_neither_loss_nor_gradient(seed):
    rng = torch.Generator().manual_seed(seed)
    target = torch.rand(6, 5, generator=rng)
    weight = (torch.rand(6, 5, generator=rng) < 0.5).float()
    nonsense = torch.where(weight > 0, target, torch.rand(6, 5, generator=rng))
    found = []
    for labels in (target, nonsense):
        output = torch.full((6, 5), 0.4, requires_grad=True)
        value = loss(output, labels, weight, activation_weight=3.0)
        value.backward()
        found.append((value.item(), output.grad))
        assert (output.grad[weight == 0] == 0).all()
    assert found[0][0] == found[1][0]
    assert torch.equal(found[0][1], found[1][1])


def test_without_emphasis_it_is_the_mean_squared_error_of_what_is_labelled():
    rng = np.random.default_rng(0)
    output, target = rng.random((8, 3), np.float32), rng.random((8, 3), np.float32)
    weight = (rng.random((8, 3)) < 0.6).astype(np.float32)
    expected = (weight * (output - target) ** 2).sum(dtype=np.float64) / weight.sum()
    got = loss(*map(torch.from_numpy, (output, target, weight))).item()
    assert got == pytest.approx(expected, rel=1e-5)


def test_a_batch_without_labels_costs_nothing():
    assert loss(torch.rand(4, 2), torch.rand(4, 2), torch.zeros(4, 2)).item() == 0


def test_an_activation_counts_more_than_rest():
    weight = torch.ones(1, 1)
    rest = loss(torch.tensor([[0.2]]), torch.tensor([[0.0]]), weight, activation_weight=3.0)
    active = loss(torch.tensor([[0.8]]), torch.tensor([[1.0]]), weight, activation_weight=3.0)
    assert active.item() == pytest.approx(4 * rest.item(), rel=1e-5)


def test_gaze_rests_in_the_middle():
    weight, is_gaze = torch.ones(1, 1), torch.tensor([True])
    ahead = loss(
        torch.tensor([[0.6]]), torch.tensor([[0.5]]), weight, activation_weight=3.0, is_gaze=is_gaze
    )
    aside = loss(
        torch.tensor([[0.1]]), torch.tensor([[0.0]]), weight, activation_weight=3.0, is_gaze=is_gaze
    )
    assert aside.item() == pytest.approx(4 * ahead.item(), rel=1e-4)


def test_balance_lifts_quiet_outputs_and_drops_unlabelled_ones():
    rng = np.random.default_rng(1)
    targets = rng.random((400, 3), np.float32) * np.array([1.0, 0.3, 1.0], np.float32)
    weights = np.ones((400, 3), np.float32)
    weights[:, 2] = 0
    balance = output_balance(targets, weights)
    assert balance[2] == 0
    assert balance[1] / balance[0] == pytest.approx(1 / 0.3, rel=0.1)
    assert balance[:2].mean() == pytest.approx(1.0)


def test_gaze_outputs_are_the_schemas():
    flags = gaze_outputs(schema.EYE_OUTPUTS)
    assert [n for n, f in zip(schema.EYE_OUTPUTS, flags, strict=True) if f] == [
        "gaze_yaw",
        "gaze_pitch",
    ]
    assert not any(gaze_outputs(schema.MOUTH_OUTPUTS))

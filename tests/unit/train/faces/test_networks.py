from __future__ import annotations

import pytest

torch = pytest.importorskip("torch", reason="needs torch")

from mien.train.faces.networks import (  # noqa: E402
    IDENTITY_FEATURES,
    Classifier,
    IdentityNetwork,
    MergedNetwork,
    make_expression_network,
)

pytestmark = pytest.mark.train


def faces(count, side_px=48, seed=0):
    return torch.randn((count, 1, side_px, side_px), generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("side_px", [32, 48, 65])
@pytest.mark.parametrize("kind", ["small", "resnet18"])
def test_the_tandem_feature_is_both_features_under_new_layers(kind, side_px):
    identity = IdentityNetwork(side_px=side_px, width=0.25)
    expression = make_expression_network(kind, side_px=side_px, width=0.25)
    merged = MergedNetwork(expression, identity, hidden=32, classes=8).eval()
    x = faces(3, side_px)
    assert identity(x).shape == (3, IDENTITY_FEATURES) == (3, 160)
    assert merged.head[1].in_features == expression.features + 160
    assert merged(x).shape == (3, 8)


def test_the_larger_network_has_eighteen_layers():
    network = make_expression_network("resnet18", side_px=48, width=1.0)
    layers = [
        one
        for name, one in network.named_modules()
        if isinstance(one, torch.nn.Conv2d) and "shortcut" not in name
    ]
    assert len(layers) + 1 == 18  # the last one classifies
    assert network.features == 512


def test_whose_face_it_is_can_be_swapped():
    identity = IdentityNetwork(side_px=48)
    merged = MergedNetwork(
        make_expression_network("small", side_px=48, width=1.0), identity, hidden=32, classes=8
    ).eval()
    x, other = faces(4), faces(4, seed=1)
    with torch.inference_mode():
        assert torch.equal(merged(x, x), merged(x))
        assert not torch.allclose(merged(x, other), merged(x))


def test_the_baseline_does_not_see_identity():
    baseline = MergedNetwork(
        make_expression_network("small", side_px=48, width=1.0), None, hidden=32, classes=8
    ).eval()
    with torch.inference_mode():
        assert torch.equal(baseline(faces(4), faces(4, seed=1)), baseline(faces(4)))


def test_all_parts_learn_in_the_merged_network():
    parts = (make_expression_network("small", side_px=32, width=0.25), IdentityNetwork(side_px=32))
    merged = MergedNetwork(*parts, hidden=16, classes=8)
    torch.nn.functional.cross_entropy(merged(faces(8, 32)), torch.arange(8)).backward()
    for name, weight in merged.named_parameters():
        assert weight.grad is not None, name
        assert weight.grad.abs().sum() > 0, name


def test_a_classifier_adds_one_layer():
    body = IdentityNetwork(side_px=48)
    assert Classifier(body, features=body.features, classes=31)(faces(2)).shape == (2, 31)

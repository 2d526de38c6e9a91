from __future__ import annotations

import pytest

torch = pytest.importorskip("torch", reason="needs torch")

from mien.train.network import make_network  # noqa: E402
from mien.train.targets import KINDS, OUTPUTS  # noqa: E402

pytestmark = pytest.mark.train


@pytest.mark.parametrize("kind", KINDS)
def test_a_crop_becomes_outputs_between_0_and_1(kind):
    network = make_network(kind, seed=3).eval()
    outputs = network(torch.randn(2, 2, 128, 128) * 4)
    assert outputs.shape == (2, len(OUTPUTS[kind]))
    assert 0 <= outputs.min() <= outputs.max() <= 1
    assert sum(p.numel() for p in network.parameters()) < 260_000


def test_the_same_seed_gives_the_same_network_and_leaves_torch_alone():
    torch.manual_seed(1)
    expected = torch.rand(1)
    torch.manual_seed(1)
    first, second, other = (make_network("eye", width=0.25, seed=seed) for seed in (5, 5, 6))
    assert torch.equal(torch.rand(1), expected)
    assert all(map(torch.equal, first.parameters(), second.parameters()))
    assert not all(map(torch.equal, first.parameters(), other.parameters()))


def test_it_starts_near_the_neutral_face():
    network = make_network("eye", seed=0).train()
    rest = network(torch.randn(16, 2, 128, 128)).mean(0).detach()
    lid, yaw = OUTPUTS["eye"].index("lid_closure"), OUTPUTS["eye"].index("gaze_yaw")
    assert rest[lid] < 0.3
    assert rest[yaw] == pytest.approx(0.5, abs=0.15)

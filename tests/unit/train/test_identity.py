from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="needs torch")

from mien.runtime.wearer_vector import VECTOR_SIZE  # noqa: E402
from mien.train.heads.identity import IdentityHead, Prototypes, identity_loss  # noqa: E402
from mien.train.maps import Channels, Maps  # noqa: E402

CHANNELS = Channels(8, 8, 16, 8, 12)


def drawn_maps(count: int, seed: int = 0) -> Maps:
    rng = torch.Generator().manual_seed(seed)

    def some(*shape: int) -> torch.Tensor:
        return torch.rand(count, *shape, generator=rng)

    return Maps(
        some(8, 32, 32),
        some(8, 16, 16),
        some(16, 8, 8),
        some(8, 4, 4),
        some(12),
        some(1, 8, 8),
    )


def test_the_vector_has_160_numbers_for_every_crop() -> None:
    vectors = IdentityHead(CHANNELS)(drawn_maps(3))
    assert vectors.shape == (3, VECTOR_SIZE)


def test_a_wearer_is_told_apart_only_from_those_who_wore_the_same_headset() -> None:
    prototypes = Prototypes(torch.tensor([0, 0, 1]))
    cosines = torch.tensor([[0.5, 0.1, -1.0]])
    moved = torch.tensor([[0.5, 0.1, 1.0]])
    person = torch.tensor([0])
    assert identity_loss(cosines, person, prototypes.is_rival_PP) == identity_loss(
        moved, person, prototypes.is_rival_PP
    )
    rival = torch.tensor([[0.5, 0.4, -1.0]])
    assert identity_loss(rival, person, prototypes.is_rival_PP) > identity_loss(
        cosines, person, prototypes.is_rival_PP
    )


@pytest.mark.parametrize("headsets", [torch.tensor([0, 1]), torch.tensor([-1, -1])])
def test_who_has_a_headset_of_their_own_teaches_nothing(headsets: torch.Tensor) -> None:
    prototypes = Prototypes(headsets)
    assert identity_loss(torch.tensor([[0.3, 0.9]]), torch.tensor([0]), prototypes.is_rival_PP) == 0


def test_unknown_wearers_have_no_loss_and_a_gradient_of_zero() -> None:
    prototypes = Prototypes(torch.tensor([0, 0]))
    vectors = torch.ones(2, VECTOR_SIZE, requires_grad=True)
    loss = identity_loss(prototypes(vectors), torch.tensor([-1, -1]), prototypes.is_rival_PP)
    loss.backward()
    assert loss == 0
    assert vectors.grad is not None
    assert not vectors.grad.any()


def test_the_head_learns_to_tell_two_faces_apart() -> None:
    torch.manual_seed(0)
    head, prototypes = IdentityHead(CHANNELS), Prototypes(torch.tensor([0, 0]))
    maps = drawn_maps(8)
    person = torch.arange(8) % 2
    maps = maps._replace(coarse=maps.coarse + person[:, None, None, None] * maps.coarse[:1])
    optimiser = torch.optim.Adam([*head.parameters(), *prototypes.parameters()], lr=0.01)
    losses = []
    for _ in range(30):
        loss = identity_loss(prototypes(head(maps)), person, prototypes.is_rival_PP)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(float(loss.detach()))
    assert losses[-1] < 0.5 * losses[0]
    cosines = prototypes(head(maps)).detach().numpy()
    assert (np.argmax(cosines, axis=1) == person.numpy()).all()

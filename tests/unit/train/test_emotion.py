from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="needs torch")

from mien.runtime.emotion import EMOTIONS  # noqa: E402
from mien.runtime.wearer_vector import VECTOR_SIZE  # noqa: E402
from mien.train.heads.emotion import EmotionHead, emotion_loss, forget_some  # noqa: E402
from mien.train.maps import Channels, Maps  # noqa: E402

CHANNELS = Channels(8, 8, 8, 8, 6)


def maps_of(feature: torch.Tensor) -> Maps:
    nothing = torch.zeros(len(feature), 1)
    return Maps(nothing, nothing, nothing, nothing, feature, nothing)


def test_there_is_a_logit_per_emotion() -> None:
    logits = EmotionHead(CHANNELS)(maps_of(torch.rand(3, 6)), torch.zeros(3, VECTOR_SIZE))
    assert logits.shape == (3, len(EMOTIONS))


def test_frames_without_a_class_teach_nothing() -> None:
    logits = torch.rand(3, len(EMOTIONS), requires_grad=True)
    loss = emotion_loss(logits, torch.full((3,), -1))
    loss.backward()
    assert loss == 0
    assert logits.grad is not None
    assert not logits.grad.any()
    one = emotion_loss(logits.detach(), torch.tensor([2, -1, -1]))
    assert one == pytest.approx(float(emotion_loss(logits.detach()[:1], torch.tensor([2]))))


def test_a_share_of_the_vectors_is_forgotten_and_the_others_keep_their_direction() -> None:
    vectors = np.full((4000, VECTOR_SIZE), VECTOR_SIZE**-0.5, np.float32)
    vectors[-1000:] = 0
    kept = forget_some(vectors, np.random.default_rng(0), share=0.25)
    assert not kept[-1000:].any()
    known = kept[:3000]
    lengths = np.linalg.norm(known, axis=1)
    assert ((lengths == 0) | np.isclose(lengths, 1)).all()
    assert (lengths == 0).mean() == pytest.approx(0.25, abs=0.03)
    likeness = (known * vectors[:3000]).sum(axis=1)[lengths > 0]
    assert likeness.mean() == pytest.approx(1 / np.sqrt(1 + 1.5**2), abs=0.01)


def test_another_wearers_vector_harms_where_faces_differ() -> None:
    # Two faces: what is a smile in one is a frown in the other, and only the vector tells.
    torch.manual_seed(0)
    rng = np.random.default_rng(0)
    person = rng.integers(2, size=400)
    strength = rng.normal(size=400)
    faces = torch.nn.functional.normalize(torch.randn(2, VECTOR_SIZE), dim=1)
    emotion = torch.from_numpy(np.where((strength > 0) == (person == 0), 1, 5))
    feature = torch.from_numpy(strength[:, None].astype(np.float32)).repeat(1, 6)
    head = EmotionHead(CHANNELS)
    optimiser = torch.optim.Adam(head.parameters(), lr=0.02)
    for _ in range(150):
        loss = emotion_loss(head(maps_of(feature), faces[person]), emotion)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()

    def right(vectors: torch.Tensor) -> float:
        said = head(maps_of(feature), vectors).argmax(dim=1)
        return float((said == emotion).float().mean())

    own, other = right(faces[person]), right(faces[1 - person])
    assert own > 0.9
    assert other < own - 0.3

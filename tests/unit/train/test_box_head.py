"""The action-unit detection layer learns what it is taught, and only that."""

from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from mien.runtime.unit_boxes import (  # noqa: E402
    BOX_CLASSES,
    CELLS,
    FIELDS,
    REACH,
    cell_middles,
    decode_boxes,
)
from mien.train.boxes import overlap  # noqa: E402
from mien.train.detection_scores import average_precision  # noqa: E402
from mien.train.heads.boxes import FINE_BELOW, BoxHead, box_loss, giou, nearness  # noqa: E402
from mien.train.maps import Channels, Maps  # noqa: E402

pytestmark = pytest.mark.train
CHANNELS = Channels(stem=8, fine=8, coarse=16, last=16, feature=8)
NAN = float("nan")


def maps(count, seed=0):
    generator = torch.Generator().manual_seed(seed)

    def of(channels, side):
        return torch.rand((count, channels, side, side), generator=generator) * 3

    feature = torch.rand((count, CHANNELS.feature), generator=generator)
    return Maps(of(8, 32), of(8, 16), of(16, 8), of(16, 4), feature, torch.ones(count, 1, 8, 8))


def perfect(boxes):
    """What a head would give that has learnt these rectangles without fault."""
    middle = torch.from_numpy(cell_middles())
    edges, shown = torch.nan_to_num(boxes[..., :4]), boxes[..., 4]
    reach = torch.cat([middle - edges[:, :, None, :2], edges[:, :, None, 2:] - middle], dim=-1)
    reach = ((reach - REACH[0]) / (REACH[1] - REACH[0])).clamp(0, 1)
    near = nearness(edges.flatten(0, 1)).view(*shown.shape, CELLS)
    score = (shown[..., None] * near)[..., None]
    whole = torch.cat([score, reach], dim=-1).transpose(2, 3)
    return whole.reshape(len(boxes), -1, CELLS)


def some_boxes(count, classes, seed=0):
    rng = np.random.default_rng(seed)
    middle, half = (
        rng.uniform(0.3, 0.7, (count, classes, 2)),
        rng.uniform(0.05, 0.29, (count, classes, 2)),
    )
    rows = np.concatenate([middle - half, middle + half, np.ones((count, classes, 1))], -1)
    return torch.from_numpy(rows.astype(np.float32))


def test_targets_are_read_back_as_they_were_given():
    boxes = some_boxes(50, 3)
    found = decode_boxes(perfect(boxes).numpy())
    np.testing.assert_allclose(found.boxes, boxes[..., :4], atol=1e-6)
    assert found.scores.min() > 0.5
    assert box_loss(perfect(boxes), boxes) < 0.2 * box_loss(perfect(boxes).flip(2), boxes)


def test_small_regions_are_taught_on_the_finer_grid_and_large_ones_on_the_coarser():
    small = torch.tensor([[0.5 - FINE_BELOW / 2.1, 0.4, 0.5 + FINE_BELOW / 2.1, 0.6]])
    large = torch.tensor([[0.2, 0.2, 0.8, 0.8]])
    assert nearness(small)[0, 64:].max() == 0
    assert nearness(large)[0, :64].max() == 0
    assert nearness(large)[0].argmax() in (64 + 5, 64 + 6, 64 + 9, 64 + 10)


def test_a_batch_in_which_nothing_is_known_has_no_loss_and_no_gradient():
    head = BoxHead(CHANNELS, "eye")
    boxes = torch.full((3, len(BOX_CLASSES["eye"]), 5), NAN)
    boxes[0, 0] = torch.tensor([NAN, NAN, NAN, NAN, 1.0])  # it shows, nobody knows where
    loss = box_loss(head(maps(3)), boxes)
    loss.backward()
    assert loss.item() == 0
    assert all(p.grad.abs().sum().item() == 0 for p in head.parameters())


def test_what_does_not_show_teaches_scores_alone():
    head = BoxHead(CHANNELS, "eye")
    boxes = some_boxes(2, len(BOX_CLASSES["eye"]))
    boxes[..., 4] = 0
    box_loss(head(maps(2)), boxes).backward()
    per_field = head.large.weight.grad.view(-1, FIELDS, CHANNELS.last).abs().sum(dim=(0, 2))
    assert per_field[0] > 0
    assert per_field[1:].sum() == 0


def test_overlap_is_generalised_as_published():
    one = torch.tensor([[0.0, 0.0, 0.2, 0.2]])
    away = torch.tensor([[0.4, 0.0, 0.6, 0.2]])
    assert float(giou(one, one)[0]) == pytest.approx(1, abs=1e-4)
    assert float(giou(one, away)[0]) == pytest.approx(-1 / 3, abs=1e-4)


@pytest.mark.parametrize("kind", ["eye", "mouth"])
def test_a_few_samples_are_learnt_by_heart_in_seconds(kind):
    torch.manual_seed(0)
    classes = len(BOX_CLASSES[kind])
    boxes, seen = some_boxes(4, classes, seed=1), maps(4)
    boxes[:2, ::2, 4] = 0
    head = BoxHead(CHANNELS, kind)
    optimiser = torch.optim.Adam(head.parameters(), lr=0.03)
    for _ in range(150):
        optimiser.zero_grad()
        loss = box_loss(head(seen), boxes)
        loss.backward()
        optimiser.step()
    found = decode_boxes(head(seen).detach().numpy())
    shown = boxes[..., 4].numpy() > 0
    positives = int(shown.sum())
    assert average_precision(found.scores.ravel(), shown.ravel(), positives=positives) > 0.99
    assert np.median(overlap(found.boxes, boxes[..., :4].numpy())[shown]) > 0.8

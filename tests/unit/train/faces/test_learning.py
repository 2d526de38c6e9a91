from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="needs torch")

from mien.errors import TrainError  # noqa: E402
from mien.train.faces.learning import (  # noqa: E402
    Lesson,
    Pace,
    changed,
    drawn_from,
    features,
    inputs,
    learn,
    predict,
)
from mien.train.faces.networks import Classifier, SmallNetwork  # noqa: E402

pytestmark = pytest.mark.train

CPU = torch.device("cpu")


def bars(count, seed=0):
    """Pictures of an upright or a lying bar, and which it is."""
    rng = np.random.default_rng(seed)
    pictures = rng.integers(80, 110, (count, 32, 32)).astype(np.uint8)
    truth = np.arange(count) % 2
    for number, is_lying in enumerate(truth):
        at = int(rng.integers(12, 18))
        where = np.s_[at : at + 3, 6:26] if is_lying else np.s_[6:26, at : at + 3]
        pictures[number][where] = 220
    return pictures, truth


def lesson(count=64, check=None):
    pictures, truth = bars(count)
    return Lesson(pictures=pictures, targets=np.eye(2, dtype=np.float32)[truth], check=check)


def small():
    with drawn_from(0):
        return Classifier(SmallNetwork(side_px=32, width=0.25), features=128, classes=2)


def pace(epochs=8, **kept):
    return Pace(epochs=epochs, batch=16, learning_rate=3e-3, weight_decay=0.01, **kept)


def test_it_learns_what_it_is_told_and_the_same_again():
    made, told = [], []
    for _ in range(2):
        network = small()
        learn(network, lesson(), pace(), key=(0,), on_epoch=lambda: told.append(1))
        made.append(network)
    pictures, truth = bars(64, seed=1)
    assert (predict(made[0], pictures) == truth).mean() > 0.9
    assert len(told) == 16
    for one, other in zip(*(net.state_dict().values() for net in made), strict=True):
        assert torch.equal(one, other)
    batchwise = features(made[0], pictures, batch=7)
    assert batchwise == pytest.approx(features(made[0], pictures), abs=1e-4)


def test_the_epoch_is_chosen_where_there_is_a_check():
    pictures, truth = bars(40, seed=2)
    wanted = 1 - truth  # the opposite of what is learned, so the last epoch is a bad one
    network, right = small(), []
    chosen = learn(
        network,
        lesson(check=(pictures, wanted)),
        replace(pace(), learning_rate=5e-4, batch=64),
        key=(0,),
        on_epoch=lambda: right.append((predict(network, pictures) == wanted).mean()),
    )
    assert max(right) > right[-1]
    assert right.index(max(right)) + 1 == chosen
    assert (predict(network, pictures) == wanted).mean() == max(right)


def test_kept_parts_may_stand_still():
    network = small()
    before = [weight.clone() for weight in network.body.parameters()]
    last = network.last.weight.clone()
    learn(
        network, lesson(), pace(1, kept=(network.body,), kept_rate=0.0), key=(0,),
        on_epoch=lambda: None,
    )  # fmt: skip
    assert all(torch.equal(*pair) for pair in zip(before, network.body.parameters(), strict=True))
    assert not torch.equal(last, network.last.weight)


def test_a_loss_that_is_not_finite_ends_it():
    network = small()
    with torch.no_grad():
        network.last.bias.fill_(float("nan"))
    with pytest.raises(TrainError, match="expected a finite loss, got nan in epoch 1"):
        learn(network, lesson(), pace(), key=(0,), on_epoch=lambda: None)


def test_pictures_are_brought_to_one_brightness_and_contrast():
    pictures, _ = bars(4)
    dim = (pictures // 2 + 20).astype(np.uint8)
    x, y = inputs(pictures, CPU), inputs(dim, CPU)
    assert x.shape == (4, 1, 32, 32)
    assert float((x - y).abs().max()) < 0.1 * float(x.abs().max())
    flat = inputs(np.full((1, 32, 32), 90, np.uint8), CPU)
    assert torch.equal(flat, torch.zeros_like(flat))


def test_changed_pictures_are_near_and_each_is_changed_otherwise():
    x = inputs(np.repeat(bars(1)[0], 8, axis=0), CPU)
    found = changed(x, np.random.default_rng(0))
    assert found.shape == x.shape
    assert torch.equal(found, changed(x, np.random.default_rng(0)))
    assert float((found - found[:1]).abs().mean()) > 0.05
    brightest = found.flatten(2).argmax(2)
    assert ((brightest % 32 - 15.5).abs() < 14).all()

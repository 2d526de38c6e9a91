from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="needs torch")

from mien import schema  # noqa: E402
from mien.config import PreprocessConfig  # noqa: E402
from mien.train.augment import Augmenter, drawn_flips, flip_mouths, real_values  # noqa: E402
from mien.train.config import NO_AUGMENT, AugmentConfig  # noqa: E402

pytestmark = pytest.mark.train

PREPROCESS = PreprocessConfig(scale=1 / 16, zero_point=3)


@pytest.fixture
def codes():
    rng = np.random.default_rng(0)
    coarse = rng.normal(0, 40, (4, 2, 16, 16))
    return np.clip(coarse.repeat(8, 2).repeat(8, 3), -128, 127).astype(np.int8)


def test_nothing_switched_on_changes_nothing(codes):
    changed = Augmenter(NO_AUGMENT, PREPROCESS).run(codes, np.random.default_rng(0)).x_BCHW
    assert torch.equal(changed, real_values(codes, PREPROCESS))


def test_real_values_undo_the_quantisation(codes):
    expected = (codes.astype(np.float32) - 3) / 16
    assert np.array_equal(real_values(codes, PREPROCESS).numpy(), expected)


def test_the_same_chance_gives_the_same_batch(codes):
    augmenter = Augmenter(AugmentConfig(), PREPROCESS)
    first, second = (augmenter.run(codes, np.random.default_rng(7)).x_BCHW for _ in range(2))
    other = augmenter.run(codes, np.random.default_rng(8)).x_BCHW
    assert torch.equal(first, second)
    assert not torch.equal(first, other)


def test_a_changed_crop_stays_within_int8_and_the_original_is_left_alone(codes):
    before = codes.copy()
    changed = (
        Augmenter(AugmentConfig(contrast=2, noise=4), PREPROCESS)
        .run(codes, np.random.default_rng(1))
        .x_BCHW
    )
    assert np.array_equal(codes, before)
    assert changed.min() >= (-128 - 3) / 16
    assert changed.max() <= (127 - 3) / 16
    assert torch.isfinite(changed).all()


def test_a_shift_moves_the_content(codes):
    only = replace(NO_AUGMENT, shift=0.05)
    changed = Augmenter(only, PREPROCESS).run(codes, np.random.default_rng(3)).x_BCHW
    plain = real_values(codes, PREPROCESS)
    assert (changed - plain).abs().mean() > 0.05
    assert changed.mean() == pytest.approx(plain.mean().item(), abs=0.2)


def test_a_crop_and_its_neutral_move_together_but_for_a_small_slip(codes):
    codes[:, 1] = codes[:, 0]
    moved = (
        Augmenter(replace(NO_AUGMENT, shift=0.1), PREPROCESS)
        .run(codes, np.random.default_rng(5))
        .x_BCHW
    )
    assert torch.equal(moved[:, 0], moved[:, 1])
    slipped = (
        Augmenter(replace(NO_AUGMENT, slip=0.02), PREPROCESS)
        .run(codes, np.random.default_rng(5))
        .x_BCHW
    )
    assert torch.equal(slipped[:, 0], real_values(codes, PREPROCESS)[:, 0])
    assert not torch.equal(slipped[:, 1], slipped[:, 0])


def test_a_bend_moves_smoothly_and_crop_and_neutral_alike(codes):
    codes[:, 1] = codes[:, 0]
    bent = Augmenter(replace(NO_AUGMENT, bend=0.03), PREPROCESS)
    changed = bent.run(codes, np.random.default_rng(5)).x_BCHW
    plain = real_values(codes, PREPROCESS)
    assert torch.equal(changed[:, 0], changed[:, 1])
    assert (changed - plain).abs().mean() > 0.05
    # A ramp keeps its order where the bend is smooth: no pixel jumps over its neighbours.
    ramp = np.broadcast_to(np.arange(-64, 64, dtype=np.int8), codes.shape)
    steps = bent.run(ramp, np.random.default_rng(6)).x_BCHW[..., 16:-16].diff(dim=3)
    assert (steps >= 0).all()


def test_without_shift_and_bend_nothing_moves(codes):
    for settings in (NO_AUGMENT, replace(NO_AUGMENT, bend=1e-9)):
        changed = Augmenter(settings, PREPROCESS).run(codes, np.random.default_rng(5)).x_BCHW
        assert torch.equal(changed, real_values(codes, PREPROCESS))


def test_a_neutral_that_is_dropped_or_unknown_is_zero(codes):
    dropped = (
        Augmenter(replace(NO_AUGMENT, drop_neutral=1.0), PREPROCESS)
        .run(codes, np.random.default_rng(0))
        .x_BCHW
    )
    codes[1, 1] = PREPROCESS.zero_point
    unknown = (
        Augmenter(AugmentConfig(drop_neutral=0.0), PREPROCESS)
        .run(codes, np.random.default_rng(0))
        .x_BCHW
    )
    assert not dropped[:, 1].any()
    assert dropped[:, 0].any()
    assert [bool(x.any()) for x in unknown[:, 1]] == [True, False, True, True]


def test_a_flipped_mouth_swaps_its_sides():
    x = torch.arange(128.0).expand(64, 1, 128, 128)
    target = torch.zeros(64, len(schema.MOUTH_OUTPUTS))
    left = schema.MOUTH_OUTPUTS.index("lip_corner_puller_left")
    right = schema.MOUTH_OUTPUTS.index("lip_corner_puller_right")
    target[:, left] = 1
    weight = target.clone()
    flipped_x, flipped_target, flipped_weight = flip_mouths(
        x, target, weight, flips_B=drawn_flips(64, np.random.default_rng(0))
    )
    is_flipped = flipped_x[:, 0, 0, 0] == 127
    assert 16 < int(is_flipped.sum()) < 48
    assert torch.equal(flipped_target[:, right], is_flipped.float())
    assert torch.equal(flipped_target[:, left], (~is_flipped).float())
    assert torch.equal(flipped_weight, flipped_target)

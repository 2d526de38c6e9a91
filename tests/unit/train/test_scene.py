"""What a session teaches besides the units, and that it moves with the image."""

from __future__ import annotations

from types import SimpleNamespace

import cv2
import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="needs torch")

from mien import schema  # noqa: E402
from mien.config import PreprocessConfig  # noqa: E402
from mien.runtime.fallback import fallback_columns  # noqa: E402
from mien.train.augment import Augmenter  # noqa: E402
from mien.train.config import NO_AUGMENT, AugmentConfig  # noqa: E402
from mien.train.drawing import mirrored_boxes, seen_regions  # noqa: E402
from mien.train.heads.attention import attention_loss  # noqa: E402
from mien.train.heads.segmentation import GRID, UNKNOWN, segmentation_loss  # noqa: E402
from mien.train.occluder import draw_cover  # noqa: E402
from mien.train.pixels import SIDE, class_table, moved_pixels  # noqa: E402
from mien.train.tasks import Emphasis, columns_of, gaze_lid_loss  # noqa: E402

pytestmark = pytest.mark.train

STILL = np.array([[1.0, 0, 0], [0, 1, 0]])


def disc(x, y, radius, *, side):
    at = np.arange(side) + 0.5
    return (np.hypot(at[None] - x * side, at[:, None] - y * side) < radius * side).astype(np.uint8)


def test_pixels_that_stay_are_every_other_one():
    pixels = np.random.default_rng(0).integers(0, 6, (SIDE, SIDE)).astype(np.uint8)
    still = moved_pixels(pixels, STILL)
    assert still.shape == (GRID, GRID)
    # The middle of a grid cell lies between four pixels; the nearest is one of them.
    blocks = pixels.reshape(GRID, 2, GRID, 2).transpose(0, 2, 1, 3).reshape(GRID, GRID, 4)
    assert (blocks == still[..., None]).any(-1).all()


@pytest.mark.parametrize("seed", range(4))
def test_pixels_follow_the_image_through_an_augmentation(seed):
    place, config = (0.45, 0.55, 0.2), AugmentConfig(shift=0.1, rotation_deg=20, drop_neutral=0)
    image = disc(*place, side=128).astype(np.int16) * 200 - 100
    codes = np.repeat(image.astype(np.int8)[None, None], 2, axis=1)
    only_moves = AugmentConfig(
        **{name: getattr(NO_AUGMENT, name) for name in ("contrast", "shading", "noise", "spots")},
        **{name: getattr(config, name) for name in ("shift", "rotation_deg", "zoom", "shear")},
        blur=0, slip=0, drop_neutral=0,
    )  # fmt: skip
    changed = Augmenter(only_moves, PreprocessConfig()).run(codes, np.random.default_rng(seed))
    moved = moved_pixels(disc(*place, side=SIDE), changed.source_from_crop_B23[0])
    seen = cv2.resize((changed.x_BCHW[0, 0] > 0).float().numpy(), (GRID, GRID))
    both, either = ((moved == 1) & (seen > 0.5)).sum(), ((moved == 1) | (seen > 0.5)).sum()
    assert both / either > 0.85


def test_beyond_the_edge_nothing_is_known():
    away = np.array([[1.0, 0, 64], [0, 1, 0]])
    moved = moved_pixels(np.ones((SIDE, SIDE), np.uint8), away)
    assert (moved[:, : GRID // 2] == 1).all()
    assert (moved[:, GRID // 2 + 1 :] == UNKNOWN).all()


def test_what_is_covered_is_not_seen():
    cover = draw_cover("finger", 0.3, (1,))
    seen = seen_regions([None, cover])
    assert (seen[0] == 1).all()
    assert 1 - seen[1].mean() == pytest.approx(cover.area, abs=0.02)


def test_attention_is_taught_by_what_is_seen():
    seen = torch.tensor([1.0, 0.0]).view(2, 1, 1, 1).expand(2, 1, 8, 8)
    right, wrong = (attention_loss(given, seen) for given in (seen, 1 - seen))
    assert right < 0.01
    assert wrong > 1


def test_unknown_pixels_teach_nothing():
    logits = torch.randn(2, 6, GRID, GRID, requires_grad=True)
    classes = torch.full((2, GRID, GRID), UNKNOWN, dtype=torch.uint8)
    assert segmentation_loss(logits, classes) == 0
    classes[0, 3, 4] = 2
    segmentation_loss(logits, classes).backward()
    assert (logits.grad.abs().sum(1) > 0).sum() == 1


def test_codes_of_the_label_videos_become_classes():
    eye, mouth = class_table("eye"), class_table("mouth")
    assert [int(eye[code]) for code in (0, 1, 2, 6, 7, 8, 4)] == [0, 1, 2, 3, 4, 5, 0]
    assert [int(mouth[code]) for code in (0, 1, 3, 4, 5, 9, 8)] == [0, 1, 2, 3, 4, 5, 0]


def test_an_eye_guesses_its_own_side():
    left, right = fallback_columns("eye_left"), fallback_columns("eye_right")
    names = [
        (schema.VALUE_NAMES[a], schema.VALUE_NAMES[b]) for a, b in zip(left, right, strict=True)
    ]
    assert ("lip_corner_puller_left", "lip_corner_puller_right") in names
    assert ("jaw_drop", "jaw_drop") in names
    assert not any("gaze" in name or "brow" in name for pair in names for name in pair)


def test_every_output_belongs_to_one_task():
    for kind, outputs in (("eye", schema.EYE_OUTPUTS), ("mouth", schema.MOUTH_OUTPUTS)):
        columns = [*columns_of("units", kind), *columns_of("gaze_lid", kind)]
        assert sorted(columns) == list(range(len(outputs)))


def test_boxes_in_a_mirror_swap_sides():
    boxes = torch.full((1, len(schema.MOUTH_OUTPUTS) + 1, 5), float("nan"))
    left = schema.MOUTH_OUTPUTS.index("lip_corner_puller_left")
    right = schema.MOUTH_OUTPUTS.index("lip_corner_puller_right")
    boxes[0, left] = torch.tensor([0.6, 0.4, 0.9, 0.7, 1.0])
    seen = mirrored_boxes(boxes)[0]
    assert seen[right].tolist() == pytest.approx([0.1, 0.4, 0.4, 0.7, 1.0])
    assert torch.isnan(seen[left]).all()


def test_an_opening_teaches_also_where_no_gaze_is_labelled():
    outputs = len(schema.EYE_OUTPUTS)
    nothing = {"weight_BU": torch.zeros(2, outputs), "target_BU": torch.zeros(2, outputs)}
    batch = SimpleNamespace(**nothing, aperture_B=torch.tensor([0.5, float("nan")]))
    given = {"units": torch.zeros(2, outputs), "aperture": torch.tensor([[0.1], [0.9]])}
    emphasis = Emphasis(torch.ones(outputs), torch.zeros(outputs, dtype=torch.bool), 3.0)
    loss = gaze_lid_loss(given, batch, emphasis)
    assert loss.known == 1
    assert float(loss.mean) == pytest.approx(0.16)

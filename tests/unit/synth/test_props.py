from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from mien import schema
from mien.synth.flow import ExactFlow, Instant
from mien.synth.geometry import seen_triangles
from mien.synth.head import Head
from mien.synth.hidden import behind_glasses, without_hidden
from mien.synth.look import Look, draw_look
from mien.synth.mesh import FaceMesh
from mien.synth.props import cloth_shape, draw_glasses, frame_shape, lens_shape
from mien.synth.render import Renderer
from mien.synth.rigs import draw_rig
from mien.types import Rig

CENTRES = np.array([[31.0, 0.0, 0.0], [-31.0, 0.0, 0.0]], np.float32)
FLAT_SKIN = np.full((16, 16, 4), 128, np.uint8)
STILL = Instant(np.zeros(schema.VALUE_COUNT, np.float32), np.eye(4))
Worn = tuple[FaceMesh, Rig, Look]


@pytest.mark.parametrize("seed", range(5))
def test_shapes_are_whole_and_glasses_stand_before_the_eyes(seed: int) -> None:
    rng = np.random.default_rng(seed)
    glasses = draw_glasses(rng)
    cloth = cloth_shape(rng.normal(0, 60, (500, 3)), rng)
    for shape in (frame_shape(glasses, CENTRES, 12.0), lens_shape(glasses, CENTRES, 12.0), cloth):
        assert np.isfinite(shape.points).all()
        assert np.linalg.norm(shape.normals, axis=1) == pytest.approx(1.0, abs=1e-4)
        assert shape.faces.min() == 0
        assert shape.faces.max() == len(shape.points) - 1
    assert lens_shape(glasses, CENTRES, 12.0).points[:, 2].min() > 12.0


@pytest.fixture(scope="module")
def worn(head: Head) -> Worn:
    rng = np.random.default_rng(5)
    cameras = draw_rig(
        head, "train", rng, max_resolution=200, names=("goggle_wide", "under_visor")
    ).cameras
    look = replace(draw_look(cameras, rng), glasses=draw_glasses(rng), cloth=0.5)
    mesh = FaceMesh(
        head, np.zeros(len(head.identity), np.float32), seen=seen_triangles(head, cameras)
    )
    return mesh, cameras, look


def drawn(worn: Worn, **changes: object) -> dict[str, np.ndarray]:
    mesh, rig, look = worn
    changed: Callable[..., Look] = replace
    renderer = Renderer(mesh, rig, changed(look, **changes), skin=FLAT_SKIN, seed=3)
    images = renderer.draw(STILL.values, STILL.headset_from_head)
    renderer.close()
    return dict(images)


@pytest.mark.data
@pytest.mark.egl
@pytest.mark.parametrize(
    ("off", "camera"), [({"glasses": None}, "eye_left"), ({"cloth": 0.0}, "mouth")]
)
def test_each_thing_worn_shows_and_can_be_left_out(
    worn: Worn, off: dict[str, object], camera: str
) -> None:
    whole, without = drawn(worn), drawn(worn, **off)
    for name, image in whole.items():
        is_touched = name.startswith(camera.split("_", maxsplit=1)[0])
        assert bool((image != without[name]).any()) == is_touched
    np.testing.assert_array_equal(whole[camera], drawn(worn)[camera])


@pytest.mark.data
@pytest.mark.egl
def test_glasses_tell_which_pixels_they_hide(worn: Worn) -> None:
    mesh, rig, look = worn
    hidden = behind_glasses(mesh, rig, look, instants=[STILL])[0]
    assert 0.005 < hidden["eye_left"].mean() < 0.6
    assert not hidden["mouth"].any()
    none = behind_glasses(mesh, rig, replace(look, glasses=None), instants=[STILL])[0]
    assert not any(mask.any() for mask in none.values())


def test_flow_is_not_valid_where_either_end_is_hidden() -> None:
    flow_px = np.zeros((4, 6, 2), np.float32)
    flow_px[..., 0] = 2.0
    before, after = np.zeros((4, 6), bool), np.zeros((4, 6), bool)
    before[0, 0] = after[1, 4] = True

    left = without_hidden(ExactFlow(flow_px, np.ones((4, 6), bool)), before, after).valid
    assert not left[0, 0]
    assert not left[1, 2]
    assert left.sum() == 22

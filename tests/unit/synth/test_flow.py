"""Exact flow: it carries vertices, and it takes one rendered image to the other."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from mien.capture.lens import crop_flow
from mien.synth.flow import FlowRenderer, Instant, glints, warp
from mien.synth.geometry import seen_triangles
from mien.synth.look import Look, draw_look
from mien.synth.mesh import FaceMesh
from mien.synth.render import Renderer, gaze_in_head, head_from_eye, rotation
from mien.synth.rigs import draw_rig
from mien.synth.skin import paint_skin
from mien.synth.slip import slip_matrix
from mien.vision.flow import DenseFlow
from mien.vision.preprocess import Preprocessor

pytestmark = [pytest.mark.data, pytest.mark.egl]

NO_SLIP = np.eye(4)
SLIP = slip_matrix(np.array([0.4, -0.3, 0.2, 0.006, 0.005, -0.004]))


def flat(look: Look) -> Look:
    """The same without light from anywhere: what is left moves with the skin."""
    cameras = {
        name: replace(camera, leds=((0.0, 0.0, 90.0, 0.0),), ambient=1.0)
        for name, camera in look.cameras.items()
    }
    return replace(
        look, cameras=cameras, fold=0.0, bump=0.0, goggle=(1.0, 0.0, 0.1, 0.0), glasses=None
    )


@pytest.fixture(scope="module")
def scene(head):
    rng = np.random.default_rng(5)
    names = ("goggle_low", "boom_front")
    cameras = draw_rig(head, "train", rng, max_resolution=240, names=names).cameras
    look = flat(draw_look(cameras, rng))
    identity = np.random.default_rng(8).normal(0, 0.8, len(head.identity)).astype(np.float32)
    mesh = FaceMesh(head, identity, seen=seen_triangles(head, cameras))
    renderer = Renderer(mesh, cameras, look, skin=paint_skin(head, look.skin, rng), seed=1)
    flow = FlowRenderer(mesh, cameras, look.eye)
    yield cameras, mesh, renderer, flow
    renderer.close()
    flow.close()


CASES = {
    "slip": ({}, {}, SLIP),
    "gaze": ({}, {"gaze_yaw": 0.08, "gaze_pitch": 0.04}, NO_SLIP),
    "blink": ({"lid_closure": 0.2}, {"lid_closure": 0.35}, NO_SLIP),
    "smile": ({}, {"lip_corner_puller": 0.3, "cheek_raiser": 0.2}, SLIP),
    "jaw": ({"jaw_drop": 0.2}, {"jaw_drop": 0.4}, NO_SLIP),
}


@pytest.mark.parametrize("case", CASES)
def test_warping_by_the_flow_removes_the_difference(scene, raised, case):
    cameras, _, renderer, flow = scene
    start, end, slip = CASES[case]
    before, after = Instant(raised(**start), NO_SLIP), Instant(raised(**end), slip)
    exact = flow.flow(before, after)
    first, second = (
        renderer.draw(at.values, at.headset_from_head, is_glossy=False) for at in (before, after)
    )
    moved = 0
    for name in cameras:
        valid = exact[name].valid
        still = np.abs(first[name] - second[name])[valid].mean()
        if still < 0.004 * first[name][valid].mean():
            continue
        moved += 1
        left = np.abs(first[name] - warp(second[name], exact[name].flow_px))[valid]
        # Edges are not antialiased, so their few pixels differ by as much as they are bright.
        inner = np.sort(left)[: int(0.95 * len(left))]
        assert inner.mean() < 0.3 * still, name
    assert moved >= 1


def test_a_vertex_moves_as_the_flow_says(scene, raised):
    cameras, mesh, _, flow = scene
    before = Instant(raised(jaw_drop=0.1), NO_SLIP)
    after = Instant(raised(jaw_drop=0.3, outer_brow_raiser=0.3), SLIP)
    exact = flow.flow(before, after)
    skin = np.unique(mesh.tri[mesh.part == 0])
    points = [
        mesh.pose(gaze_in_head(a.values, a.headset_from_head)).points_mm for a in (before, after)
    ]
    for name, camera in cameras.items():
        start, end = (
            flow.pixels(name, at, placed[skin])
            for at, placed in zip((before, after), points, strict=True)
        )
        inside = ((start > 2) & (start < np.array(camera.size_wh) - 3)).all(axis=1)
        start, end = start[inside], end[inside]
        depth = flow.depth_mm(name, before, points[0][skin])[inside]
        nearest = np.round(start).astype(int)
        # Vertices on the far side of the face lie behind valid pixels of the near one.
        shell = np.full((50, 50), np.inf)
        np.minimum.at(shell, tuple(nearest.T // 8), depth)
        seen = exact[name].valid[nearest[:, 1], nearest[:, 0]]
        seen &= depth < shell[tuple(nearest.T // 8)] + 1.2
        got = exact[name].flow_px[nearest[:, 1], nearest[:, 0]]
        miss = np.linalg.norm(got - (end - start), axis=1)[seen]
        assert np.median(miss) < 0.05, name
        assert np.mean(miss < 0.2) > 0.8, name
        assert len(miss) > 200


def test_the_white_of_the_eye_turns_with_the_eyeball(scene, raised):
    _, mesh, _, flow = scene
    before, after = Instant(raised(), NO_SLIP), Instant(raised(gaze_yaw=0.1), NO_SLIP)
    exact = flow.flow(before, after)["eye_left"]
    # Beside the iris, on the side of the temple: in sight of the camera, outside of the cornea.
    place = rotation(0.62, -0.02)[:, 2]
    start, end = (
        flow.pixels(
            "eye_left",
            at,
            (head_from_eye(mesh, at.values, 0) @ np.append(turned, 1.0))[None, :3],
        )[0]
        for at, turned in ((before, place), (after, place))
    )
    x, y = np.round(start).astype(int)
    assert exact.valid[y, x]
    assert exact.flow_px[y, x] == pytest.approx(end - start, abs=0.15)


def test_nothing_moves_when_nothing_happens(scene, raised):
    _, _, _, flow = scene
    still = Instant(raised(jaw_drop=0.2), SLIP)
    for exact in flow.flow(still, still).values():
        # The sight line through the cornea is found by iteration.
        assert np.abs(exact.flow_px).max() < 0.05
        assert exact.valid.mean() > 0.4


def test_what_a_lid_hides_is_not_valid(scene, raised):
    _, _, _, flow = scene
    opened, closed = Instant(raised(), NO_SLIP), Instant(raised(lid_closure=1.0), NO_SLIP)
    lost = flow.flow(opened, closed)["eye_left"].valid
    kept = flow.flow(opened, opened)["eye_left"].valid
    assert (kept & ~lost).sum() > 400
    assert (flow.flow(opened, closed)["eye_left"].flow_px[~lost] == 0).all()


def test_glints_are_found(raised, head):
    rng = np.random.default_rng(5)
    cameras = draw_rig(head, "train", rng, max_resolution=200).cameras
    look = draw_look(cameras, rng)
    mesh = FaceMesh(
        head, np.zeros(len(head.identity), np.float32), seen=seen_triangles(head, cameras)
    )
    renderer = Renderer(mesh, cameras, look, skin=paint_skin(head, look.skin, rng), seed=1)
    lit = renderer.draw(raised(), NO_SLIP)["eye_left"]
    matt = renderer.draw(raised(), NO_SLIP, is_glossy=False)["eye_left"]
    renderer.close()
    found = glints(lit, matt)
    assert 0.0 < found.mean() < 0.5
    assert not glints(matt, matt).any()


def test_the_core_finds_the_exact_flow_in_the_crop(scene, raised):
    cameras, _, renderer, flow = scene
    before, after = Instant(raised(), NO_SLIP), Instant(raised(), SLIP)
    for name in ("eye_left", "eye_right", "mouth"):
        camera = cameras[name]
        exact = flow.flow(before, after)[name]
        wanted, valid = crop_flow(camera, exact.flow_px, exact.valid, size=128)
        grays = []
        for at in (before, after):
            light = renderer.draw(at.values, at.headset_from_head, is_glossy=False)[name]
            gray = np.clip(light * (110 / light.mean()), 0, 255).astype(np.uint8)
            grays.append(Preprocessor(camera).run(gray).gray)
        got = DenseFlow(128, 128).run(grays[0], grays[1]).flow_px
        inner = valid.copy()
        inner[:12], inner[-12:], inner[:, :12], inner[:, -12:] = False, False, False, False
        assert np.median(np.linalg.norm(got - wanted, axis=2)[inner]) < 0.25, name
        assert np.median(np.linalg.norm(wanted, axis=2)[inner]) > 0.4, name

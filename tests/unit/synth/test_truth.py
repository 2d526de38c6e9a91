"""Lid aperture, rectangles and labels against the face they are measured on."""

from __future__ import annotations

import numpy as np
import pytest

from mien import schema
from mien.synth.aperture import Aperture
from mien.synth.boxes import FACE, FaceBoxes
from mien.synth.flow import FlowRenderer, Instant
from mien.synth.geometry import seen_triangles
from mien.synth.labels import LABELS
from mien.synth.look import draw_look
from mien.synth.mesh import FaceMesh
from mien.synth.rigs import draw_rig

pytestmark = pytest.mark.data

NO_SLIP = np.eye(4)


@pytest.fixture(scope="module", params=["first", "second"])
def face(request):
    head = request.getfixturevalue("head" if request.param == "first" else "second_head")
    rng = np.random.default_rng(2)
    names = ("glasses_near", "boom_front")
    rig = draw_rig(head, "train", rng, max_resolution=200, names=names).cameras
    identity = rng.normal(0, 0.5, len(head.identity)).astype(np.float32)
    return FaceMesh(head, identity, seen=seen_triangles(head, rig)), rig


def test_the_aperture_shrinks_as_the_lid_closes(face, raised):
    mesh, _ = face
    aperture = Aperture(mesh)
    opened = [
        aperture.mm(mesh.pose(raised(lid_closure=amount)))[0] for amount in (0, 0.25, 0.5, 0.75, 1)
    ]
    assert 6.0 < opened[0] < 14.0
    assert all(np.diff(opened) <= 0)
    # The lids of an identity need not seal; what is left is what is seen.
    assert opened[-1] < 1.0


def test_each_eye_has_its_own_aperture(face, raised):
    mesh, _ = face
    left, right = Aperture(mesh).mm(mesh.pose(raised(lid_closure_left=1.0)))
    assert left < 1.0
    assert right > 6.0


def test_a_raised_lid_opens_the_eye(face, raised):
    mesh, _ = face
    aperture = Aperture(mesh)
    wide = aperture.mm(mesh.pose(raised(lid_raiser=1.0)))
    assert min(wide) > max(aperture.mm(mesh.pose(raised()))) + 0.3


def test_boxes_lie_in_the_image_and_on_the_right_side(face, raised):
    mesh, rig = face
    boxes = FaceBoxes(mesh, rig).at(mesh.pose(raised()), NO_SLIP)
    for box in boxes:
        x0, y0, x1, y1 = box.xyxy_px
        assert -0.5 <= x0 < x1 <= rig[box.camera].width - 0.5
        assert -0.5 <= y0 < y1 <= rig[box.camera].height - 0.5
        if box.camera != "mouth" and box.name != FACE:
            assert not box.name.endswith("right" if box.camera == "eye_left" else "left")
    found = {(box.camera, box.name): box.xyxy_px for box in boxes}
    for camera in rig:
        assert (camera, FACE) in found
    left, right = (
        found["mouth", "lip_corner_puller_left"],
        found["mouth", "lip_corner_puller_right"],
    )
    # Seen from the front, the wearer's left is on the image's right.
    assert left[0] + left[2] > right[0] + right[2]


def test_a_box_moves_with_the_slip(face, raised):
    mesh, rig = face
    moved = np.eye(4)
    moved[1, 3] = 3.0
    boxes = FaceBoxes(mesh, rig)
    before, after = (
        {
            box.name: box.xyxy_px
            for box in boxes.at(mesh.pose(raised()), pose)
            if box.camera == "mouth"
        }
        for pose in (NO_SLIP, moved)
    )
    assert after["jaw_drop"][1] < before["jaw_drop"][1] - 1


@pytest.fixture(scope="module")
def labels(face, raised):
    mesh, rig = face
    look = draw_look(rig, np.random.default_rng(2))
    renderer = FlowRenderer(mesh, rig, look.eye)
    yield lambda **values: {
        name: {LABELS[code]: int((codes == code).sum()) for code in np.unique(codes)}
        for name, codes in renderer.labels(Instant(raised(**values), NO_SLIP)).items()
    }
    renderer.close()


@pytest.mark.egl
def test_labels_tell_the_parts_of_the_eye(labels):
    opened, closed = labels()["eye_left"], labels(lid_closure=1.0)["eye_left"]
    assert min(opened[part] for part in ("pupil", "iris", "sclera", "lid")) > 100
    assert closed.get("pupil", 0) < 0.05 * opened["pupil"]
    assert closed["lid"] > opened["lid"]


@pytest.mark.egl
def test_labels_tell_the_parts_of_the_mouth(face, labels):
    mesh, _ = face
    rest, opened = labels()["mouth"], labels(jaw_drop=0.8)["mouth"]
    assert rest["lips"] > 500
    assert opened["teeth"] > 20
    assert opened["mouth"] > rest.get("mouth", 0) + 200
    if "tongue_out" not in mesh.head.missing_values():
        out = labels(jaw_drop=0.8, tongue_out=1.0)["mouth"]
        assert out["tongue"] > opened.get("tongue", 0) + 100


@pytest.mark.egl
def test_every_pixel_has_a_label(face, labels):
    _, rig = face
    for name, counts in labels(jaw_drop=0.3).items():
        assert sum(counts.values()) == rig[name].width * rig[name].height
        assert set(counts) <= set(LABELS)


def test_label_codes_are_those_the_shaders_write():
    assert LABELS[1:4] == ("skin", "lid", "lips")
    assert LABELS[6:9] == ("sclera", "iris", "pupil")
    assert len(LABELS) == len(set(LABELS)) < 256
    assert schema.WEIGHT_NAMES

"""Heads of other topologies: found landmarks, what they lack, what the cameras see of them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from mien import schema
from mien.errors import HeadError
from mien.synth.geometry import seen_triangles
from mien.synth.head import Head, Part, load_head
from mien.synth.ict import import_ict, read_obj
from mien.synth.landmarks import find_landmarks
from mien.synth.look import draw_look
from mien.synth.mesh import FaceMesh
from mien.synth.render import Renderer
from mien.synth.rigs import draw_rig
from mien.synth.skin import paint_skin

pytestmark = pytest.mark.data

EYES, LIPS, BROWS = slice(36, 48), slice(48, 60), slice(17, 27)


def _found(head: Head) -> np.ndarray:
    return find_landmarks(
        head.vertices_mm,
        head.tri[head.tri_part == Part.SKIN],
        shapes=head.shapes,
        eyes=head.eye_centres_mm,
        eye_radius_mm=head.eye_radius_mm,
    )[0]


def test_found_landmarks_are_near_the_annotated_ones(head):
    miss = np.linalg.norm(head.vertices_mm[_found(head)] - head.vertices_mm[head.landmarks], axis=1)
    assert miss[EYES].mean() < 2.5
    assert miss[LIPS].mean() < 1.5
    assert miss[BROWS].mean() < 8


@pytest.mark.parametrize("left_out", [("jawOpen",), ("jawOpen", "mouthSmile", "mouthPucker")])
def test_without_a_jaw_the_mouth_is_placed_and_said(head, left_out):
    landmarks, notes = find_landmarks(
        head.vertices_mm,
        head.tri[head.tri_part == Part.SKIN],
        shapes={n: d for n, d in head.shapes.items() if not n.startswith(left_out)},
        eyes=head.eye_centres_mm,
        eye_radius_mm=head.eye_radius_mm,
    )
    assert notes == ("line of the lips: jawOpen does not part them",)
    miss = np.linalg.norm(head.vertices_mm[landmarks] - head.vertices_mm[head.landmarks], axis=1)
    assert miss[[48, 54]].max() < 12


def test_eyes_behind_the_skin_are_placed_and_said(head):
    landmarks, notes = find_landmarks(
        head.vertices_mm,
        head.tri[head.tri_part == Part.SKIN],
        shapes=head.shapes,
        eyes=head.eye_centres_mm,
        eye_radius_mm=4.0,
    )
    assert notes == ("eye openings: the eyeballs stand behind the skin",)
    assert len(set(landmarks[36:48].tolist())) > 4


def test_a_head_without_skin_is_refused(head):
    with pytest.raises(HeadError, match="expected a part that is skin"):
        find_landmarks(
            head.vertices_mm,
            head.tri[:0],
            shapes=head.shapes,
            eyes=head.eye_centres_mm,
            eye_radius_mm=head.eye_radius_mm,
        )


def test_eyeballs_tell_where_the_eyes_are(second_head, second_head_path, tmp_path):
    with np.load(second_head_path) as archive:
        kept = {name: archive[name] for name in archive if name != "eye_centers_LR"}
    np.savez(tmp_path / "head.npz", **kept)
    made = load_head(tmp_path / "head.npz")
    assert np.abs(made.eye_centres_mm - second_head.eye_centres_mm).max() < 1.0


def test_the_second_head_shows_everything_but_what_arkit_lacks(second_head):
    assert second_head.missing_values() == ("lip_tightener_left", "lip_tightener_right")
    assert "part gums" in second_head.lacks
    assert not any(text.startswith("shape") for text in second_head.lacks)
    assert {Part.SKIN, Part.FLESH, Part.TEETH, Part.TONGUE, Part.LASHES} <= set(
        second_head.tri_part.tolist()
    )


def test_the_second_heads_wearers_differ(second_head):
    rng = np.random.default_rng(0)
    faces = [
        second_head.face(rng.normal(0, 1, len(second_head.identity)).astype(np.float32))
        for _ in range(2)
    ]
    skin = np.unique(second_head.tri[second_head.tri_part == Part.SKIN])
    apart = np.linalg.norm(faces[0] - faces[1], axis=1)[skin]
    assert 1.0 < apart.mean() < 15.0


@pytest.fixture(scope="module")
def bare_path(head_path, tmp_path_factory) -> Path:
    """A third topology: part of a mesh, renumbered, with nothing that is not required."""
    with np.load(head_path) as archive:
        kinds = archive["tri_material"]
        tri = archive["tri"].astype(int)[kinds == 0]
        used = np.unique(tri)
        order = np.random.default_rng(1).permutation(used)
        place = np.full(len(archive["vertices"]), -1)
        place[order] = np.arange(len(order))
        names = [str(name) for name in archive["expression_names"]]
        kept = [i for i, name in enumerate(names) if "cheekSquint" not in name]
        bare = {
            "vertices": archive["vertices"][order] + np.float32([0, 150, 3]),
            "tri": place[tri],
            "expression_names": np.array([names[i] for i in kept]),
            "expression_deltas": archive["expression_deltas"][kept][:, order],
            "eye_centers_LR": archive["eye_centers_LR"] + np.float32([0, 150, 3]),
            "eye_radius_cm": np.float32(1.51),
        }
    path = tmp_path_factory.mktemp("bare") / "third.npz"
    np.savez(path, **bare)
    return path


def test_a_bare_head_says_what_it_lacks(bare_path):
    head = load_head(bare_path)
    assert {"cheek_raiser_left", "cheek_raiser_right", "tongue_out"} <= set(head.missing_values())
    assert {
        *("shape cheekSquintLeft", "shape cheekSquintRight", "shape tongueOut"),
        *("part teeth", "part gums", "part tongue", "part lashes"),
        "identities: every wearer has the same face",
    } <= set(head.lacks)


def test_a_head_wound_the_other_way_is_turned(bare_path, tmp_path):
    with np.load(bare_path) as archive:
        turned = {**archive, "tri": archive["tri"][:, ::-1]}
    np.savez(tmp_path / "turned.npz", **turned)
    one, other = load_head(bare_path), load_head(tmp_path / "turned.npz")
    assert np.array_equal(one.tri, other.tri)


@pytest.mark.egl
@pytest.mark.parametrize("which", ["second", "bare"])
def test_every_value_a_head_has_is_seen(which, second_head, bare_path, raised):
    head = second_head if which == "second" else load_head(bare_path)
    rng = np.random.default_rng(4)
    cameras = draw_rig(head, "train", rng, max_resolution=200, names=("glasses_near",)).cameras
    look = draw_look(cameras, rng)
    identity = np.zeros(len(head.identity), np.float32)
    mesh = FaceMesh(head, identity, seen=seen_triangles(head, cameras))
    renderer = Renderer(mesh, cameras, look, skin=paint_skin(head, look.skin, rng), seed=1)
    rest = renderer.draw(raised(jaw_drop=0.4), np.eye(4))
    for value in set(schema.VALUE_NAMES) - set(head.missing_values()):
        unit = schema.UNIT_OF_VALUE[value]
        side = value.rpartition("_")[2] if unit.sided else ""
        camera = f"eye_{side}" if unit.cameras[0] == "eye" else "mouth"
        moved = renderer.draw(raised(jaw_drop=0.4) + raised(**{value: 0.5}), np.eye(4))
        change = np.abs(moved[camera] - rest[camera]).mean() / rest[camera].mean()
        assert change > 0.001, value
    renderer.close()
    assert all(np.isfinite(light).all() for light in rest.values())


def _write_obj(path: Path, archive, moved: np.ndarray) -> None:
    lines = ["mtllib model.mtl", *(f"v {x:.6g} {y:.6g} {z:.6g}" for x, y, z in moved.tolist())]
    if path.stem == "generic_neutral_mesh":
        lines += [f"vt {u:.6g} {v:.6g}" for u, v in archive["uv"].tolist()]
        material = -1
        for tri, tri_uv, kind in zip(
            archive["tri"].astype(int) + 1,
            archive["tri_uv"].astype(int) + 1,
            archive["tri_material"],
            strict=True,
        ):
            if kind != material:
                lines.append(f"usemtl {archive['material_names'][kind]}")
                material = kind
            lines.append("f " + " ".join(f"{a}/{b}" for a, b in zip(tri, tri_uv, strict=True)))
    path.write_text("\n".join(lines) + "\n")


def test_a_checkout_of_ict_facekit_becomes_the_same_head(head, head_path, tmp_path):
    model = tmp_path / "ICT-FaceKit" / "FaceXModel"
    model.mkdir(parents=True)
    with np.load(head_path) as archive:
        names = [str(name) for name in archive["expression_names"]]
        vertices = archive["vertices"].astype(float)
        jaw = archive["expression_deltas"][names.index("jawOpen")].astype(float)
        person = archive["identity_deltas"][0].astype(float)
        loaded = dict(archive)
    for stem, moved in (("generic_neutral_mesh", 0), ("jawOpen", jaw), ("identity000", person)):
        _write_obj(model / f"{stem}.obj", loaded, vertices + moved)
    made = load_head(import_ict(tmp_path / "ICT-FaceKit", tmp_path / "out" / "head.npz"))
    assert np.abs(made.vertices_mm - head.vertices_mm).max() < 0.02
    assert np.abs(made.shapes["jawOpen"] - head.shapes["jawOpen"]).max() < 0.05
    assert np.abs(made.identity - head.identity[:1]).max() < 0.05
    assert np.array_equal(made.tri, head.tri)
    assert np.array_equal(made.tri_part, head.tri_part)
    assert np.array_equal(made.landmarks, head.landmarks)
    assert made.eye_radius_mm == pytest.approx(head.eye_radius_mm, abs=0.02)


def test_a_folder_that_is_no_checkout_is_refused(tmp_path):
    with pytest.raises(HeadError, match=r"expected generic_neutral_mesh\.obj"):
        import_ict(tmp_path, tmp_path / "head.npz")


def test_polygons_become_fans(tmp_path):
    path = tmp_path / "quad.obj"
    path.write_text("v 0 0 0\nv 1 0 0\nv 1 1 0\nv 0 1 0\nusemtl A\nf 1 2 3 4\nusemtl B\nf 1 3 4\n")
    obj = read_obj(path)
    assert obj.tri.tolist() == [[0, 1, 2], [0, 2, 3], [0, 2, 3]]
    assert obj.tri_material.tolist() == [0, 0, 1]
    assert obj.materials == ("A", "B")

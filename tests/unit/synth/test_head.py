from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from mien import schema
from mien.errors import HeadError
from mien.synth.head import Head, load_head


def _save(path: Path, arrays: dict[str, np.ndarray]) -> Path:
    np.savez(path, **arrays)
    return path


def test_a_small_head_loads_in_millimetres(tmp_path, tiny_arrays):
    head = load_head(_save(tmp_path / "tiny.npz", tiny_arrays))
    assert np.allclose(head.eye_centres_mm, [[30, 0, 0], [-30, 0, 0]])
    assert head.drivers() == {"brow_lowerer_left": ("browDownLeft",), "jaw_drop": ("jawOpen",)}


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(HeadError, match=r"expected a file, got .*none\.npz"):
        load_head(tmp_path / "none.npz")


def test_a_file_that_is_no_archive_is_refused(tmp_path):
    path = tmp_path / "bad.npz"
    path.write_bytes(b"not an archive")
    with pytest.raises(HeadError, match=r"expected a NumPy \.npz archive"):
        load_head(path)


@pytest.mark.parametrize("array", ["vertices", "expression_deltas", "tri"])
def test_a_missing_array_is_named(array, tmp_path, tiny_arrays):
    del tiny_arrays[array]
    with pytest.raises(HeadError, match=f"expected array '{array}'"):
        load_head(_save(tmp_path / "head.npz", tiny_arrays))


def test_an_index_outside_is_refused(tmp_path, tiny_arrays):
    tiny_arrays["tri"][3, 1] = 80
    with pytest.raises(HeadError, match="'tri': expected indices < 80, got 80"):
        load_head(_save(tmp_path / "head.npz", tiny_arrays))


def test_deltas_of_another_mesh_are_refused(tmp_path, tiny_arrays):
    tiny_arrays["expression_deltas"] = np.zeros((2, 79, 3), np.float16)
    with pytest.raises(HeadError, match="'expression_deltas'"):
        load_head(_save(tmp_path / "head.npz", tiny_arrays))


@pytest.mark.data
def test_a_sided_value_moves_its_own_side(head: Head):
    for value, shapes in head.drivers().items():
        if not schema.UNIT_OF_VALUE[value].sided:
            continue
        sign = 1.0 if value.endswith("_left") else -1.0
        for shape in shapes:
            weight = np.linalg.norm(head.shapes[shape], axis=1)
            middle = (weight * head.vertices_mm[:, 0]).sum() / weight.sum()
            assert sign * middle > 5.0, value


def test_a_shape_both_sides_share_is_split_at_the_middle(tmp_path, tiny_arrays):
    tiny_arrays["expression_names"] = np.array(["cheekPuff", "JawOpen"])
    tiny_arrays["expression_deltas"] = np.ones((2, 80, 3), np.float16)
    head = load_head(_save(tmp_path / "tiny.npz", tiny_arrays))
    left, right = head.shapes["cheekPuff_L"], head.shapes["cheekPuff_R"]
    assert np.allclose(left + right, 10.0)
    assert (left[head.vertices_mm[:, 0] > 10] == 10).all()
    assert (left[head.vertices_mm[:, 0] < -10] == 0).all()
    assert head.drivers()["cheek_puff_left"] == ("cheekPuff_L",)
    assert head.drivers()["jaw_drop"] == ("jawOpen",)


def test_half_a_value_is_no_value(tmp_path, tiny_arrays):
    tiny_arrays["expression_names"] = np.array(["mouthRollLower", "browDown_L"])
    head = load_head(_save(tmp_path / "tiny.npz", tiny_arrays))
    assert "lip_suck" in head.missing_values()
    assert "shape mouthRollUpper" in head.lacks
    assert "shape mouthRollLower" not in head.lacks
    assert {"part teeth", "part tongue", "part lashes"} <= set(head.lacks)


def test_a_head_without_eyes_is_refused(tmp_path, tiny_arrays):
    del tiny_arrays["eye_centers_LR"]
    with pytest.raises(HeadError, match="'eye_centers_LR' or a part 'eyeball'"):
        load_head(_save(tmp_path / "head.npz", tiny_arrays))


def test_a_part_of_unknown_kind_is_refused(tmp_path, tiny_arrays):
    tiny_arrays["material_names"] = np.array(["Wolf3D_Head"])
    with pytest.raises(HeadError, match=r"'Wolf3D_Head': expected one of skin, .*part_kinds"):
        load_head(_save(tmp_path / "head.npz", tiny_arrays))


def test_parts_may_be_told_by_kind(tmp_path, tiny_arrays):
    del tiny_arrays["tri_material"], tiny_arrays["material_names"]
    tiny_arrays["tri_part"] = np.arange(20) % 2
    tiny_arrays["part_names"] = np.array(["Wolf3D_Head", "Wolf3D_Teeth"])
    tiny_arrays["part_kinds"] = np.array(["skin", "teeth"])
    head = load_head(_save(tmp_path / "head.npz", tiny_arrays))
    assert sorted(set(head.tri_part.tolist())) == [0, 3]
    assert "part teeth" not in head.lacks


@pytest.mark.parametrize(
    ("array", "value", "reason"),
    [
        ("eye_centers_LR", [[-3.0, 0, 0], [3.0, 0, 0]], "wearer's left eye first"),
        ("eye_centers_LR", [[30.0, 0, 0], [-30.0, 0, 0]], "scale the head to centimetres"),
        ("vertices", np.full((80, 3), np.nan), "expected finite numbers"),
        ("landmarks68", np.arange(5), r"expected \(68,\), got \(5,\)"),
        ("identity_deltas", np.zeros((2, 7, 3)), "'identity_deltas'"),
    ],
)
def test_arrays_that_do_not_fit_are_refused(array, value, reason, tmp_path, tiny_arrays):
    tiny_arrays[array] = np.asarray(value)
    with pytest.raises(HeadError, match=reason):
        load_head(_save(tmp_path / "head.npz", tiny_arrays))


def test_texture_coordinates_without_their_triangles_are_refused(tmp_path, tiny_arrays):
    del tiny_arrays["tri_uv"]
    with pytest.raises(HeadError, match="'uv' and 'tri_uv' together"):
        load_head(_save(tmp_path / "head.npz", tiny_arrays))


def test_negative_identity_weights_may_have_deltas_of_their_own(tmp_path, tiny_arrays):
    tiny_arrays["identity_deltas"] = np.full((1, 80, 3), 0.1)
    tiny_arrays["identity_deltas_negative"] = np.full((1, 80, 3), 0.3)
    head = load_head(_save(tmp_path / "head.npz", tiny_arrays))
    assert np.allclose(head.face(np.float32([2.0])) - head.vertices_mm, 2.0, atol=1e-4)
    assert np.allclose(head.face(np.float32([-1.0])) - head.vertices_mm, 3.0, atol=1e-4)


@pytest.mark.data
def test_what_the_head_lacks_is_reported(head: Head):
    assert head.lacks == ("shape tongueOut", "part tongue")
    assert head.missing_values() == ("lip_tightener_left", "lip_tightener_right", "tongue_out")

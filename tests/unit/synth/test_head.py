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
    assert head.drivers() == {"brow_lowerer_left": ("browDown_L",), "jaw_drop": ("jawOpen",)}


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(HeadError, match=r"expected a file, got .*none\.npz"):
        load_head(tmp_path / "none.npz")


def test_a_file_that_is_no_archive_is_refused(tmp_path):
    path = tmp_path / "bad.npz"
    path.write_bytes(b"not an archive")
    with pytest.raises(HeadError, match=r"expected a NumPy \.npz archive"):
        load_head(path)


@pytest.mark.parametrize("array", ["vertices", "expression_deltas", "landmarks68"])
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


@pytest.mark.data
def test_what_the_head_lacks_is_reported(head: Head):
    assert head.missing_values() == ("lip_tightener_left", "lip_tightener_right", "tongue_out")

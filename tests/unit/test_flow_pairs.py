"""The pairs that flow is measured on: sizes, masks, the same bytes each time."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("cv2")

from bench.flow_pairs import NOISE_GRAY, face_pairs, middlebury, read_flo, shrunk_flow

CLEAN = {pair.name: pair for pair in face_pairs(256, is_clean=True)}
NOISY = {pair.name: pair for pair in face_pairs(128)}


def _speed_px(pair) -> np.ndarray:
    return np.linalg.norm(pair.flow_px, axis=2)[pair.valid]


@pytest.mark.parametrize("size", [128, 192, 256])
def test_pairs_have_the_size_and_type_asked_for(size):
    for pair in face_pairs(size):
        assert pair.before.shape == pair.after.shape == pair.valid.shape == (size, size)
        assert pair.flow_px.shape == (size, size, 2)
        assert (pair.before.dtype, pair.after.dtype) == (np.uint8, np.uint8)
        assert (pair.flow_px.dtype, pair.valid.dtype) == (np.float32, bool)
        assert (pair.flow_px[~pair.valid] == 0).all()


@pytest.mark.parametrize("kind", ["eye", "mouth"])
def test_motions_are_spread_from_a_fifth_of_a_pixel_to_six(kind):
    means = sorted(_speed_px(pair).mean() for pair in CLEAN.values() if pair.kind == kind)
    assert len(means) >= 10
    assert means[0] < 0.3
    assert means[-1] > 6
    assert max(np.diff(means[:-1])) < 1.2


def test_the_flow_takes_one_clean_image_to_the_other():
    import cv2

    y, x = np.mgrid[0:256, 0:256].astype(np.float32)
    for pair in CLEAN.values():
        to = (x + pair.flow_px[..., 0], y + pair.flow_px[..., 1])
        warped = cv2.remap(pair.after.astype(np.float32), *to, cv2.INTER_LINEAR)
        still = np.abs(pair.after.astype(float) - pair.before)[pair.valid].mean()
        left = np.abs(warped - pair.before)[pair.valid].mean()
        # The least motion is 0.2 px, so interpolation weighs there.
        assert left < 0.95 * still, pair.name


def test_half_the_size_has_half_the_motion():
    for pair in face_pairs(128, is_clean=True):
        ratio = _speed_px(pair).mean() / _speed_px(CLEAN[pair.name]).mean()
        assert ratio == pytest.approx(0.5, rel=0.06), pair.name


def test_what_a_camera_adds_is_the_same_each_time():
    again = {pair.name: pair for pair in face_pairs(128)}
    for name, pair in NOISY.items():
        assert all(np.array_equal(a, b) for a, b in zip(pair[2:], again[name][2:], strict=True))


def test_noise_gain_and_glint_are_as_stated():
    gains = []
    for clean in face_pairs(128, is_clean=True):
        noisy = NOISY[clean.name]
        both = clean.valid & noisy.valid & (clean.before > 30) & (clean.after < 200)
        first = noisy.before.astype(float)[both] - clean.before[both]
        assert first.std() == pytest.approx(NOISE_GRAY, rel=0.15)
        gains.append(np.median(noisy.after[both].astype(float) / clean.after[both]))
        hidden = clean.valid & ~noisy.valid
        assert hidden.mean() < 0.01
        assert not (noisy.valid & ~clean.valid).any()
    assert min(gains) == pytest.approx(0.88, abs=0.02)
    assert max(gains) == pytest.approx(1.12, abs=0.02)


def test_shrunk_flow_leaves_out_what_is_not_valid():
    flow = np.full((8, 8, 2), 4.0, np.float32)
    valid = np.ones((8, 8), bool)
    flow[0, 0], valid[0, 0] = 1e6, False
    flow[4:6, 4:6], valid[4:6, 4:5] = 9.0, False
    small, known = shrunk_flow(flow, valid, size=4)
    assert small[0, 0].tolist() == pytest.approx([2.0, 2.0])
    assert not known[2, 2]
    assert small[2, 2].tolist() == [0, 0]


def test_without_the_data_folder_there_are_no_middlebury_pairs(tmp_path):
    assert list(middlebury(128, tmp_path)) == []


@pytest.mark.data
def test_middlebury_is_shrunk_like_the_faces(shared_data):
    pairs = list(middlebury(128, shared_data / "flow_middlebury"))
    assert [pair.name for pair in pairs] == ["Dimetrodon", "Hydrangea", "RubberWhale", "Venus"]
    for pair in pairs:
        assert pair.before.shape == pair.valid.shape == (128, 128)
        assert pair.valid.mean() > 0.85
        assert _speed_px(pair).max() < 20


def test_a_file_that_holds_no_flow_is_refused(tmp_path):
    path = tmp_path / "bad.flo"
    path.write_bytes(b"nothing")
    with pytest.raises(ValueError, match=r"expected a \.flo file"):
        read_flo(path)

"""Rigs and TOML: what is written is read, what is wrong is named by camera."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mien.capture.rig_file import parse_rig, read_rig, write_rig
from mien.capture.toml_file import parse_toml, read_toml, toml_text, write_toml
from mien.errors import SessionError
from mien.types import CameraModel, centred_camera

on_disk = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
scalars = (
    st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False)
    | st.text(st.characters(exclude_categories=["Cs"]))
)
keys = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=8)
values = scalars | st.lists(scalars, max_size=3) | st.lists(st.lists(scalars, max_size=2))
tables = st.dictionaries(keys, values | st.dictionaries(keys, values, max_size=3), max_size=5)


@given(content=tables)
@on_disk
def test_toml_is_read_back(tmp_path, content):
    write_toml(tmp_path / "a.toml", content)
    assert read_toml(tmp_path / "a.toml") == content


def test_toml_says_what_it_cannot_hold():
    assert "a = nan" in toml_text({"a": math.nan})
    for value in (None, b"x", np.zeros(2), {1, 2}):
        with pytest.raises(SessionError, match="expected text, numbers, booleans or lists"):
            toml_text({"a": value})


@given(junk=st.binary(max_size=100))
@on_disk
def test_junk_never_raises_in_a_parser(tmp_path, junk):
    (tmp_path / "a.toml").write_bytes(junk)
    parse_toml(tmp_path / "a.toml")
    assert parse_rig(tmp_path / "a.toml")[1]


small = st.floats(-500, 500).map(float)


def rotation(x: float, y: float, z: float) -> np.ndarray:
    """Rz Ry Rx."""
    turn = np.eye(3)
    for axis, angle in enumerate((x, y, z)):
        i, j = (axis + 1) % 3, (axis + 2) % 3
        step = np.eye(3)
        step[i, i] = step[j, j] = math.cos(angle)
        step[i, j], step[j, i] = -math.sin(angle), math.sin(angle)
        turn = step @ turn
    return turn


@given(data=st.data())
@on_disk
def test_a_rig_is_read_back(tmp_path, data):
    turn = rotation(*(data.draw(st.floats(-3, 3)) for _ in range(3)))
    pose = np.eye(4)
    pose[:3, :3], pose[:3, 3] = turn, [data.draw(small) for _ in range(3)]
    lens, count = data.draw(
        st.sampled_from([("pinhole", 0), ("radtan", 4), ("radtan", 5), ("fisheye", 4)])
    )
    camera = dataclasses.replace(
        centred_camera(data.draw(st.integers(1, 4000)), data.draw(st.integers(1, 4000))),
        lens=lens,
        distortion=tuple(data.draw(small) for _ in range(count)),
        rotation_deg=data.draw(st.floats(-180, 180)),
        is_mirrored=data.draw(st.booleans()),
        headset_from_camera=tuple(map(tuple, pose.tolist())),
    )
    rig = {"mouth": camera, "eye_left": centred_camera(8, 8)}
    write_rig(tmp_path / "rig.toml", rig)
    got = read_rig(tmp_path / "rig.toml")
    assert got == rig
    assert list(got) == ["eye_left", "mouth"], "cameras come in the order of the schema"


MINIMAL = """
[cameras.mouth]
width = 400
height = 300
fx = 310
fy = 310
cx = 199.5
cy = 149.5
crop_xyxy_px = [50, 0, 350, 300]
"""


def test_whole_numbers_count_as_numbers_and_the_rest_has_defaults(tmp_path):
    (tmp_path / "rig.toml").write_text(MINIMAL)
    camera = read_rig(tmp_path / "rig.toml")["mouth"]
    assert isinstance(camera, CameraModel)
    assert type(camera.fx) is float
    assert camera.crop_xyxy_px == (50.0, 0.0, 350.0, 300.0)
    assert camera.lens == "pinhole"


IDENTITY = [[float(r == c) for c in range(4)] for r in range(4)]


def pose(row: int, column: int, value: float) -> str:
    rows = [list(r) for r in IDENTITY]
    rows[row][column] = value
    return f"headset_from_camera = {rows}"


@pytest.mark.parametrize(
    "case",
    [
        ("[cameras.mouth]", "[cameras.nose]", "expected a camera named eye_left, .*, got 'nose'"),
        ("[cameras.mouth]", "[camera.mouth]", r"expected tables \[cameras.<name>\]"),
        ("fx = 310", "focal = 310", "expected only width, .*, got focal"),
        ("fx = 310", "", "expected fx, got none"),
        ("fx = 310", "fx = '310'", "expected fx as a number, got '310'"),
        ("fx = 310", "fx = nan", "expected finite numbers"),
        ("fx = 310", "fx = -310", "fx, fy: expected > 0"),
        ("fx = 310", f"fx = {10**400}", r"\[cameras.mouth\]"),
        ("width = 400", "width = 400.0", r"expected width as a whole number, 1..16384, got 400.0"),
        ("width = 400", "width = true", "expected width as a whole number"),
        ("width = 400", "width = 99999999999999999999", "expected width as a whole number"),
        ("[50, 0, 350, 300]", "[350, 0, 50, 300]", "crop_xyxy_px: expected x0 < x1"),
        ("[50, 0, 350, 300]", "[50, 0, 350]", "expected crop_xyxy_px as 4 numbers"),
        ("[50, 0, 350, 300]", "[50, 0, [350], 300]", "expected crop_xyxy_px as 4 numbers"),
        ("cy = 149.5", "cy = 149.5\nlens = 'wide'", "lens: expected one of"),
        ("cy = 149.5", "cy = 149.5\nlens = 'radtan'\ndistortion = [0.1]", "distortion: expected"),
        ("cy = 149.5", "cy = 149.5\nis_mirrored = 1", "expected is_mirrored as true or false"),
        ("cy = 149.5", "cy = 149.5\nrotation_deg = 200", "rotation_deg: expected -180..180"),
        ("cy = 149.5", f"cy = 149.5\n{pose(0, 0, 1.1)}", "expected .* to be rigid"),
        ("cy = 149.5", f"cy = 149.5\n{pose(0, 0, -1.0)}", "expected .* to be rigid"),
        ("cy = 149.5", f"cy = 149.5\n{pose(3, 0, 1.0)}", "expected the last row .* 0 0 0 1"),
        ("cy = 149.5", f"cy = 149.5\n{pose(0, 3, math.inf)}", "of finite numbers"),
        ("cy = 149.5", "cy = 149.5\nheadset_from_camera = [[1]]", "as 4 x 4 numbers"),
        ("width = 400", "width = 400\nwidth = 400", r"rig.toml row \d: expected TOML"),
    ],
)
def test_a_wrong_rig_is_named_by_camera(tmp_path, case):
    old, new, message = case
    assert old in MINIMAL
    (tmp_path / "rig.toml").write_text(MINIMAL.replace(old, new, 1))
    with pytest.raises(SessionError, match=message):
        read_rig(tmp_path / "rig.toml")


def test_a_rig_that_breaks_a_rule_is_not_written(tmp_path):
    scaled = tuple((*(2.0 * a for a in row[:3]), 0.0) for row in IDENTITY[:3])
    pose = (*scaled, (0.0, 0.0, 0.0, 1.0))
    wrong = dataclasses.replace(centred_camera(8, 8), headset_from_camera=pose)
    for name, camera in (("nose", centred_camera(8, 8)), ("mouth", wrong)):
        with pytest.raises(SessionError, match=rf"\[cameras.{name}\] expected"):
            write_rig(tmp_path / "rig.toml", {name: camera})
    assert not (tmp_path / "rig.toml").exists()

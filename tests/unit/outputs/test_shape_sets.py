"""Names and order of every interface, and what of a face survives the way there and back."""

from __future__ import annotations

import hashlib
import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mien import schema
from mien.outputs.openxr_htc import HTC_EYE_NAMES, HTC_LIP_NAMES
from mien.outputs.shape_sets import SHAPE_SETS
from mien.outputs.unified import UNIFIED_NAMES
from mien.outputs.vrcft import V2_NAMES
from mien.shape_set import ShapeSet, mean_of
from mien.types import FaceState

YES = np.ones(schema.VALUE_COUNT, np.bool_)
IS_GAZE = np.isin(schema.VALUE_NAMES, schema.GAZE_NAMES)
FB_HASH = "95d0d0c2f000a98e3f8eda40972e945eb61e9e0a702bf8c4764e5b44cb71578d"
HASHES = {
    "arkit": ("arkit_52", "6a41f0951ab9881dcbc512aab0e3b1f0747c450ef1f400cd5ad15c6da268363e"),
    "openxr_fb": ("openxr_fb_face_63", FB_HASH),
    "openxr_fb2": (
        "openxr_fb_face2_70",
        "79e4cd88561a5e1cab97987b6db89634510925c9905d04f6a6fb9e257343776c",
    ),
    "openxr_android": (
        "openxr_android_face_68",
        "ea81689c8646de332b4fb86b006ee277daec24a0f0cbfb7be62b9d3b9e6c1361",
    ),
    "openxr_htc_eye": (
        "openxr_htc_eye_14",
        "f7ed103ada09836f728aa32198d102efcc02eb014fbe4d9f538c934bbf195b24",
    ),
    "openxr_htc_lip": (
        "openxr_htc_lip_37",
        "3959e9cd959f0a05562f790bd0191cde4b73fcea0498ec08138a05ea6dfedd35",
    ),
    "openxr_ml": (
        "openxr_ml_facial_expression_46",
        "d26529e08d194002b10a45b09a60c8713b7d4e41435aa9ef62e2248dfb1cd565",
    ),
    "unified": (
        "unified_expressions",
        "8346a6256384b8bda88199bc0c2f8626d28e03c510a36db3d9fa430f36fcebd1",
    ),
}
EVERY = pytest.mark.parametrize("shapes", SHAPE_SETS.values(), ids=SHAPE_SETS)


def sha256(names):
    return hashlib.sha256(",".join(names).encode()).hexdigest()


def state(values=None, *, valid=YES):
    given = np.zeros(schema.VALUE_COUNT, np.float32) if values is None else values
    return FaceState(0, given, valid, valid)


def one(name, value=1.0):
    values = np.zeros(schema.VALUE_COUNT, np.float32)
    values[schema.VALUE_INDEX[name]] = value
    return state(values)


@pytest.fixture(scope="session")
def interop(shared_data):
    return json.loads((shared_data / "interop.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize(("name", "committed"), HASHES.items(), ids=HASHES)
def test_a_list_is_the_interfaces_own(name, committed):
    assert sha256(SHAPE_SETS[name].names) == committed[1]


@pytest.mark.data
@pytest.mark.parametrize(("name", "committed"), HASHES.items(), ids=HASHES)
def test_the_committed_hash_is_the_published_one(interop, name, committed):
    published = interop["lists"][committed[0]]
    assert published["sha256_of_names_joined_by_comma"] == committed[1]
    assert tuple(published["names"]) == SHAPE_SETS[name].names


def test_lists_without_a_published_hash_do_not_change():
    assert sha256(V2_NAMES) == "e75dd07722a1e1fad5b415af38ac76003dc9d0561930ae391f582195f4aaf0aa"
    assert (
        sha256(SHAPE_SETS["facs"].names)
        == "bdec04e229ab59c26954bed32dbce85737560b5c3252114c943d3961ca725286"
    )
    assert SHAPE_SETS["arkit_sorted"].names == tuple(sorted(SHAPE_SETS["arkit"].names))
    assert (len(HTC_EYE_NAMES), len(HTC_LIP_NAMES), len(UNIFIED_NAMES)) == (14, 37, 88)


@pytest.mark.data
def test_every_action_unit_is_a_known_one(interop):
    known = {one["id"] for one in interop["lists"]["facs_au"]["aus"]} | {61, 62, 63, 64}
    numbers = {int(name[2:].partition("_")[0]) for name in SHAPE_SETS["facs"].names}
    assert numbers <= known


@EVERY
@given(data=st.data())
def test_shapes_stay_in_range_and_nan_never_leaves(shapes, any_face, data):
    face = data.draw(any_face)
    got = shapes.of(face)
    assert got.dtype == np.float32
    assert ((got >= shapes.low) & (got <= shapes.high)).all()
    neutral = shapes.of(state(valid=~YES))
    is_carried = shapes.carried(face)
    assert np.array_equal(got[~is_carried], neutral[~is_carried])


@EVERY
def test_a_set_tells_what_it_loses(shapes):
    for name in schema.VALUE_NAMES:
        moved = (shapes.of(one(name, 0.5)) != shapes.of(state())).any()
        moved |= (shapes.of(one(name, -0.5)) != shapes.of(state())).any()
        assert moved == (name not in shapes.lost)
    assert not shapes.of(one("jaw_drop"))[[shapes.index[n] for n in shapes.idle]].any()


@EVERY
def test_what_is_carried_alone_comes_back(shapes):
    exact = [n for n in schema.VALUE_NAMES if n not in (*shapes.lost, *shapes.merged)]
    for name in exact:
        for value in (0.0, 0.25, 0.55):
            back = shapes.values(shapes.of(one(name, value)))
            assert back[schema.VALUE_INDEX[name]] == pytest.approx(value, abs=1e-6)
            assert np.delete(back, schema.VALUE_INDEX[name]) == pytest.approx(0, abs=1e-6)


@EVERY
@given(seed=st.integers(0, 2**32))
def test_every_face_whose_sides_agree_comes_back(shapes, seed):
    """Merged values are the two sides of one unit: equal sides survive."""
    values = np.zeros(schema.VALUE_COUNT, np.float32)
    for unit, share in zip(
        schema.UNITS, np.random.default_rng(seed).uniform(size=len(schema.UNITS)), strict=True
    ):
        value = schema.GAZE_LOOK_FULL_RAD * (2 * share - 1) if unit.is_gaze else share
        for name in schema.value_names(unit):
            values[schema.VALUE_INDEX[name]] = value
    back = shapes.values(shapes.of(state(values)))
    is_lost = np.isin(schema.VALUE_NAMES, shapes.lost)
    assert np.abs(back - values)[~is_lost].max() < 1e-6
    assert not back[is_lost].any()


def test_left_and_right_are_never_exchanged():
    for shapes in SHAPE_SETS.values():
        for unit in (u for u in schema.UNITS if u.sided):
            for side, other in (schema.SIDES, schema.SIDES[::-1]):
                if f"{unit.name}_{side}" in (*shapes.lost, *shapes.merged):
                    continue
                back = shapes.values(shapes.of(one(f"{unit.name}_{side}", 0.5)))
                assert back[schema.VALUE_INDEX[f"{unit.name}_{other}"]] == 0
                moved = np.flatnonzero(shapes.of(one(f"{unit.name}_{side}", 0.5)) != 0)
                names = {shapes.names[k] for k in moved} - {"Left.Openness", "Right.Openness"}
                assert all(_side_of(name) in {side, ""} for name in names), names


def _side_of(name):
    """The side a shape's name tells, by the conventions of the interfaces."""
    words = (("left", ("Left", "LEFT_", "_L", "_LT", "_LB", "_LEFT", "LEFT")),)
    words += (("right", ("Right", "RIGHT_", "_R", "_RT", "_RB", "_RIGHT", "RIGHT")),)
    for side, marks in words:
        ends = tuple(mark for mark in marks if not mark.endswith("_"))
        starts = tuple(mark for mark in marks if mark.endswith("_"))
        if name.endswith(ends) or name.startswith(starts):
            return side
    return next((side for side in schema.SIDES if name.startswith(side.capitalize())), "")


def test_a_missing_side_leaves_the_other_whole():
    valid = YES.copy()
    valid[schema.VALUE_INDEX["inner_brow_raiser_right"]] = False
    face = FaceState(0, one("inner_brow_raiser_left", 0.6).values, valid, valid)
    assert face.arkit()["browInnerUp"] == pytest.approx(0.6)


def test_an_unknown_shape_is_refused():
    with pytest.raises(ValueError, match=r"expected shapes of the set, got \['b'\]"):
        ShapeSet("two", ("a",), {"b": mean_of("jaw_drop")})

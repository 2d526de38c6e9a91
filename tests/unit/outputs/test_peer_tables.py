"""Our ways to two interfaces agree with other projects' tables between them, their bugs mended."""

from __future__ import annotations

import json
import re

import numpy as np
import pytest

from mien import schema
from mien.outputs.shape_sets import SHAPE_SETS
from mien.outputs.unified import EYE_NAMES, GAZE_FULL_RAD, UNIFIED_NAMES
from mien.outputs.vrcft import V2_NAMES, V2_SIGNED, v2_parameters
from mien.types import FaceState

pytestmark = pytest.mark.data
YES = np.ones(schema.VALUE_COUNT, np.bool_)


@pytest.fixture(scope="module")
def interop(shared_data):
    return json.loads((shared_data / "interop.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def faces():
    rng = np.random.default_rng(7)
    gaze = np.isin(schema.VALUE_NAMES, schema.GAZE_NAMES)
    weights = rng.uniform(0, 1, (40, schema.VALUE_COUNT))
    values = np.where(gaze, weights * 1.2 - 0.6, weights).astype(np.float32)
    return [FaceState(0, one, YES, YES) for one in values]


def shapes(name, face):
    one = SHAPE_SETS[name]
    return dict(zip(one.names, one.of(face).tolist(), strict=True))


def names_of(face):
    """What formulas call the Unified shapes and the eye data, dots made underscores."""
    eyes = {name.replace(".", "_"): v for name, v in shapes("unified_eyes", face).items()}
    both = {f"Combined_{a}": (eyes[f"Left_Gaze_{a}"] + eyes[f"Right_Gaze_{a}"]) / 2 for a in "xy"}
    pupil = {"Combined_PupilDiameter_MM": 0.0}
    return shapes("unified", face) | eyes | both | pupil | {"max": max, "min": min, "mean": mean}


def mean(*values):
    return sum(values) / len(values)


def evaluate(formula, names):
    for old, new in (("eye.Combined().Gaze.", "Combined_"), ("eye.Combined().", "Combined_")):
        formula = formula.replace(old, new)
    formula = re.sub(r"eye\.(Left|Right)\.(Gaze\.)?", lambda m: m[0][4:].replace(".", "_"), formula)
    return eval(formula.replace("simple.", "simple_"), {}, names)


def test_v2_parameters_follow_the_published_formulas(interop, faces):
    lists = interop["lists"]
    published = lists["vrcft_v2_parameters"]["params"]
    assert ["v2/" + name for name in V2_NAMES] == [one["name"] for one in published]
    for face in faces:
        names = names_of(face)
        for simple, formula in lists["unified_simple_8"]["formulas"].items():
            names[f"simple_{simple}"] = evaluate(formula, names)
        got = v2_parameters(face)
        for value, is_signed, one in zip(got, V2_SIGNED, published, strict=True):
            expected = 0.0 if one["kind"] == "head" else evaluate(one["formula"], names)
            assert value == pytest.approx(expected, abs=1e-6), one["name"]
            assert is_signed == (one.get("range") == [-1, 1])


def test_fb2_to_arkit_is_the_recommended_table(interop, faces):
    table = interop["mappings"]["fb2->arkit (recommended here: sides averaged)"]["entries"]
    assert {one["to"] for one in table} == set(schema.ARKIT_NAMES)
    for face in faces:
        fb2, arkit = shapes("openxr_fb2", face), shapes("arkit", face)
        for one in table:
            expected = mean(*(fb2[name] for name in one["from"]))
            assert arkit[one["to"]] == pytest.approx(expected, abs=1e-6), one["to"]


def test_unified_to_arkit_is_the_recommended_table(interop, faces):
    table = interop["mappings"]["unified->arkit (recommended here)"]["entries"]
    for face in faces:
        names, arkit = names_of(face), shapes("arkit", face)
        for one in table:
            # The two interfaces differ in the gaze that fills a shape; the table ignores that.
            scale = GAZE_FULL_RAD / schema.GAZE_LOOK_FULL_RAD if "Gaze" in one["expr"] else 1.0
            expected = evaluate(one["expr"], names) * scale
            assert arkit[one["to"]] == pytest.approx(expected, abs=1e-6), one["to"]


def test_fb2_names_match_action_units(interop, faces):
    table = interop["mappings"]["fb2->facs_au (by identical FACS names)"]["entries"]
    of_both_eyes = {"AU61", "AU62", "AU63", "AU64"}
    numbered = [one for one in table if one["to"] and one["to"] not in of_both_eyes]
    for face in faces:
        fb2, facs = shapes("openxr_fb2", face), shapes("facs", face)
        for one in numbered:
            (name,) = one["from"]
            units = [v for k, v in facs.items() if k.partition("_")[0] == one["to"]]
            assert not units or any(fb2[name] == pytest.approx(v, abs=1e-6) for v in units), name
    assert len(numbered) > 45


def test_gaze_numbers_are_py_feats_with_left_and_right_mended(interop, faces):
    table = interop["mappings"]["facs_au->arkit (py-feat AU reference)"]["entries"]
    gaze = {one["from"][0]: one.get("corrected_to", one["to"]) for one in table}
    for face in faces:
        values = face.values.copy()
        for axis in ("yaw", "pitch"):  # both eyes alike, as FACS codes them
            left, right = (schema.VALUE_INDEX[f"gaze_{axis}_{side}"] for side in schema.SIDES)
            values[right] = values[left]
        together = FaceState(0, values, YES, YES)
        facs, arkit = shapes("facs", together), shapes("arkit", together)
        for number in ("AU61", "AU62", "AU63", "AU64"):
            for shape in gaze[number]:
                assert arkit[shape] == pytest.approx(facs[number], abs=1e-6), number


def mended(entry):
    return entry.get("corrected_expr", entry.get("expr", ""))


@pytest.mark.parametrize(
    ("table", "source"),
    [
        ("arkit->unified (VRCFT LiveLink module, code)", "arkit"),
        ("fb2->unified (Virtual Desktop module)", "openxr_fb2"),
        ("android_xr->unified (community VRCFT bridge)", "openxr_android"),
        ("htc->unified (oscavmgr)", "openxr_htc"),
    ],
)
def test_a_trackers_shapes_become_the_same_unified_ones(interop, faces, table, source):
    """Plain copies only: gains and differences that correct one tracker are not ours."""
    parts = ("openxr_htc_eye", "openxr_htc_lip") if source == "openxr_htc" else (source,)
    plain = [
        (one["to"], mended(one).removeprefix("eye.").removeprefix("lip."))
        for one in interop["mappings"][table]["entries"]
        if re.fullmatch(r"(eye\.|lip\.)?\w+", mended(one)) and one["to"] in UNIFIED_NAMES
    ]
    differing = set()
    for face in faces:
        given = {name: v for part in parts for name, v in shapes(part, face).items()}
        unified = shapes("unified", face)
        differing |= {(to, of) for to, of in plain if abs(given[of] - unified[to]) > 1e-6}
    assert len(plain) > 30
    assert {to for to, _ in differing} <= KNOWN[source], differing


MERGED = {f"{stem}{side}" for stem in ("BrowInnerUp", "CheekPuff") for side in ("Left", "Right")}
KNOWN = {
    # ARKit has one shape where Unified has two sides.
    "arkit": MERGED,
    "openxr_fb2": set(),
    "openxr_android": set(),
    # oscavmgr guesses brows from the eye and has no stretch of its own.
    "openxr_htc": {
        f"{stem}{side}"
        for stem in ("BrowPinch", "BrowLowerer", "MouthStretch")
        for side in ("Left", "Right")
    },
}
"""Source -> the Unified shapes that it cannot tell as well as we do."""


def test_eye_data_names_are_the_published_ones(interop):
    assert sorted(EYE_NAMES) == sorted(interop["lists"]["unified_eye_data"]["fields"])

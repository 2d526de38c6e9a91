"""What leaves as OSC is read by python-osc, and means what was meant."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mien import schema
from mien.arkit import ARKIT
from mien.errors import ConfigError
from mien.outputs.osc import FLAG, FLOAT, OscBundles
from mien.outputs.udp import MAX_PACKET_BYTES
from mien.outputs.unified import EYE_NAMES, eye_data
from mien.outputs.vmc import VmcEncoder
from mien.outputs.vrcft import V2_NAMES, V2_SIGNED, v2_carried, v2_parameters
from mien.outputs.vrchat import STATUS, VrchatConfig, VrchatEncoder

PARAMETERS = "/avatar/parameters/"


@pytest.fixture(scope="module")
def read():
    """Packets -> (address, arguments) in order, by python-osc."""
    bundles = pytest.importorskip("pythonosc.osc_bundle", reason="python-osc is not installed")

    def read_packets(packets):
        found = []
        for packet in packets:
            assert len(packet) <= MAX_PACKET_BYTES
            bundle = bundles.OscBundle(bytes(packet))
            assert bundle.size == len(packet)
            found += [(one.address, one.params) for one in bundle]
        return found

    return read_packets


def no_nan(messages):
    return all(np.isfinite(a) for _, args in messages for a in args if isinstance(a, (int, float)))


@given(data=st.data())
def test_any_messages_come_back_as_they_were(read, data):
    text = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=9)
    argument = st.one_of(
        st.floats(width=32, allow_nan=False), st.booleans(), text, st.integers(-(2**31), 2**31 - 1)
    )
    given_messages = data.draw(
        st.lists(st.tuples(text.map("/{}".format), st.lists(argument, max_size=4)), max_size=60)
    )
    slots = {float: FLOAT, bool: FLAG}
    bundles = OscBundles(
        [(address, tuple(slots.get(type(a), a) for a in args)) for address, args in given_messages]
    )
    every = [a for _, args in given_messages for a in args]
    bundles.floats[:] = [a for a in every if type(a) is float]
    bundles.flags[:] = [a for a in every if type(a) is bool]
    assert read(bundles.packets()) == given_messages


@given(data=st.data())
def test_vrchat_reads_every_carried_parameter(read, any_face, data):
    face = data.draw(any_face)
    messages = read(VrchatEncoder(VrchatConfig(prefix="FT/")).packets(face))
    got = dict(messages)
    assert len(got) == len(messages)
    assert no_nan(messages)
    carried = v2_carried(face)
    stem = f"{PARAMETERS}FT/v2/"
    expected = dict(zip(V2_NAMES, v2_parameters(face).tolist(), strict=True))
    sent = {name.removeprefix(stem): a[0] for name, a in got.items() if name.startswith(stem)}
    assert set(sent) == set(np.array(V2_NAMES)[carried])
    assert all(sent[name] == expected[name] for name in sent)


@given(data=st.data(), bits=st.integers(1, 8))
def test_binary_parameters_are_read_to_one_step(read, any_face, data, bits):
    face = data.draw(any_face)
    encoder = VrchatEncoder(VrchatConfig(form="binary", bits=bits, has_native_eyes=False))
    got = {name.removeprefix(f"{PARAMETERS}v2/"): a for name, (a,) in read(encoder.packets(face))}
    assert all(isinstance(flag, bool) for flag in got.values())
    for name, value, is_signed, is_carried in zip(
        V2_NAMES, v2_parameters(face).tolist(), V2_SIGNED, v2_carried(face), strict=True
    ):
        assert (f"{name}1" in got) == is_carried
        assert (f"{name}Negative" in got) == (is_carried and is_signed)
        if is_carried:
            code = sum(got[f"{name}{1 << bit}"] << bit for bit in range(bits))
            whole = 2**bits
            assert code == (whole - 1 if abs(value) > 0.99999 else int(abs(value) * whole))
            assert got.get(f"{name}Negative", False) == (value < 0)


@given(data=st.data())
def test_the_native_eyes_are_degrees_down_and_right(read, any_face, data):
    face = data.draw(any_face)
    got = dict(read(VrchatEncoder().packets(face)))
    is_gaze = np.isin(schema.VALUE_NAMES, schema.GAZE_NAMES)
    if not (face.valid & face.tracked)[is_gaze].any():
        assert not any(name.startswith("/tracking/") for name in got)
        return
    eyes = dict(zip(EYE_NAMES, eye_data(face).tolist(), strict=True))
    expected = [sign * 45 * eyes[f"{s}.Gaze.{a}"] for s in ("Left", "Right") for a, sign in AXES]
    assert got["/tracking/eye/LeftRightPitchYaw"] == pytest.approx(expected, abs=1e-4)
    closed = 1 - (eyes["Left.Openness"] + eyes["Right.Openness"]) / 2
    assert got["/tracking/eye/EyesClosedAmount"] == pytest.approx([closed], abs=1e-6)


AXES = (("y", -1), ("x", 1))


def test_the_wearers_left_and_up_are_negative_yaw_and_pitch(read, showing):
    face = showing(gaze_yaw_left=0.2, gaze_yaw_right=0.1, gaze_pitch_left=0.3)
    pitch_yaw = dict(read(VrchatEncoder().packets(face)))["/tracking/eye/LeftRightPitchYaw"]
    assert pitch_yaw == pytest.approx(np.rad2deg([-0.3, -0.2, 0, -0.1]), abs=1e-4)


def test_an_eye_without_a_camera_follows_the_other(read, showing):
    valid = np.array([not name.endswith("_right") for name in schema.VALUE_NAMES])
    face = showing(valid=valid, gaze_yaw_left=0.2, lid_closure_left=1.0)
    got = dict(read(VrchatEncoder().packets(face)))
    assert got["/tracking/eye/EyesClosedAmount"] == pytest.approx([1])
    _, left, _, right = got["/tracking/eye/LeftRightPitchYaw"]
    assert left == right == pytest.approx(-np.rad2deg(0.2), abs=1e-4)


def test_status_tells_which_part_is_tracked(read, showing):
    eyes_only = np.array(["eye" in schema.UNIT_OF_VALUE[n].cameras for n in schema.VALUE_NAMES])
    got = dict(read(VrchatEncoder().packets(showing(tracked=eyes_only))))
    assert [got[PARAMETERS + name] for name in STATUS] == [[True], [False], [False]]


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"bits": 9}, "bits: expected 1..8, got 9"),
        ({"form": "bool"}, "form: expected float or binary, got 'bool'"),
        ({"parameters": ("JawOpen", "jaw")}, r"got \['jaw'\]"),
        ({"prefix": "a b/"}, "prefix: expected an OSC address part"),
    ],
)
def test_settings_out_of_range_are_refused(settings, said):
    with pytest.raises(ConfigError, match=said):
        VrchatConfig(**settings)


@given(data=st.data())
def test_vmc_sends_the_carried_shapes_then_apply(read, any_face, data):
    encoder = VmcEncoder()
    face = data.draw(any_face)
    messages = read(encoder.packets(face))
    assert messages[0] == ("/VMC/Ext/OK", [1])
    assert messages[1] == ("/VMC/Ext/T", [0.0])
    assert messages[-1] == ("/VMC/Ext/Blend/Apply", [])
    assert no_nan(messages)
    assert {address for address, _ in messages[2:-1]} <= {"/VMC/Ext/Blend/Val"}
    names = np.array(ARKIT.names)[ARKIT.carried(face)].tolist()
    expected = dict(zip(ARKIT.names, ARKIT.of(face).tolist(), strict=True))
    assert [args for _, args in messages[2:-1]] == [[name, expected[name]] for name in names]


def test_vmc_counts_seconds_from_the_first_state(read, showing):
    encoder = VmcEncoder(has_capital_names=True)
    start_ns = 1_790_000_000 * 10**9
    encoder.packets(showing(start_ns))
    messages = read(encoder.packets(showing(start_ns + 250_000_000, jaw_drop=0.5)))
    assert messages[1] == ("/VMC/Ext/T", [0.25])
    assert ("/VMC/Ext/Blend/Val", ["JawOpen", 0.5]) in messages


def test_vmcp_understands_the_shapes(read, showing):
    events = pytest.importorskip("vmcp.events", reason="vmcp is not installed")
    messages = read(VmcEncoder().packets(showing(tongue_out=0.75)))
    shape = [args for address, args in messages if args[:1] == ["tongueOut"]]
    event = events.BlendShapeEvent.from_message_data(
        "reader", "/VMC/Ext/Blend/Val", *[tuple(shape[0])]
    )
    assert "tongueOut" in repr(event)

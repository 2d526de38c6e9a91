"""What leaves as the phone apps' packets is read by an independent reader or by the grammar."""

from __future__ import annotations

import json
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mien import schema
from mien.arkit import ARKIT
from mien.errors import ConfigError
from mien.outputs.ifacialmocap import IFACIALMOCAP_NAMES, IFacialMocapEncoder
from mien.outputs.livelink import LIVE_LINK_NAMES, LiveLinkEncoder


@pytest.fixture(scope="module")
def interop(shared_data):
    return json.loads((shared_data / "interop.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def read_live_link():
    reader = pytest.importorskip("pylivelinkface", reason="pylivelinkface is not installed")

    def read(packet):
        has_face, decoded = reader.PyLiveLinkFace.decode(packet)
        assert has_face
        return decoded, {
            shape.name: decoded.get_blendshape(shape) for shape in reader.FaceBlendShape
        }

    return read


@pytest.mark.data
def test_names_are_the_published_ones(interop):
    assert tuple(interop["lists"]["livelink_face_61"]["names"]) == LIVE_LINK_NAMES
    assert tuple(interop["lists"]["ifacialmocap_52"]["names"]) == IFACIALMOCAP_NAMES


@given(data=st.data())
def test_live_link_face_is_read_exactly(read_live_link, any_face, data):
    face = data.draw(any_face)
    (packet,) = LiveLinkEncoder().packets(face)
    decoded, got = read_live_link(packet)
    assert tuple(got) == LIVE_LINK_NAMES
    assert list(got.values())[: len(ARKIT)] == ARKIT.of(face).tolist()
    assert np.isfinite(list(got.values())).all()
    for side in schema.SIDES:
        for axis in ("yaw", "pitch"):
            place = schema.VALUE_INDEX[f"gaze_{axis}_{side}"]
            value = face.values[place]
            expected = -float(value) if face.valid[place] and np.isfinite(value) else 0.0
            assert got[f"{side.capitalize()}Eye{axis.capitalize()}"] == expected
    assert decoded.name == "mien"
    assert re.fullmatch(r"\$[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}", decoded.uuid)


def test_live_link_frames_follow_the_capture_time(read_live_link, showing):
    encoder = LiveLinkEncoder(subject="Ä face", fps=30)
    three_am_ns = (5 * 24 + 3) * 3600 * 10**9
    decoded, _ = read_live_link(encoder.packets(showing(three_am_ns + 50_000_000))[0])
    assert (decoded.name, decoded.fps, decoded._denominator) == ("Ä face", 30, 1)
    assert decoded._frames == 3 * 3600 * 30 + 1
    assert decoded._sub_frame == pytest.approx(0.5)


@pytest.mark.parametrize("settings", [{"fps": 0}, {"subject": ""}])
def test_live_link_settings_out_of_range_are_refused(settings):
    with pytest.raises(ConfigError, match="expected 1"):
        LiveLinkEncoder(**settings)


NUMBER = r"-?\d+\.\d+"
GRAMMAR = re.compile(
    rf"((?:\w+-\d+\|)+)=head#({NUMBER}(?:,{NUMBER}){{5}})\|"
    rf"rightEye#({NUMBER}(?:,{NUMBER}){{2}})\|leftEye#({NUMBER}(?:,{NUMBER}){{2}})\|"
)


@given(data=st.data())
def test_ifacialmocap_is_its_grammar_to_one_percent(any_face, data):
    face = data.draw(any_face)
    (packet,) = IFacialMocapEncoder().packets(face)
    assert len(packet) < 1400
    shapes, head, right, left = GRAMMAR.fullmatch(packet.decode("ascii")).groups()
    got = dict(pair.split("-") for pair in shapes.rstrip("|").split("|"))
    assert tuple(got) == IFACIALMOCAP_NAMES
    for value, sent in zip(ARKIT.of(face).tolist(), got.values(), strict=True):
        assert abs(int(sent) / 100 - value) <= 0.005 + 1e-6
    assert set(head.split(",")) == {"0.0"}
    for side, sent in (("left", left), ("right", right)):
        for axis, degrees in zip(("pitch", "yaw"), sent.split(","), strict=False):
            place = schema.VALUE_INDEX[f"gaze_{axis}_{side}"]
            is_usable = face.valid[place] and np.isfinite(face.values[place])
            expected = -np.rad2deg(face.values[place]) if is_usable else 0
            assert float(degrees) == pytest.approx(expected, abs=1e-3)

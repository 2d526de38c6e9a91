"""Pictures are found in a stream whatever stands between them, and however it is cut."""

from __future__ import annotations

import struct

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.capture.conftest import picture

from mien.capture import mjpeg
from mien.capture.mjpeg import MjpegParser


def jpeg(seed: int, *, thumbnail: bytes = b"", is_progressive: bool = False) -> bytes:
    """A JPEG; `thumbnail` is put into an APP1 segment, as cameras do with Exif."""
    flags = [cv2.IMWRITE_JPEG_PROGRESSIVE, 1] if is_progressive else []
    done, data = cv2.imencode(".jpg", picture(seed), flags)
    assert done
    whole = data.tobytes()
    segment = b"\xff\xe1" + struct.pack(">H", len(thumbnail) + 2) + thumbnail
    return whole[:2] + segment + whole[2:] if thumbnail else whole


ONE, TWO = jpeg(1), jpeg(2)
PROGRESSIVE = jpeg(3, is_progressive=True)
NESTED = jpeg(4, thumbnail=ONE)
PART = b"\r\n--frame\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n"


def found(*chunks: bytes) -> list[bytes]:
    parser = MjpegParser()
    return [one.data for chunk in chunks for one in parser.feed(chunk)]


def test_whatever_stands_between_pictures_does_not_count():
    gaps = [PART % len(ONE), PART % 7, b"", b"--wrong", b"\xff", b"\xff\xd8", b"\xff\xd9" * 3]
    for gap in gaps:
        assert found(gap + ONE + gap + TWO + gap + PROGRESSIVE) == [ONE, TWO, PROGRESSIVE]


def test_a_picture_is_given_with_its_last_byte():
    parser = MjpegParser()
    assert list(parser.feed(PART % 3 + ONE[:-1])) == []
    assert [one.data for one in parser.feed(ONE[-1:])] == [ONE]


def test_a_thumbnail_inside_is_part_of_its_picture():
    assert found(NESTED + ONE) == [NESTED, ONE]
    assert cv2.imdecode(np.frombuffer(NESTED, np.uint8), cv2.IMREAD_GRAYSCALE) is not None


@given(data=st.data())
def test_any_cut_of_the_stream_gives_the_same(data):
    stream = (PART % 1) + ONE + PROGRESSIVE + b"\xff\xd8junk" + NESTED + (PART % 2) + TWO
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=40)))
    chunks = [stream[a:b] for a, b in zip([0, *cuts], [*cuts, len(stream)], strict=True)]
    assert found(*chunks) == found(stream) == [ONE, PROGRESSIVE, NESTED, TWO]


def test_one_byte_at_a_time():
    stream = (PART % 1) + NESTED + (PART % 1) + PROGRESSIVE
    assert found(*(stream[i : i + 1] for i in range(len(stream)))) == [NESTED, PROGRESSIVE]


def test_a_picture_cut_short_is_counted_and_the_next_one_found():
    for end in (3, 10, 60, len(ONE) // 2, len(ONE) - 2, len(ONE) - 1):
        parser = MjpegParser()
        stream = ONE[:end] + PART % 9 + TWO + PART % 9 + ONE + bytes(70_000)
        assert [one.data for one in parser.feed(stream)] == [TWO, ONE], end
        assert parser.broken == 1


@given(noise=st.binary(max_size=4000))
def test_noise_never_hides_the_pictures_that_follow_it_for_long(noise):
    parser = MjpegParser()
    got = [one.data for one in parser.feed(noise + ONE)]
    got += [one.data for _ in range(6) for one in parser.feed(TWO * 30)]
    assert got.count(TWO) >= 60


def test_the_stamp_before_a_picture_is_its_own():
    stamp = b"--x\r\nX-Timestamp: %s\r\n\r\n"
    stream = stamp % b"12.000345" + ONE + PART % 1 + TWO + stamp % b"1700000000.5" + ONE
    for size in (len(stream), 1, 7):
        parser = MjpegParser()
        chunks = [stream[i : i + size] for i in range(0, len(stream), size)]
        stamps = [one.stamp_ns for chunk in chunks for one in parser.feed(chunk)]
        assert stamps == [12_000_345_000, None, 1_700_000_000_500_000_000]


def test_what_never_ends_is_dropped(monkeypatch):
    monkeypatch.setattr(mjpeg, "PICTURE_BYTES_MAX", 10_000)
    parser = MjpegParser()
    endless = ONE[: len(ONE) - 2]
    assert list(parser.feed(endless)) == []
    for _ in range(20):
        assert list(parser.feed(b"\x00" * 1000)) == []
    assert parser.broken == 1
    assert len(parser._data) <= 10_000
    assert [one.data for one in parser.feed(TWO)] == [TWO]


@pytest.mark.parametrize("junk", [b"", b"<html>" * 10_000])
def test_a_stream_without_pictures_keeps_no_bytes(junk):
    parser = MjpegParser()
    assert list(parser.feed(junk)) == []
    assert len(parser._data) <= 128

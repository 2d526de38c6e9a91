"""A camera on the network through a real server that drops, stalls and lies."""

from __future__ import annotations

import base64
import itertools
import threading
import time

import numpy as np
import pytest
from tests.unit.capture.conftest import HEIGHT, WIDTH
from tests.unit.capture.mjpeg_server import HEAD, MjpegServer, jpeg, part

from mien.capture.http_source import HttpSource, shown
from mien.capture.newest_source import NewestSource
from mien.capture.rig_file import write_rig
from mien.capture.sources import open_source
from mien.errors import SourceError
from mien.types import centred_camera

LEVELS = (10, 60, 110, 160, 210)


def probe(wire):
    wire.send(HEAD, part(jpeg(0)))


def good(wire):
    wire.send(HEAD, *(part(jpeg(level)) for level in LEVELS))


def levels_of(frames) -> list[int]:
    return [round(float(frame.gray.mean())) for frame in frames]


def source_of(server, *, stop_after=1, waits=None, **settings):
    """A source that ends at its n-th wait for the camera."""
    waits = [] if waits is None else waits

    def wait(seconds):
        waits.append(seconds)
        if len(waits) >= stop_after:
            source.stop()

    source = HttpSource(server.address, camera="mouth", wait=wait, **settings)
    return source


def test_a_stream_gives_its_frames_with_the_time_of_arrival():
    with MjpegServer(probe, good) as server, source_of(server) as source:
        before_ns = time.monotonic_ns()
        frames = list(source)
        after_ns = time.monotonic_ns()
    assert levels_of(frames) == list(LEVELS)
    assert source.rig == {"mouth": centred_camera(WIDTH, HEIGHT)}
    times = [frame.t_ns for frame in frames]
    assert times == sorted(set(times))
    assert before_ns <= times[0]
    assert times[-1] <= after_ns
    assert "ended the stream" in source.links["mouth"].reason


def lies(wire):
    """Wrong lengths, a wrong boundary, none at all, a length of the whole."""
    head = b"HTTP/1.0 200 OK\r\nContent-Type: multipart/x-mixed-replace; boundary=other\r\n"
    wire.send(head + b"Content-Length: 20\r\n\r\n")
    wire.send(part(jpeg(10), length=1), part(jpeg(60), length=10**9), part(jpeg(110), length=0))
    wire.send(jpeg(160), b"\n--x\n", jpeg(210))


def without_a_type(wire):
    wire.send(b"HTTP/1.1 200 OK\r\n\r\n", *(jpeg(level) for level in LEVELS))


def in_chunks(wire):
    """Transfer-Encoding as ESP-IDF has it: head and picture of a part apart."""
    wire.send(HEAD[:-2] + b"Transfer-Encoding: chunked\r\n\r\n")
    for level in LEVELS:
        whole = part(jpeg(level))
        wire.send(wire.chunked(whole[:50]), wire.chunked(whole[50:]))
    wire.send(b"0\r\n\r\n")


@pytest.mark.parametrize("script", [lies, without_a_type, in_chunks])
def test_cameras_that_lie_about_their_stream_are_read_all_the_same(script):
    with MjpegServer(script) as server, source_of(server) as source:
        assert levels_of(source) == list(LEVELS)


def test_a_dropped_connection_is_made_again_and_again():
    def cut(wire):
        whole = part(jpeg(60))
        wire.send(HEAD, part(jpeg(10)), whole[: len(whole) // 2])

    def refuse(wire):
        wire.send(b"")

    waits = []
    with MjpegServer(probe, cut, refuse, refuse, good, refuse) as server:
        source = source_of(server, waits=waits, stop_after=5)
        assert levels_of(source) == [10, *LEVELS]
    assert waits == [0.25, 0.5, 1.0, 0.25, 0.5]
    assert source.links["mouth"].losses == 2
    assert "expected a camera that answers" in source.links["mouth"].reason


def test_a_server_that_goes_away_and_returns_is_found_again():
    with MjpegServer(probe, good) as server:
        back = []

        def wait(_seconds):
            if not back:
                server.close()
                back.append(None)
            elif back == [None]:
                back[:] = [MjpegServer(good, port=server.port)]
            else:
                source.stop()

        source = HttpSource(server.address, camera="mouth", wait=wait)
        frames = list(source)
        assert levels_of(frames) == [*LEVELS, *LEVELS]
        times = [frame.t_ns for frame in frames]
        assert times == sorted(set(times))
        back[0].close()


@pytest.mark.parametrize("is_trickling", [False, True])
def test_a_stream_that_stalls_is_given_up(is_trickling):
    done = threading.Event()

    def stall(wire):
        wire.send(HEAD, part(jpeg(10)))
        if is_trickling:
            for _ in range(600):
                wire.send(b".")
                if done.wait(0.02):
                    return
        wire.hang()

    with MjpegServer(stall, stall, good) as server:
        source = source_of(server, stop_after=2, stall_s=1.0)
        assert levels_of(source) == [10, *LEVELS]
        done.set()
    assert source.links["mouth"].losses == 2


def test_broken_pictures_are_counted_and_left_out():
    def broken(wire):
        whole = jpeg(60)
        damaged = whole[:2] + b"\xff\xfe\x00\x04ab" + b"\xff\xd9"
        wire.send(HEAD, part(jpeg(10)), part(whole[:-9]), part(damaged), part(jpeg(210)))

    with MjpegServer(broken) as server, source_of(server) as source:
        assert levels_of(source) == [10, 210]
        assert source.bad_frames == 2
        assert "a picture that was cut short" in source.last_reason


def test_stamps_of_the_camera_take_the_jitter_of_the_network_out():
    stamps_ms = (0, 20, 40, 60, 80)
    arrivals_ms = (105, 121, 148, 166, 181)

    def stamped(wire):
        for level, stamp_ms in zip(LEVELS, stamps_ms, strict=True):
            extra = b"X-Timestamp: 77.%06d\r\n" % (stamp_ms * 1000)
            told.wait(20)
            told.clear()
            wire.send(HEAD if level == 10 else b"", part(jpeg(level), extra=extra))

    told = threading.Event()
    told.set()
    times = []
    with MjpegServer(probe, stamped) as server:
        source = source_of(server)
        source._clock_ns = lambda: arrivals_ms[min(len(times), 4)] * 1_000_000
        for frame in source:
            times.append(frame.t_ns // 1000)
            told.set()
    # The shortest way so far: 105, 101, 101, 101, 101 ms; clocks drift by less than 10 us here.
    assert times[0] == 105_000
    assert times[1] == 121_000
    for got, due in zip(times[2:], (141_000, 161_000, 181_000), strict=True):
        assert abs(got - due) <= 10


def test_what_is_no_stream_says_what_to_do():
    answers = {
        b"HTTP/1.1 404 Not Found\r\n\r\n": "expected status 200, got 404 Not Found; check the",
        b"HTTP/1.1 401 No\r\n\r\n": "http://USER:PASSWORD@HOST",
        b"HTTP/1.1 302 Found\r\nLocation: /video\r\n\r\n": "it points to /video: give that",
        b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<html>": "often http://HOST:81/str",
        b"SSH-2.0-dropbear\r\n": "expected a camera that answers, got",
        b"": "expected a camera that answers, got",
        HEAD: "the camera ended the stream",
    }
    for answer, message in answers.items():
        with MjpegServer(lambda wire, a=answer: wire.send(a)) as server:
            with pytest.raises(SourceError, match=message) as told:
                HttpSource(server.address, camera="mouth")
            assert "127.0.0.1" in str(told.value)
    with pytest.raises(SourceError, match="see that it is switched on"):
        HttpSource(server.address, camera="mouth")


def test_addresses_that_are_none_and_passwords_that_stay_secret():
    for address in ("http://", "http://host:port/", "http://h:0/", "http://[::1/"):
        with pytest.raises(SourceError, match=r"expected http://HOST\[:PORT\]/PATH"):
            HttpSource(address, camera="mouth")
    assert shown("http://me:secret@10.0.0.7:81/s") == "http://10.0.0.7:81/s"
    lines = []

    def asked(wire):
        lines.extend(wire.request_lines)
        wire.send(b"HTTP/1.1 500 Broken\r\n\r\n")

    with MjpegServer(asked) as server:
        with pytest.raises(SourceError) as told:
            HttpSource(f"http://me:s%2Fx@127.0.0.1:{server.port}/v?size=4", camera="mouth")
        assert "s%2Fx" not in str(told.value)
    assert lines[0] == b"GET /v?size=4 HTTP/1.1"
    assert b"Authorization: Basic " + base64.b64encode(b"me:s/x") in lines


def test_stop_ends_a_wait_for_the_camera_and_for_its_next_picture():
    def quiet(wire):
        wire.send(HEAD, part(jpeg(10)))
        wire.hang()

    with MjpegServer(quiet) as server:
        source = HttpSource(server.address, camera="mouth", stall_s=60)
        frames = iter(source)
        assert next(frames).camera == "mouth"
        rest = []
        reader = threading.Thread(target=lambda: rest.extend(frames))
        reader.start()
        source.stop()
        reader.join(20)
        assert not reader.is_alive()
        assert rest == []


def test_two_cameras_side_by_side_by_their_addresses(tmp_path):
    def endless(wire):
        wire.send(HEAD)
        for i in itertools.count():
            wire.send(part(jpeg(i % 200)))
            time.sleep(0.005)

    with MjpegServer(endless) as one, MjpegServer(endless) as two:
        places = {"eye_left": one.address, "mouth": two.address}
        with open_source(places) as source:
            assert isinstance(source, NewestSource)
            assert set(source.links) == {"eye_left", "mouth"}
            seen = {frame.camera for frame in itertools.islice(source, 20)}
        assert seen == {"eye_left", "mouth"}
        write_rig(tmp_path / "rig.toml", {"mouth": centred_camera(32, 32)})
        with pytest.raises(SourceError, match="expected mouth of 64 x 48"):
            open_source(two.address, camera="mouth", rig=tmp_path / "rig.toml")


def test_gray_of_a_jpeg_is_its_luma():
    with MjpegServer(good) as server, source_of(server) as source:
        frame = next(iter(source))
    assert frame.gray.dtype == np.uint8
    assert frame.gray.shape == (HEIGHT, WIDTH)
    assert frame.gray.flags.c_contiguous

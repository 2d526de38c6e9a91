"""Network sinks: to this machine alone, never in the way, and honest about what got lost."""

from __future__ import annotations

import socket

import numpy as np
import pytest

from mien.errors import ConfigError, MienError
from mien.outputs.csv_sink import CsvSink
from mien.outputs.jsonl_sink import JsonlSink
from mien.outputs.open_sink import PROTOCOLS, open_sink
from mien.outputs.udp import Destination, UdpSink


class Packets:
    """An encoder that gives fixed packets."""

    def __init__(self, *packets):
        self._packets = packets

    def packets(self, _state):
        return self._packets


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_every_protocol_reaches_a_listener(listener, showing, protocol):
    face = showing(5, jaw_drop=0.5)
    with open_sink(f"{protocol}://127.0.0.1:{listener.port}") as sink:
        sink.add(face)
        expected = [bytes(packet) for packet in sink.encoder.packets(face)]
        assert listener.packets(len(expected)) == expected
        assert sink.health.packets == len(expected)
        assert (sink.health.failed, sink.health.refused) == (0, 0)
    sink.close()


@pytest.mark.parametrize("host", ["127.0.0.1", "127.3.2.1", "localhost", "::1"])
def test_this_machine_needs_no_leave(host):
    assert Destination(host=host, port=9000).host == host


@pytest.mark.parametrize("host", ["192.0.2.1", "example.org", "::2", "0.0.0.0", "", "127.0.0.1.x"])
def test_another_machine_needs_leave(host):
    with pytest.raises(ConfigError, match=r"expected this machine.*allow_remote=True"):
        Destination(host=host, port=9000)
    assert Destination(host=host, port=9000, allow_remote=True).host == host


def test_another_machine_is_refused_by_its_address_too():
    with pytest.raises(ConfigError, match=r"192\.0\.2\.1"):
        open_sink("osc://192.0.2.1:9000")


def test_nobody_listening_is_counted_and_heals(showing):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as late:
        late.bind(("127.0.0.1", 0))
        port = late.getsockname()[1]
    with UdpSink(Packets(b"one"), Destination(port=port)) as sink:
        for _ in range(3):
            sink.add(showing())
        assert sink.health.refused > 0
        assert "refused" in sink.health.last_reason.lower()
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as late:
            late.bind(("127.0.0.1", port))
            late.settimeout(5)
            sink.add(showing())
            assert late.recv(100) == b"one"
    assert sink.health.failed + sink.health.packets == 4


def test_a_failed_send_is_counted_and_not_raised(listener, showing):
    encoder = Packets(bytes(100_000), b"after")
    with UdpSink(encoder, Destination(port=listener.port)) as sink:
        sink.add(showing())
        assert listener.packets(1) == [b"after"]
        assert (sink.health.failed, sink.health.packets) == (1, 1)
        assert sink.health.last_reason
    sink.add(showing())
    assert sink.health.failed == 3


def test_the_socket_never_waits(listener):
    with UdpSink(Packets(), Destination(port=listener.port)) as sink:
        assert sink._socket.getblocking() is False


def test_an_unknown_host_is_named():
    with pytest.raises(MienError, match=r"nowhere\.invalid:9000: expected an address to send to"):
        UdpSink(Packets(), Destination(host="nowhere.invalid", port=9000, allow_remote=True))


@pytest.mark.parametrize(
    ("where", "host", "port"),
    [
        ("osc", "127.0.0.1", 9000),
        ("vmc", "127.0.0.1", 39539),
        ("livelink://localhost", "localhost", 11111),
        ("ifacialmocap://:50000", "127.0.0.1", 50000),
        ("osc://127.0.0.2:9001", "127.0.0.2", 9001),
    ],
)
def test_an_address_needs_only_what_differs(where, host, port):
    with open_sink(where) as sink:
        assert (sink.destination.host, sink.destination.port) == (host, port)


@pytest.mark.parametrize(
    "where",
    [
        *("", "udp://127.0.0.1", "osc://127.0.0.1:0", "osc://127.0.0.1:70000"),
        *("osc://127.0.0.1:x", "osc://127.0.0.1/x", "osc://me@127.0.0.1"),
        *("values.txt", "osc:127.0.0.1", "csv://x.csv"),
    ],
)
def test_other_addresses_are_refused(where):
    with pytest.raises(ConfigError, match="expected"):
        open_sink(where)


def test_a_file_is_opened_by_its_ending(tmp_path, showing):
    for name, kind in (("a.csv", CsvSink), ("b.jsonl", JsonlSink)):
        with open_sink(str(tmp_path / name)) as sink:
            assert isinstance(sink, kind)
            sink.add(showing())
        assert sink.rows == 1


def test_a_state_is_not_changed_by_sending(showing, listener):
    face = showing(gaze_yaw_left=0.4, jaw_drop=0.2)
    before = face.values.copy()
    for protocol in PROTOCOLS:
        with open_sink(f"{protocol}://127.0.0.1:{listener.port}") as sink:
            sink.add(face)
    assert np.array_equal(face.values, before)

"""A hundred connections with faults drawn at random: every picture that was sent whole arrives."""

from __future__ import annotations

import random

import pytest
from tests.unit.capture.mjpeg_server import HEAD, MjpegServer, Wire, part, scene

from mien.capture.http_source import HttpSource

CONNECTIONS = 100
SCENES = [scene(seed) for seed in range(8)]


class Unruly:
    """A server's script that picks a fault for each client and counts what it sent whole."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.whole = self.damaged = self.clients = 0
        self.faults = (
            self.refuse,
            self.not_found,
            self.nothing,
            self.drop,
            self.cut,
            self.wrong_length,
            self.garbage,
            self.no_jpeg,
            self.drip,
        )

    def __call__(self, wire: Wire) -> None:
        self.clients += 1
        self.random.choice(self.faults)(wire)

    def pictures(self, wire: Wire, **about: int) -> None:
        for _ in range(self.random.randint(1, 4)):
            wire.send(part(self.random.choice(SCENES), **about))
            self.whole += 1

    def refuse(self, wire: Wire) -> None:
        del wire

    def not_found(self, wire: Wire) -> None:
        wire.send(b"HTTP/1.1 404 Not Found\r\n\r\n")

    def nothing(self, wire: Wire) -> None:
        wire.send(HEAD)

    def drop(self, wire: Wire) -> None:
        wire.send(HEAD)
        self.pictures(wire)

    def cut(self, wire: Wire) -> None:
        self.drop(wire)
        last = part(SCENES[0])
        wire.send(last[: self.random.randrange(len(last) - 2)])

    def wrong_length(self, wire: Wire) -> None:
        wire.send(HEAD)
        self.pictures(wire, length=self.random.randrange(10**7))

    def garbage(self, wire: Wire) -> None:
        wire.send(HEAD)
        for _ in range(3):
            self.pictures(wire)
            wire.send(bytes(self.random.randrange(255) for _ in range(500)))

    def no_jpeg(self, wire: Wire) -> None:
        self.drop(wire)
        wire.send(part(SCENES[0][:2] + b"\xff\x00" + SCENES[0][4:]))
        self.damaged += 1

    def drip(self, wire: Wire) -> None:
        wire.send(HEAD)
        whole = part(SCENES[1])
        wire.send(*(whole[i : i + 5] for i in range(0, len(whole), 5)))
        self.whole += 1


@pytest.mark.parametrize("seed", [1, 2])
def test_every_picture_that_was_sent_whole_arrives(seed):
    unruly = Unruly(seed)

    def wait(_seconds):
        if unruly.clients >= CONNECTIONS:
            source.stop()

    with MjpegServer(lambda wire: wire.send(HEAD, part(SCENES[0])), unruly) as server:
        source = HttpSource(server.address, camera="mouth", wait=wait)
        times = [frame.t_ns for frame in source]
    assert len(times) == unruly.whole
    assert times == sorted(set(times))
    assert source.bad_frames == unruly.damaged
    assert source.links["mouth"].losses > CONNECTIONS / 3

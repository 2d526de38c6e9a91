"""Packets to another program, over UDP, without ever holding up the frame loop.

Values of a face are personal data: they stay on this machine unless the app says otherwise.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from mien.config import require
from mien.errors import ConfigError, MienError
from mien.outputs.sink import Closing
from mien.types import FaceState

LOOPBACK = "127.0.0.1"
MAX_PACKET_BYTES = 1400
"""What passes through every usual network in one piece, and is under VMC's limit of 1500."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Destination:
    """Where packets go."""

    port: int
    """1..65535."""
    host: str = LOOPBACK
    """An IP address, or a name that is looked up once, when the sink opens."""
    allow_remote: bool = False
    """True: the host may be another machine."""

    def __post_init__(self) -> None:
        require("port", self.port, 1, 65535)
        if not (self.allow_remote or _is_loopback(self.host)):
            raise ConfigError(
                f"host: expected this machine (127.0.0.1, ::1 or localhost), got {self.host!r}; "
                "allow_remote=True (--allow-remote) lets values of the face leave it"
            )


@dataclass(slots=True)
class UdpHealth:
    """How sending goes; read it at any time."""

    packets: int = 0
    """Handed to the system."""
    failed: int = 0
    """Not sent: the system had no room, or no way."""
    refused: int = 0
    """Answers that nothing listens there; only this machine gives them reliably."""
    last_reason: str = ""
    """Why the last one failed or was refused."""


class Encoder(Protocol):
    """Turns face states into the packets of one protocol."""

    def packets(self, state: FaceState) -> Sequence[bytes | bytearray]:
        """The packets of a state, in the order to send; the next call may reuse them."""


class UdpSink(Closing):
    """Sends what an encoder makes of each state; a failed send is counted, never raised."""

    def __init__(self, encoder: Encoder, destination: Destination) -> None:
        """Open a socket.

        Raises:
            MienError: If the host is not known, or the system gives no socket.
        """
        self.encoder = encoder
        self.destination = destination
        self.health = UdpHealth()
        self._socket = _connected(destination)

    def add(self, state: FaceState) -> None:
        """Send a state; returns at once, whether or not anybody listens."""
        for packet in self.encoder.packets(state):
            self._send(packet)

    def close(self) -> None:
        """Close the socket; closing twice is fine."""
        self._socket.close()

    def _send(self, packet: bytes | bytearray) -> None:
        try:
            try:
                self._socket.send(packet)
            except ConnectionRefusedError as exc:
                # The answer is to an earlier packet; this one has not been sent yet.
                self.health.refused += 1
                self.health.last_reason = _reason(exc)
                self._socket.send(packet)
        except OSError as exc:
            self.health.failed += 1
            self.health.last_reason = _reason(exc)
        else:
            self.health.packets += 1


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _connected(to: Destination) -> socket.socket:
    host = LOOPBACK if to.host == "localhost" else to.host
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, to.port, type=socket.SOCK_DGRAM
        )[0]
        one = socket.socket(family, kind, protocol)
        one.setblocking(False)  # noqa: FBT003 - the socket module's own words
        one.connect(address)
    except OSError as exc:
        raise MienError(
            f"{to.host}:{to.port}: expected an address to send to, got {_reason(exc)}"
        ) from exc
    return one


def _reason(exc: OSError) -> str:
    return exc.strerror or str(exc)

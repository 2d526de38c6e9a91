"""One way to open any sink: by the address of where states go."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from mien.errors import ConfigError
from mien.outputs.csv_sink import CsvSink
from mien.outputs.ifacialmocap import IFACIALMOCAP_PORT, IFacialMocapEncoder
from mien.outputs.jsonl_sink import JsonlSink
from mien.outputs.line_file import LineFile
from mien.outputs.livelink import LIVE_LINK_PORT, LiveLinkEncoder
from mien.outputs.udp import LOOPBACK, Destination, Encoder, UdpSink
from mien.outputs.vmc import VMC_PORT, VmcEncoder
from mien.outputs.vrchat import VRCHAT_PORT, VrchatEncoder

PROTOCOLS: Final[dict[str, tuple[Callable[[], Encoder], int]]] = {
    "osc": (VrchatEncoder, VRCHAT_PORT),
    "vmc": (VmcEncoder, VMC_PORT),
    "livelink": (LiveLinkEncoder, LIVE_LINK_PORT),
    "ifacialmocap": (IFacialMocapEncoder, IFACIALMOCAP_PORT),
}
"""Protocol -> its encoder and the port its receivers listen on."""
_FILES: Final[dict[str, type[LineFile]]] = {".csv": CsvSink, ".jsonl": JsonlSink}


def open_sink(where: str, *, allow_remote: bool = False) -> LineFile | UdpSink:
    """Open where face states go.

    Args:
        where: `osc`, `vmc`, `livelink` or `ifacialmocap`, with or without `://HOST:PORT`; or
            a file, `.csv` or `.jsonl`.
        allow_remote: Let a network sink reach another machine; by default values of the face
            stay on this one.

    Returns:
        A sink with `add(state)` and `close()`; it closes at the end of a `with` block.

    Raises:
        ConfigError: If `where` is none of these, or another machine that was not allowed.
        MienError: If it cannot be opened.

    Example:
        >>> with open_sink("vmc://127.0.0.1:39540") as sink:
        ...     sink.health.packets
        0
    """
    if where.partition("://")[0] in PROTOCOLS:
        return open_network(where, allow_remote=allow_remote)
    if "://" in where or not where.lower().endswith(tuple(_FILES)):
        raise ConfigError(
            f"sink: expected {', '.join(PROTOCOLS)} (with ://HOST:PORT if need be), or a file "
            f"{' or '.join(_FILES)}, got {where!r}"
        )
    return open_file(Path(where))


def open_network(where: str, *, allow_remote: bool = False) -> UdpSink:
    """Open a network sink: `open_sink` without the files."""
    protocol, _, address = where.partition("://")
    if protocol not in PROTOCOLS:
        raise ConfigError(f"sink: expected {', '.join(PROTOCOLS)}, got {where!r}")
    encoder, port = PROTOCOLS[protocol]
    return UdpSink(encoder(), _destination(address, port=port, allow_remote=allow_remote))


def open_file(path: Path) -> LineFile:
    """Open a file for face states, by its ending.

    Raises:
        ConfigError: If the ending is neither `.csv` nor `.jsonl`.
        MienError: If the file cannot be created.
    """
    kind = _FILES.get(path.suffix.lower())
    if kind is None:
        raise ConfigError(f"{path}: expected a file {' or '.join(_FILES)}, got {path.suffix!r}")
    return kind(path)


def _destination(address: str, *, port: int, allow_remote: bool) -> Destination:
    try:
        parts = urlsplit(f"//{address}")
        host, given_port = parts.hostname or LOOPBACK, parts.port
    except ValueError as exc:
        raise ConfigError(f"sink: expected HOST:PORT, got {address!r}") from exc
    if parts.path or parts.query or parts.username is not None:
        raise ConfigError(f"sink: expected HOST:PORT, got {address!r}")
    return Destination(
        host=host, port=port if given_port is None else given_port, allow_remote=allow_remote
    )

"""How tools/device.py talks to a device: over ssh, or over Android's adb."""

from __future__ import annotations

import io
import shlex
import shutil
import subprocess
import tarfile
from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

CONNECT_S: Final = 15
"""A device that does not answer for so long is not there."""
FORMS: Final = "ssh://[USER@]HOST[:PORT] or adb[:SERIAL]"


class DeviceError(Exception):
    """The device, or something on it, is not as it must be; the text says what and the remedy."""


class Link(ABC):
    """A device that answers."""

    name: str
    temporary: str
    """Where folders that may be thrown away are made there."""

    @abstractmethod
    def command(self, line: str) -> list[str]:
        """The local command that has the device's shell run a line."""

    @abstractmethod
    def push(self, folder: Path, there: str) -> None:
        """Copy what is in a folder into one on the device.

        Raises:
            DeviceError: If it cannot be copied.
        """

    @abstractmethod
    def fetch(self, there: str, folder: Path) -> None:
        """Copy the files in a folder on the device into one here; it has no folders.

        Raises:
            DeviceError: If it cannot be copied.
        """

    def ask(self, line: str) -> str:
        """What the device's shell says to a line.

        Raises:
            DeviceError: If it fails.
        """
        done = _run(self.command(line))
        if done.returncode != 0:
            raise DeviceError(f"{self.name}: $ {line}: {_words(done)}")
        return done.stdout.decode(errors="replace").strip()

    def show(self, line: str) -> int:
        """Have the device's shell run a line, its words printed as they come; its exit status."""
        return subprocess.run(self.command(line), stdin=subprocess.DEVNULL, check=False).returncode


class SshLink(Link):
    """Any machine with an ssh server, a shell and tar.

    Args:
        host: Name or address, perhaps with `USER@`.
        port: None is the one that ssh's own settings name.
        options: As of `ssh -o`.
    """

    temporary = "/tmp"  # noqa: S108 - mktemp makes a folder of its own there

    def __init__(self, host: str, port: int | None, options: Sequence[str]) -> None:
        self.name = f"ssh://{host}" + (f":{port}" if port else "")
        self._ssh = ["ssh", "-T", "-o", "BatchMode=yes", "-o", f"ConnectTimeout={CONNECT_S}"]
        self._ssh += [word for option in options for word in ("-o", option)]
        self._ssh += ["-p", str(port)] if port else []
        self._ssh += ["--", host]

    def command(self, line: str) -> list[str]:
        """The local command that has the device's shell run a line."""
        return [*self._ssh, line]

    def push(self, folder: Path, there: str) -> None:
        """Copy by a tar that is unpacked on the way."""
        packed = io.BytesIO()
        with tarfile.open(fileobj=packed, mode="w") as archive:
            archive.add(folder, arcname=".")
        done = _run(self.command(f"tar -xf - -C {shlex.quote(there)}"), given=packed.getvalue())
        if done.returncode != 0:
            raise DeviceError(f"{self.name}: copying to {there}: {_words(done)}")

    def fetch(self, there: str, folder: Path) -> None:
        """Copy by a tar that is packed on the way."""
        done = _run(self.command(f"tar -cf - -C {shlex.quote(there)} ."))
        if done.returncode != 0:
            raise DeviceError(f"{self.name}: copying from {there}: {_words(done)}")
        with tarfile.open(fileobj=io.BytesIO(done.stdout)) as archive:
            for member in archive:
                body = archive.extractfile(member)
                # Files alone, by their last name: a device may not write elsewhere here.
                if body is not None and member.isreg():
                    (folder / Path(member.name).name).write_bytes(body.read())


class AdbLink(Link):
    """An Android device.

    Args:
        serial: As `adb devices` lists it; empty: the only one.
    """

    temporary = "/data/local/tmp"
    """The one folder that programs may be run from."""

    def __init__(self, serial: str) -> None:
        self.name = f"adb:{serial}" if serial else "adb"
        self._adb = ["adb", *(("-s", serial) if serial else ())]

    def command(self, line: str) -> list[str]:
        """The local command that has the device's shell run a line."""
        return [*self._adb, "shell", line]

    def push(self, folder: Path, there: str) -> None:
        """Copy with `adb push`."""
        self._copy("push", f"{folder}/.", there)

    def fetch(self, there: str, folder: Path) -> None:
        """Copy with `adb pull`."""
        self._copy("pull", f"{there}/.", str(folder))

    def _copy(self, verb: str, source: str, target: str) -> None:
        done = _run([*self._adb, verb, source, target])
        if done.returncode != 0:
            raise DeviceError(f"{self.name}: {verb} {source}: {_words(done)}")


def open_link(device: str, *, options: Sequence[str] = ()) -> Link:
    """A link to a device that has answered.

    Args:
        device: `ssh://[USER@]HOST[:PORT]` or `adb[:SERIAL]`.
        options: Of ssh.

    Raises:
        DeviceError: If the words name no device, the program to reach it is missing, or it does
            not answer.
    """
    link = _link(device, options)
    program = link.command("")[0]
    if shutil.which(program) is None:
        package = "openssh-client" if program == "ssh" else "adb"
        raise DeviceError(
            f"{device}: expected {program} on this machine; apt-get install {package}"
        )
    try:
        link.ask("uname -m")
    except DeviceError as error:
        raise DeviceError(f"{device}: expected a device that answers, got: {error}") from error
    return link


def _link(device: str, options: Sequence[str]) -> Link:
    kind, _, rest = device.partition(":")
    if kind == "adb":
        return AdbLink(rest)
    try:
        parts = urlsplit(device)
        port = parts.port
    except ValueError as error:
        raise DeviceError(f"device: expected {FORMS}, got {device!r} ({error})") from error
    if parts.scheme != "ssh" or not parts.hostname or parts.path not in {"", "/"}:
        raise DeviceError(f"device: expected {FORMS}, got {device!r}")
    host = f"{parts.username}@{parts.hostname}" if parts.username else parts.hostname
    return SshLink(host, port, options)


def _run(command: list[str], *, given: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(command, input=given, capture_output=True, check=False)


def _words(done: subprocess.CompletedProcess[bytes]) -> str:
    said = (done.stderr or done.stdout).decode(errors="replace").strip()
    return said or f"exit status {done.returncode}"

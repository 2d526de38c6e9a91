"""The cameras of a Linux machine, by ids that stay when the numbers change.

`/dev/video0` is whoever came first. What stays: the names udev makes of model and serial number
(`/dev/v4l/by-id`) or of the socket (`/dev/v4l/by-path`), and USB's vendor:product:serial, which
is read from sysfs and needs no udev.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from mien.errors import SourceError

PREFIX: Final = "v4l2:"
_LINK_FOLDERS: Final = ("by-id", "by-path")
_NUMBER: Final = re.compile(r"video([0-9]+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraDevice:
    """One camera that this machine has now."""

    node: Path
    """Such as /dev/video0: where it is now."""
    name: str
    """What its driver calls it."""
    ids: tuple[str, ...]
    """What to write behind `v4l2:` so that it is found again, the steadiest first; empty where
    nothing tells it from others."""

    @property
    def address(self) -> str:
        """What `open_source` takes."""
        return f"{PREFIX}{self.ids[0] if self.ids else self.node}"


@dataclass(frozen=True, slots=True)
class V4l2Tree:
    """Where the kernel tells of cameras."""

    sysfs: Path = Path("/sys/class/video4linux")
    dev: Path = Path("/dev")
    proc: Path = Path("/proc")

    def cameras(self) -> list[CameraDevice]:
        """The cameras, in the order of their numbers."""
        return [self._device(number) for number in self._numbers()]

    def find(self, stable_id: str) -> Path:
        """The node at which a camera is now.

        Args:
            stable_id: A name in `/dev/v4l/by-id` or `by-path`, `vendor:product[:serial]` in
                hexadecimal, or the path of a link or node.

        Raises:
            SourceError: If there is no such camera, or more than one.
        """
        if stable_id.startswith("/"):
            if not Path(stable_id).exists():
                raise self._absent(stable_id)
            return Path(stable_id).resolve()
        for folder in _LINK_FOLDERS:
            link = self.dev / "v4l" / folder / stable_id
            if link.exists():
                return link.resolve()
        found = [one for one in self.cameras() if _is_usb(stable_id, self._usb_id(one.node.name))]
        if len(found) > 1:
            others = ", ".join(one.address for one in found)
            raise SourceError(f"{PREFIX}{stable_id}: expected one camera, got {others}; name one")
        if not found:
            raise self._absent(stable_id)
        return found[0].node

    def id_of(self, device: int | str) -> str:
        """The steadiest id of the camera at an index or a node now; else the id that was given.

        A name or a socket that was asked for stays what is asked for: another camera with the
        same serial number is not it. Empty if nothing tells the camera from others.
        """
        if isinstance(device, str) and not _NUMBER.fullmatch(Path(device).name):
            return device
        name = f"video{device}" if isinstance(device, int) else Path(device).name
        found = [one for one in self.cameras() if one.node.name == name]
        return found[0].ids[0] if found and found[0].ids else ""

    def problem(self, node: Path) -> str:
        """Why a node cannot be used, and what to do; empty if nothing is known against it."""
        if not node.exists():
            return f"{node}: expected a camera, got none; plug it in"
        if not os.access(node, os.R_OK | os.W_OK):
            return (
                f"{node}: expected leave to read and write it, got none; its group is "
                f"{_group(node)}: sudo usermod -aG {_group(node)} $USER, then log in again"
            )
        if users := self.users(node):
            return f"{node}: expected a free camera, got one that {', '.join(users)} uses; end that"
        return ""

    def users(self, node: Path) -> list[str]:
        """Other processes that have the node open, as `name (pid)`; of strangers only root knows.

        A camera may be open twice, but only one may stream.
        """
        others = (one for one in self.proc.glob("[0-9]*") if one.name != str(os.getpid()))
        return sorted(
            f"{_read(one / 'comm') or '?'} ({one.name})" for one in others if _has_open(one, node)
        )

    def _numbers(self) -> list[int]:
        if not self.sysfs.is_dir():
            return []
        matches = (_NUMBER.fullmatch(entry.name) for entry in self.sysfs.iterdir())
        numbers = sorted(int(match[1]) for match in matches if match)
        return [number for number in numbers if self._is_camera(number)]

    def _is_camera(self, number: int) -> bool:
        # A UVC camera has a second node for its metadata, which gives no pictures.
        return (_read(self.sysfs / f"video{number}" / "index") or "0") == "0"

    def _device(self, number: int) -> CameraDevice:
        name = f"video{number}"
        usb_id = self._usb_id(name)
        twins = [n for n in self._numbers() if self._usb_id(f"video{n}") == usb_id]
        ids = [*self._links(name), *([usb_id] if usb_id and len(twins) == 1 else [])]
        return CameraDevice(
            node=self.dev / name, name=_read(self.sysfs / name / "name"), ids=tuple(ids)
        )

    def _links(self, name: str) -> Iterator[str]:
        for folder in _LINK_FOLDERS:
            path = self.dev / "v4l" / folder
            for link in sorted(path.iterdir()) if path.is_dir() else ():
                if link.resolve().name == name:
                    yield link.name

    def _usb_id(self, name: str) -> str:
        """`vendor:product[:serial]` of the USB device above a node; empty if there is none."""
        start = (self.sysfs / name / "device").resolve()
        for folder in (start, *start.parents):
            if vendor := _read(folder / "idVendor"):
                parts = [vendor, _read(folder / "idProduct"), _read(folder / "serial")]
                return ":".join(part for part in parts if part)
        return ""

    def _absent(self, stable_id: str) -> SourceError:
        there = ", ".join(one.address for one in self.cameras()) or "no camera at all"
        return SourceError(
            f"{PREFIX}{stable_id}: expected a camera of this id, got {there}; plug it in, or ask "
            "`mien sources` for the ids"
        )


def _is_usb(wanted: str, usb_id: str) -> bool:
    wanted, usb_id = wanted.lower(), usb_id.lower()
    return bool(usb_id) and (usb_id == wanted or usb_id.startswith(f"{wanted}:"))


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""


def _has_open(process: Path, node: Path) -> bool:
    try:
        return any(entry.readlink() == node for entry in (process / "fd").iterdir())
    except OSError:
        return False


def _group(node: Path) -> str:
    import grp  # noqa: PLC0415 - Windows has none

    try:
        return grp.getgrgid(node.stat().st_gid).gr_name
    except (KeyError, OSError):
        return "video"

"""A made sysfs and /dev as Linux lays them out for USB cameras; plain files are the nodes."""

from __future__ import annotations

import shutil
from pathlib import Path

from mien.capture.v4l2 import V4l2Tree


def made_tree(folder: Path) -> V4l2Tree:
    tree = V4l2Tree(folder / "class", folder / "dev", folder / "proc")
    for path in (tree.sysfs, tree.proc, tree.dev / "v4l" / "by-id", tree.dev / "v4l" / "by-path"):
        path.mkdir(parents=True)
    return tree


def add_camera(tree: V4l2Tree, number: int, *, serial: str, port: str, is_linked: bool = True):
    """One UVC camera: `video<number>` for pictures and the next for its metadata."""
    device = tree.sysfs.parent / "devices" / port
    interface = device / f"{port}:1.0"
    interface.mkdir(parents=True, exist_ok=True)
    (device / "idVendor").write_text("0c45\n")
    (device / "idProduct").write_text("6366\n")
    if serial:
        (device / "serial").write_text(f"{serial}\n")
    for index in (0, 1):
        name = f"video{number + index}"
        (tree.sysfs / name).mkdir()
        (tree.sysfs / name / "name").write_text("Eye: Eye\n")
        (tree.sysfs / name / "index").write_text(f"{index}\n")
        (tree.sysfs / name / "device").symlink_to(interface)
        (tree.dev / name).touch()
    if is_linked:
        node = tree.dev / f"video{number}"
        by_id = tree.dev / "v4l" / "by-id" / f"usb-Maker_Eye_{serial}-video-index0"
        by_path = tree.dev / "v4l" / "by-path" / f"pci-0000:00:14.0-usb-0:{port}:1.0-video-index0"
        for link in (by_id, by_path):
            link.unlink(missing_ok=True)
            link.symlink_to(node)


def remove_camera(tree: V4l2Tree, number: int) -> None:
    for folder in ("by-id", "by-path"):
        for link in (tree.dev / "v4l" / folder).iterdir():
            if link.resolve().name == f"video{number}":
                link.unlink()
    for name in (f"video{number}", f"video{number + 1}"):
        shutil.rmtree(tree.sysfs / name)
        (tree.dev / name).unlink()

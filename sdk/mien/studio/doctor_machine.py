"""What `mien doctor` says of cameras, disk and processor."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from mien.capture.v4l2 import V4l2Tree
from mien.studio.finding import Finding

DISK_MIN_BYTES: Final = 2 << 30
"""Some minutes of three cameras."""


def check_disk() -> Finding:
    """Room for recordings here."""
    free = shutil.disk_usage(Path.cwd()).free
    is_good = free >= DISK_MIN_BYTES
    return Finding(
        what="disk",
        state="ok" if is_good else "broken",
        text=f"{free / 2**30:.1f} GiB free here",
        remedy="" if is_good else "make room, or record into another folder",
        needed_for="mien record",
    )


def check_governor(cpus: Path = Path("/sys/devices/system/cpu")) -> Finding:
    """How Linux runs the CPU; `powersave` costs time per frame, and nothing else."""
    files = cpus.glob("cpu[0-9]*/cpufreq/scaling_governor")
    found = sorted({file.read_text(encoding="utf-8").strip() for file in files})
    faster = "for the shortest times per frame: sudo cpupower frequency-set -g performance"
    return Finding(
        what="governor",
        state="ok",
        text=", ".join(found) or "this machine tells of none",
        remedy=faster if "powersave" in found else "",
        needed_for="the shortest times per frame",
    )


def camera_findings(tree: V4l2Tree) -> Iterator[Finding]:
    """One line per camera of this machine, or one that says there is none."""
    needed_for = "cameras of this machine"
    cameras = tree.cameras()
    if not cameras:
        is_linux = sys.platform == "linux"
        text = "no camera at /dev/video*" if is_linux else f"{sys.platform} does not list them"
        remedy = "plug one in; in a container: docker run --device /dev/video0" if is_linux else ""
        yield Finding(
            what="camera",
            state="missing",
            text=text,
            remedy=remedy or "give the index: mien track 0 --camera mouth",
            needed_for=needed_for,
        )
    for camera in cameras:
        problem = tree.problem(camera.node)
        yield Finding(
            what="camera",
            state="broken" if problem else "ok",
            text=f"{camera.address} at {camera.node}: {camera.name}",
            remedy=problem,
            needed_for=needed_for,
        )

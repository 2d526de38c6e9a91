"""What wheels and programs are cross-compiled for."""

from __future__ import annotations

import importlib.util
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tool_call import StepError
from venv_setup import ROOT

TOOLCHAIN: Final = ROOT / "tools" / "cross" / "zig.cmake"
CACHE: Final = Path(os.environ.get("MIEN_CROSS_CACHE", ROOT / "build" / "cross"))
"""What was downloaded and built on the way: zig's libraries, Debian's, emulators, venvs."""
GLIBC: Final = "2.17"
"""The oldest that a wheel still runs with: manylinux2014."""


@dataclass(frozen=True)
class Target:
    """One kind of machine."""

    machine: str
    """As Python's `platform.machine()` says it, and the end of a wheel's platform tag."""
    gnu: str
    """As GCC and the name of a compiled module say it."""
    debian: str
    """As Debian says it."""
    emulated_cpu: str = ""
    """The oldest one that must run what is built; an instruction it lacks ends the program."""
    zig_cpu: str = ""

    def environment(self, *, libc: str = f"gnu.{GLIBC}") -> dict[str, str]:
        """What tools/cross/zig.cmake reads.

        Args:
            libc: `gnu.VERSION`, or `musl` for programs that need no library.

        Raises:
            StepError: If zig is not installed.
        """
        found = importlib.util.find_spec("ziglang")
        if found is None or found.origin is None:
            raise StepError("zig: expected the Python package ziglang, found none")
        system, _, abi = self.gnu.partition("-linux-gnu")
        kind, dot, version = libc.partition(".")
        return {
            "MIEN_ZIG": str(Path(found.origin).parent / "zig"),
            "MIEN_ZIG_TARGET": f"{system}-linux-{kind}{abi}{dot}{version}",
            "ZIG_GLOBAL_CACHE_DIR": str(CACHE / "zig"),
            **({"MIEN_ZIG_CPU": self.zig_cpu} if self.zig_cpu else {}),
        }


TARGETS: Final = {
    "linux-x86_64": Target("x86_64", "x86_64-linux-gnu", "amd64", zig_cpu="x86_64_v2"),
    "linux-aarch64": Target("aarch64", "aarch64-linux-gnu", "arm64", emulated_cpu="cortex-a72"),
    "linux-armv7l": Target(
        "armv7l",
        "arm-linux-gnueabihf",
        "armhf",
        emulated_cpu="cortex-a7",
        zig_cpu="generic+v7a+neon+vfp4",
    ),
}

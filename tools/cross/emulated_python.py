"""A Python of another machine, in an emulator, with a wheel and what it needs installed."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from cross import debian_tree
from cross.targets import CACHE, Target
from tool_call import StepSkippedError, call
from venv_setup import CONSTRAINTS

SUITES = {"3.11": "bookworm", "3.13": "trixie"}
"""The Debian release that has a CPython; 3.10 and 3.12 are in none that is still served."""
QEMU_SUITE = "trixie"
"""Its qemu is 10.0; before that one, LiteRT ends with a segmentation fault."""
QEMU_NAMES = {"aarch64": "qemu-aarch64", "armv7l": "qemu-arm", "x86_64": "qemu-x86_64"}
NEWEST_GLIBC = {"bookworm": 36, "trixie": 41}


@dataclass(frozen=True)
class EmulatedPython:
    """How to run programs of a target on this machine."""

    target: Target
    version: str
    qemu: Path
    tree: Path
    site: Path
    """What pip installed."""

    def command(self, *arguments: str | Path) -> list[str | Path]:
        """The command line that runs the target's Python on `arguments`."""
        libraries = self.tree / "usr" / "lib" / self.target.gnu
        return [
            *(self.qemu, "-cpu", self.target.emulated_cpu, "-L", self.tree),
            *("-E", f"LD_LIBRARY_PATH={libraries}", "-E", f"PYTHONPATH={self.site}"),
            *(self.tree / "usr" / "bin" / f"python{self.version}", *arguments),
        ]


def qemu(target: Target) -> Path:
    """The emulator of a target's programs, downloaded if need be (70 MB)."""
    tree = debian_tree.unpack(
        CACHE / f"qemu-{QEMU_SUITE}",
        architecture=call("dpkg", "--print-architecture").strip(),
        suite=QEMU_SUITE,
        packages=("qemu-user",),
    )
    return tree / "usr" / "bin" / QEMU_NAMES[target.machine]


def install(wheel: Path, target: Target, version: str) -> EmulatedPython:
    """Set up a target's Python with a wheel in it.

    Raises:
        StepSkippedError: If no served Debian release has this CPython, or this machine no apt.
    """
    suite = SUITES.get(version)
    if suite is None:
        raise StepSkippedError(
            f"CPython {version} for {target.machine}: expected {' or '.join(SUITES)}, which Debian "
            "serves"
        )
    if shutil.which("dpkg") is None:
        raise StepSkippedError(f"{target.machine}: expected dpkg and apt-get, as on Debian")
    tree = debian_tree.unpack(
        CACHE / f"python{version}-{target.debian}-{suite}",
        architecture=target.debian,
        suite=suite,
        packages=(f"python{version}-minimal", f"libpython{version}-stdlib", "libstdc++6"),
    )
    site = CACHE / f"site-{target.machine}-{version}"
    shutil.rmtree(site, ignore_errors=True)
    # pip takes a tag for exactly that, not for older ones too.
    glibc = range(17, NEWEST_GLIBC[suite])
    platforms = [f"manylinux_2_{minor}_{target.machine}" for minor in glibc]
    platforms += [f"manylinux2014_{target.machine}", "any"]
    call(
        *("python", "-m", "pip", "install", "-q", "--target", site, "-c", CONSTRAINTS),
        *(f"--platform={platform}" for platform in platforms),
        *("--python-version", version, "--only-binary=:all:", wheel),
    )
    return EmulatedPython(target, version, qemu(target), tree, site)

"""What the machine itself must have, and how it gets it.

Python packages come from pip (venv_setup.py). This file is for the few things pip cannot
bring: a compiler, Python's own headers and venv module, OpenGL for the renderer, a cross
compiler with an emulator for the core's tests on ARM, and clang for its fuzz targets. On Debian
and Ubuntu, as root, they are installed with apt-get, and said so; elsewhere the message tells
what to install.
"""

from __future__ import annotations

import ctypes.util
import importlib.util
import os
import shutil
import subprocess
import sys
import sysconfig
from functools import cache
from pathlib import Path

EGL_PACKAGES = ("libegl1", "libgl1", "libgl1-mesa-dri")
"""Mesa's software renderer over EGL: libegl1 and libgl1 load it, libgl1-mesa-dri is it."""

AARCH64_PACKAGES = ("g++-aarch64-linux-gnu", "qemu-user-static")
"""The cross compiler with its C library, and the emulator that runs what it built."""

FUZZ_PACKAGES = ("clang", "libclang-rt-dev")
"""The compiler that has libFuzzer, and the runtime of that and of its sanitizers."""


def can_install() -> bool:
    """True for root on a machine with apt-get."""
    is_root = hasattr(os, "geteuid") and os.geteuid() == 0
    return is_root and shutil.which("apt-get") is not None


@cache
def _refresh_package_lists() -> None:
    subprocess.run(["apt-get", "update", "-qq"], check=False, stdin=subprocess.DEVNULL)


def install(packages: tuple[str, ...], *, why: str) -> bool:
    """Install Debian packages and say why; False if this machine or user cannot, or it fails."""
    wanted = " ".join(packages)
    if not can_install():
        print(f"{why}: needs {wanted} (Debian names); install: sudo apt-get install {wanted}")
        return False
    print(f"{why}: installing {wanted} with apt-get", flush=True)
    _refresh_package_lists()
    done = subprocess.run(
        ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *packages],
        env=os.environ | {"DEBIAN_FRONTEND": "noninteractive"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        print(f"{why}: apt-get failed:\n{done.stdout[-1000:]}{done.stderr[-1000:]}")
    return done.returncode == 0


def _need(is_there: bool, packages: tuple[str, ...], *, why: str) -> None:  # noqa: FBT001
    if not is_there and not install(packages, why=why):
        raise SystemExit(f"{why}: expected to be on this machine; see above what to install")


def _has_compiler() -> bool:
    if os.name == "nt":  # CMake finds Visual Studio by itself
        return True
    names = (os.environ.get("CXX", ""), "c++", "g++", "clang++")
    return any(shutil.which(name) for name in names if name)


def ensure_build_tools() -> None:
    """Make sure that a venv can be made and the C++ core be built, or stop with the remedy."""
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    headers = Path(sysconfig.get_path("include")) / "Python.h"
    has_venv = importlib.util.find_spec("ensurepip") is not None
    _need(_has_compiler(), ("g++",), why="a C++17 compiler")
    _need(has_venv, (f"{version}-venv",), why="Python's venv module")
    _need(headers.is_file(), (f"{version}-dev",), why="Python's C headers")


def ensure_egl() -> bool:
    """Make sure that the renderer's OpenGL is there; False if not (its tests then skip)."""
    if not sys.platform.startswith("linux"):
        return False
    has_drivers = any(
        list(Path(folder).glob("*/dri/swrast_dri.so")) or list(Path(folder).glob("*/libgallium*"))
        for folder in ("/usr/lib", "/usr/lib64")
    )
    if has_drivers and ctypes.util.find_library("EGL") and ctypes.util.find_library("GL"):
        return True
    return install(EGL_PACKAGES, why="OpenGL over EGL, for the renderer and its tests")


def ensure_aarch64_emulator() -> bool:
    """Make sure that programs for 64-bit ARM can be built and run; False if they cannot."""

    def is_there() -> bool:
        emulators = ("qemu-aarch64-static", "qemu-aarch64")
        has_emulator = any(shutil.which(name) for name in emulators)
        return has_emulator and shutil.which("aarch64-linux-gnu-g++") is not None

    why = "the core's tests on 64-bit ARM"
    return is_there() or (install(AARCH64_PACKAGES, why=why) and is_there())


def ensure_libfuzzer() -> bool:
    """Make sure that clang++ links libFuzzer and the sanitizers; False if it does not."""

    def is_there() -> bool:
        if shutil.which("clang++") is None:
            return False
        entry = 'extern "C" int LLVMFuzzerTestOneInput(const char*, unsigned long) { return 0; }'
        flags = ("-fsanitize=fuzzer,address,undefined", "-o", os.devnull)
        command = ["clang++", *flags, "-x", "c++", "-"]
        done = subprocess.run(command, input=entry, capture_output=True, text=True, check=False)
        return done.returncode == 0

    return is_there() or (install(FUZZ_PACKAGES, why="fuzzing of the core") and is_there())

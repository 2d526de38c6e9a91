"""The step of `check.py` that installs the core and builds an application with what it got."""

from __future__ import annotations

import platform
import shutil
from pathlib import Path

import machine
from cpp_build import TOOLCHAIN_AARCH64, configure
from tool_call import StepSkippedError, call
from venv_setup import ROOT

EXAMPLE = ROOT / "csrc" / "examples"


def install() -> None:
    """`find_package(mien)`, here and in an emulator on 64-bit ARM: build the example, run it."""
    _install_and_use("check-release", "-DCMAKE_BUILD_TYPE=Release")
    if platform.machine() in {"aarch64", "arm64"}:
        return
    if not machine.ensure_aarch64_emulator():
        packages = " and ".join(machine.AARCH64_PACKAGES)
        raise StepSkippedError(f"on aarch64: expected {packages}, see above what to install")
    toolchain = ("--toolchain", TOOLCHAIN_AARCH64)
    _install_and_use("check-aarch64", *toolchain, "-DCMAKE_BUILD_TYPE=Release")


def _install_and_use(folder: str, *options: str | Path) -> None:
    build = configure(folder, *options)
    call("cmake", "--build", build, "--target", "mien_core")
    prefix, example = build / "installed", build / "example"
    for old in (prefix, example):
        shutil.rmtree(old, ignore_errors=True)
    call("cmake", "--install", build, "--prefix", prefix)
    found = f"-DCMAKE_PREFIX_PATH={prefix}"
    call("cmake", "-S", EXAMPLE, "-B", example, "-G", "Ninja", *options, found)
    call("cmake", "--build", example)
    call("ctest", "--test-dir", example, "--output-on-failure", "--no-tests=error")
